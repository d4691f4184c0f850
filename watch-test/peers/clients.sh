# Builds other people's clients, once. To be sourced, in the directory of the peers, where $work is a directory for
# what is temporary and $targets where Cargo builds; $failed becomes 1 if something fails that shouldn't.

say() { printf '%-34s %s\n' "$1" "$2"; }

needs() { # peer, tool
    command -v "$2" >/dev/null && return 0
    say "$1" "left out: $2 is not installed"
    return 1
}

# peer, why not, command: what is needed from elsewhere is there, or comes.
gets() {
    "${@:3}" >/dev/null 2>"$work/gets" && return 0
    say "$1" "left out: $2 ($(grep . "$work/gets" | tail -n 1))"
    return 1
}

# Builds; if that fails although everything was there, it is a failure.
builds() { # peer, command
    "${@:2}" >"$work/builds" 2>&1 && return 0
    say "$1" "FAILED: it can't be built"
    cat "$work/builds"
    failed=1
    return 1
}

# Where Cargo builds.
target_directory() {
    cargo metadata --manifest-path ../Cargo.toml --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/'
}

# Builds kube-rs' client; it is then in $kube_rs.
build_kube_rs() {
    needs kube-rs cargo || return
    gets kube-rs "Cargo can't get at the crates" cargo fetch --locked --manifest-path kube-rs/Cargo.toml || return
    builds kube-rs cargo build --locked --manifest-path kube-rs/Cargo.toml --target-dir "$targets/peers" || return
    kube_rs=$targets/peers/debug/peer-kube-rs
}

# Builds a client of client-go, by its directory (client-go); it is then in $client_go.
build_client_go() {
    local directory=${1:-client-go}
    needs client-go go || return
    gets client-go "Go can't get at the modules" env GOTOOLCHAIN=local go -C "$directory" list -deps . || return
    builds client-go env GOTOOLCHAIN=local go -C "$directory" build -o "$work/peer-client-go" . || return
    client_go=$work/peer-client-go
}
