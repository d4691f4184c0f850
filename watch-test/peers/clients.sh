# Builds the clients of other projects, once. Scripts source this file in the directory of the peers. $work is a
# temporary directory, and $targets is Cargo's target directory. $failed becomes 1 if a build fails although its tools
# are there.

report() { printf '%-34s %s\n' "$1" "$2"; }

needs() { # peer, tool
    command -v "$2" >/dev/null && return 0
    report "$1" "left out: $2 is not installed"
    return 1
}

# gets PEER REASON COMMAND…: the command downloads what the peer needs. If it fails, the peer is left out for this
# reason.
gets() {
    "${@:3}" >/dev/null 2>"$work/gets" && return 0
    report "$1" "left out: $2 ($(grep . "$work/gets" | tail -n 1))"
    return 1
}

# Builds. An error of the build is a failure, because everything that it needs is there.
builds() { # peer, command
    "${@:2}" >"$work/builds" 2>&1 && return 0
    report "$1" "FAILED: it can't be built"
    cat "$work/builds"
    failed=1
    return 1
}

# Prints Cargo's target directory.
target_directory() {
    cargo metadata --manifest-path ../Cargo.toml --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/'
}

# Builds the client of kube-rs, and sets $kube_rs to its path.
build_kube_rs() {
    needs kube-rs cargo || return
    gets kube-rs "Cargo can't download the crates" cargo fetch --locked --manifest-path kube-rs/Cargo.toml || return
    builds kube-rs cargo build --locked --manifest-path kube-rs/Cargo.toml --target-dir "$targets/peers" || return
    kube_rs=$targets/peers/debug/peer-kube-rs
}

# Builds a client of client-go in a directory (client-go), and sets $client_go to its path.
build_client_go() {
    local directory=${1:-client-go}
    needs client-go go || return
    gets client-go "Go can't download the modules" env GOTOOLCHAIN=local go -C "$directory" list -deps . || return
    builds client-go env GOTOOLCHAIN=local go -C "$directory" build -o "$work/peer-client-go" . || return
    client_go=$work/peer-client-go
}
