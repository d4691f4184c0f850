#!/usr/bin/env bash
# Runs Kubernetes clients of other projects against watch-test. Faults happen while they watch. At the end, the script
# compares their objects with those of the server. If the tools of a client aren't installed or can't be downloaded, the
# client is reported and left out, which isn't a failure. Builds and installations are reused.
#
# Usage: peers/run.sh [kube-rs] [client-go] [python] [kubectl]      (without names: all of them)
# KUBECTL is the kubectl to use. The default is the one that .ci/kube builds, or else the one in the path.
# WATCH_TEST is the program watch-test to use. By default, it is built.
set -uo pipefail
cd "$(dirname "$0")"

peers=("$@")
[ ${#peers[@]} -eq 0 ] && peers=(kube-rs client-go python kubectl)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/watch-peers
work=$(mktemp -d)
failed=0
# The runs, which are parallel. Each has its own server. A client whose requests are refused repeatedly needs some time.
runs=()
trap 'kill "${runs[@]}" 2>/dev/null; wait; rm -rf "$work"' EXIT

. ./clients.sh

# Creates the Python environment of the peer, once.
virtual_environment() {
    local python
    python=$cache/python-$(cksum <python/requirements.txt | cut -d ' ' -f 1)
    if [ ! -x "$python/bin/peer-python" ]; then
        rm -rf "$python"
        python3 -m venv "$python" && "$python/bin/pip" install --quiet --disable-pip-version-check -r python/requirements.txt || return 1
        # Written last: it shows that the rest is complete.
        ln -s python "$python/bin/peer-python" || return 1
    fi
    venv=$python/bin/peer-python
}

# Starts a server, and sets $url to its URL.
serve() {
    "$watch_test" serve --objects 0 --kubeconfig "$work/kubeconfig" "$@" >"$work/served" 2>"$work/summary" &
    server=$!
    for _ in $(seq 100); do
        url=$(head -n 1 "$work/served")
        [ -n "$url" ] && curl -sfk "$url/-/state" >/dev/null && return
        sleep 0.05
    done
    echo "watch-test doesn't start: $(cat "$work/summary")" >&2
    exit 1
}

quit() {
    kill -INT "$server"
    wait "$server"
    server=
}

maps() { echo "$url/api/v1/namespaces/default/configmaps"; }
post() { curl -sfk -o /dev/null -H 'content-type: application/json' "$url/-/$1" -d "${2:-"{}"}"; }
create() { curl -sfk -o /dev/null -H 'content-type: application/json' "$(maps)" -d "{\"metadata\":{\"name\":\"$1\"},\"data\":{\"n\":\"0\"}}"; }
update() { curl -sfk -o /dev/null -X PATCH -H 'content-type: application/merge-patch+json' "$(maps)/$1" -d "{\"data\":{\"n\":\"$2\"}}"; }
delete() { curl -sfk -o /dev/null -X DELETE "$(maps)/$1"; }
field() { curl -sfk "$url/-/state" | sed "s/.*\"$1\":\([0-9]*\).*/\1/"; }

# Waits until a watch is open, which means that the client has recovered.
watching() {
    for _ in $(seq 600); do
        [ "$(field openWatches)" != 0 ] && return
        sleep 0.05
    done
}

# Makes changes and faults while a client watches.
trouble() {
    watching
    for i in $(seq 10 30); do create "o$i"; done
    post disconnect '{"end":"cut"}'
    for i in $(seq 10 19); do update "o$i" 1; done
    delete o20
    watching
    post disconnect '{"end":"reset"}'
    delete o21
    create o21
    watching
    # An expired version: only a list shows the changes in the gap.
    post skip '{"revisions":10}'
    post faults '{"on":{"verb":"watch"},"times":2,"refuse":{"status":429,"shape":"text","retryAfter":1}}'
    post disconnect '{"end":"complete"}'
    delete o22
    update o23 2
    post expire
    watching
    post faults '{"on":{"verb":"watch"},"times":1,"refuse":{"status":500,"shape":"json"}}'
    post restart '{"gap":5}'
    delete o24
    create o40
    watching
    # An ERROR event in the middle, and a body that ends within an event.
    post faults '{"on":{"verb":"watch"},"times":1,"say":{"text":"{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"message\":\"too old resource version: 1 (2)\",\"reason\":\"Expired\",\"code\":410}}\n","afterEvents":1,"thenEnd":true}}'
    post disconnect
    for i in $(seq 25 28); do update "o$i" 3; done
    watching
    post faults '{"on":{"verb":"watch"},"skip":1,"times":1,"cut":{"afterBytes":700,"end":"cut"}}'
    post disconnect
    delete o29
    for i in $(seq 10 15); do update "o$i" 4; done
    watching
    post disconnect
    delete o30
    create zzz-done
}

# begin FUNCTION ARGUMENT…: begins a run in the background.
begin() {
    local own=$work/${#runs[@]}
    mkdir "$own"
    (
        work=$own server='' client=''
        trap '[ -z "$server$client" ] || kill $server $client 2>/dev/null' EXIT
        trap 'exit 1' TERM INT
        "$@"
    ) &
    runs+=($!)
}

# mirror NAME COMMAND…: runs one client while faults happen. In the command, URL stands for the server's URL.
mirror() {
    local name=$1
    shift
    serve
    local command=("${@//URL/$url}")
    timeout 180 "${command[@]}" >"$work/printed" 2>"$work/errors" &
    client=$!
    trouble
    wait "$client"
    local status=$?
    client=
    curl -sfk "$(maps)" -A plain | tr '{' '\n' |
        sed -n 's/.*"name":"\([^"]*\)".*"resourceVersion":"\([0-9]*\)".*/\1@\2/p' >"$work/truth"
    tail -n 1 "$work/printed" | tr ' ' '\n' >"$work/mirror"
    curl -sfk "$url/-/requests" | tr '{' '\n' | grep '"path":"/api/v1/namespaces/default/configmaps"' | grep '"GET"' >"$work/asked"
    local watches streaming lists
    watches=$(grep -c 'watch=[1t]' "$work/asked")
    streaming=$(grep -c 'sendInitialEvents=true' "$work/asked")
    lists=$(grep -vc 'watch=[1t]' "$work/asked")
    if [ $status -eq 0 ] && [ -s "$work/truth" ] && diff -u "$work/truth" "$work/mirror" >"$work/diff"; then
        report "$name" "ok: $(wc -l <"$work/truth") objects agree; $lists lists, $watches watches, $streaming of them streaming lists"
    else
        report "$name" "FAILED (exit $status)"
        cat "$work/diff" "$work/errors"
        curl -sk "$url/-/requests" | sed 's/},{/},\n{/g' | tail -n 40
        quit
        return 1
    fi
    quit
}

# Runs the commands of kubectl.
commands() {
    local name
    name=$("$KUBECTL" version --client | sed -n 's/Client Version: /kubectl /p')
    serve --tls
    # HOME is a temporary directory, so that kubectl doesn't use the user's cache of discovery.
    if HOME=$work KUBECTL=$KUBECTL KUBECONFIG=$work/kubeconfig ./kubectl.sh >"$work/kubectl" 2>&1; then
        report "$name" "ok: $(cat "$work/kubectl")"
    else
        report "$name" FAILED
        cat "$work/kubectl"
        quit
        return 1
    fi
    quit
}

targets=$(target_directory)
watch_test=${WATCH_TEST:-}
if [ -z "$watch_test" ]; then
    cargo build --quiet --manifest-path ../Cargo.toml || exit 1
    watch_test=$targets/debug/watch-test
fi

for peer in "${peers[@]}"; do
    case $peer in
    kube-rs)
        build_kube_rs || continue
        begin mirror "kube-rs, list and watch" "$kube_rs" URL
        begin mirror "kube-rs, streaming list" "$kube_rs" URL streaming
        ;;
    client-go)
        build_client_go || continue
        begin mirror "client-go informer, list and watch" env KUBE_FEATURE_WatchListClient=false "$client_go" URL write
        begin mirror "client-go informer, WatchList" env KUBE_FEATURE_WatchListClient=true "$client_go" URL write
        ;;
    python)
        needs python python3 || continue
        gets python "pip can't download the packages" virtual_environment || continue
        begin mirror "python kubernetes client" "$venv" python/peer.py URL
        ;;
    kubectl)
        if [ -z "${KUBECTL:-}" ]; then
            built=$(../../.ci/kube/assets kubectl 2>"$work/assets")
            KUBECTL=${built:+$built/kubectl}
            KUBECTL=${KUBECTL:-$(command -v kubectl)} || {
                report kubectl "left out: it is not installed, and $(tail -n 1 "$work/assets")"
                continue
            }
        fi
        begin commands
        ;;
    *)
        report "$peer" "unknown: there are kube-rs, client-go, python and kubectl"
        failed=1
        ;;
    esac
done
for run in "${runs[@]}"; do
    wait "$run" || failed=1
done
runs=()
exit $failed
