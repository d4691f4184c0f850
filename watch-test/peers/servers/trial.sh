# Runs the faults of each server, and compares the mirrors. Scripts source this file.
#
# Functions describe a server: `up` and `down` start and kill it, `back_up` and `restore` save and restore its
# database. So do variables: $url, $list (the path of the list in all namespaces), $items (the path to create objects),
# $resource, $head (the first members of each object, in JSON), $token, $can (the names of the steps that it supports),
# and $unreadable (the reason why its objects can't be mirrored).

# The timeout of a comparison, in seconds. It allows for the longest backoff and a version check on a busy machine.
patience=120

# Starts a program in the background under a name. Its output is written to the logs.
start() { # name, command
    "${@:2}" >>"$logs/$case_name.$1" 2>&1 &
    running[$1]=$!
    disown $!
}

# Stops a program by a signal (KILL), and waits until it has ended.
stop() { # name, signal
    local id=${running[$1]:-}
    [ -n "$id" ] || return 0
    unset "running[$1]"
    kill "-${2:-KILL}" "$id" 2>/dev/null
    for _ in $(seq 600); do
        kill -0 "$id" 2>/dev/null || return 0
        sleep 0.05
    done
    kill -9 "$id" 2>/dev/null
}

port() { "$peer_mirror" port; }

ask() { curl -sfk --noproxy '*' -m 20 ${token:+-H "authorization: Bearer $token"} "$@"; }

# Waits until the command succeeds.
until_it_does() {
    for _ in $(seq 1200); do
        "$@" >/dev/null 2>&1 && return 0
        sleep 0.1
    done
    echo "timeout: $*" >&2
    return 1
}

# The trial numbers objects if the server doesn't.
number=100
metadata() {
    echo "\"name\":\"$1\",\"namespace\":\"default\",\"labels\":{\"n\":\"$number\"}${numbered:+,\"resourceVersion\":\"$number\"}"
}
create() { number=$((number + 1)); ask -o /dev/null -H 'content-type: application/json' "$url$items" -d "{$head\"metadata\":{$(metadata "$1")}}" || refused create "$1"; }
update() { number=$((number + 1)); ask -o /dev/null -X PATCH -H 'content-type: application/merge-patch+json' "$url$items/$1" -d "{\"metadata\":{$(metadata "$1")}}" || refused update "$1"; }
delete() { ask -o /dev/null -X DELETE "$url$items/$1" || refused delete "$1"; }
refused() {
    echo "$case_name: the server refuses: $*" >&2
    broken=1
}

connect() { start forward "$peer_mirror" forward "127.0.0.1:$near" "${url#*//}"; }

# Adds the next cell: whether both mirrors become equal to the server's list, and after how many seconds.
agree() {
    local began since
    # After a failure, the mirrors stay wrong, so there is no reason to wait.
    [ -z "$broken" ] || { cells+=" – |"; return; }
    began=$(date +%s%N)
    since=0
    while [ $since -lt $((patience * 1000)) ]; do
        if ask "$url$list" | "$peer_mirror" lines >"$logs/$case_name.truth" 2>/dev/null &&
            cmp -s "$logs/$case_name.truth" "$work/changes" && cmp -s "$logs/$case_name.truth" "$work/store"; then
            since=$((($(date +%s%N) - began) / 1000000))
            cells+=" equal, $((since / 1000)).$((since % 1000 / 100)) s |"
            return
        fi
        sleep 0.1
        since=$((($(date +%s%N) - began) / 1000000))
    done
    cells+=" **not equal** |"
    broken=1
    {
        echo "$case_name: not equal:"
        diff "$logs/$case_name.truth" "$work/changes" | sed 's/^/changes: /'
        diff "$logs/$case_name.truth" "$work/store" | sed 's/^/store: /'
    } >&2
}

can() { [[ " $can " == *" $1 "* ]] && return 0; cells+=" – |"; return 1; }

# One row of the table: a title, and the function that describes the server.
trial() { # title, function, arguments
    local cells='' broken='' near
    case_name=${2#with_}${3:+-$3}
    rm -f "$work/changes" "$work/store"
    token='' numbered='' can='' head='' unreadable=''
    near=$(port)
    if ! "${@:2}" >&2 || ! up >&2; then
        report "$1" "FAILED: it doesn't start; see $logs/$case_name.*" >&2
        failed=1
        down
        return
    fi
    for i in 1 2 3 4 5; do create "o$i"; done
    connect
    start mirror "$peer_mirror" watch "${url%%//*}//127.0.0.1:$near" "$resource" "$work" $token
    if [ -n "$unreadable" ]; then
        complains "$1"
        stop mirror
        stop forward
        down
        return
    fi
    agree

    update o1 && delete o2 && create o6 && update o6
    # A new object with the name of a deleted one.
    delete o3 && create o3
    agree

    stop forward
    update o1 && delete o4 && create o7
    connect
    agree

    down && up
    if can keeps; then
        update o1 && delete o5 && create o8
    else
        number=100
        create o1
    fi
    cells=${cells% – |}
    agree

    if can expires; then
        stop forward
        update o1 && delete o6 && create o9
        # The server's cache begins at this version.
        down && up
        delete o7
        local before
        before=$(expired)
        connect
        agree
        [ "$(expired)" -gt "$before" ] || { echo "$case_name: no version expired" >&2; broken=1; }
    fi

    if can restores; then
        down && back_up && up
        delete o8 && create o10 && update o10 && create o11
        agree
        cells=${cells% equal,*}
        down && restore && up
        create o12
        agree
    fi

    if grep INCONSISTENT "$logs/$case_name.mirror" >&2; then broken=1; fi
    stop mirror
    stop forward
    down
    echo "| $1 |$cells"
    if [ -n "$broken" ]; then
        report "$1" "FAILED; see $logs/$case_name.*" >&2
        failed=1
    fi
}

# Adds the row of a server whose objects can't be mirrored: both watches must report the reason.
complains() { # title
    is_reported() { grep -q "^changes: .*$unreadable.*attempt" "$logs/$case_name.mirror" && grep -q "^store: .*$unreadable.*attempt" "$logs/$case_name.mirror"; }
    if until_it_does is_reported && [ ! -e "$work/changes" ] && [ ! -e "$work/store" ]; then
        echo "| $1 | refused: $unreadable | – | – | – | – | – |"
    else
        report "$1" "FAILED: the watches don't report that $unreadable; see $logs/$case_name.*" >&2
        failed=1
    fi
}

# Prints the number of lists that began because a version had expired.
expired() { grep -ci 'expired' "$logs/$case_name.mirror"; }
