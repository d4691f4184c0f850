#!/usr/bin/env bash
# Measures what it costs to depend on watch-core, on watch-hyper and on kube-rs: the number of crates, and the CPU time of
# a clean release build. Each is built in a crate of its own that does nothing but depend on it, in turn. Prints a table in
# Markdown to stdout, and everything else to stderr. It takes some five minutes on two cores.
#
# Usage: peers/build/run.sh [--rounds N]
#   --rounds N   builds each N times (3), and prints the median, the least and the greatest
set -euo pipefail
if [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; then
    sed -n '2,/^set /s/^# \{0,1\}//p' "$0" | sed '$d'
    exit
fi
rounds=3
if [ "${1:-}" = --rounds ]; then
    rounds=${2:?--rounds needs a number}
elif [ $# -gt 0 ]; then
    echo "peers/build/run.sh: unknown argument '$1'; see --help" >&2
    exit 2
fi
cd "$(dirname "$0")/../../.."

root=$PWD
kube=$(sed -n 's/^kube = { version = "\([^"]*\)".*/\1/p' watch-test/peers/speed/Cargo.toml)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

names=()
makes() { # name, the dependency as TOML
    names+=("$1")
    mkdir -p "$work/$1/src"
    touch "$work/$1/src/lib.rs"
    printf '[workspace]\n[package]\nname = "depends"\nedition = "2024"\n[dependencies]\n%s\n' "$2" >"$work/$1/Cargo.toml"
    # All versions that all clients of this repository have in common are equal.
    cp watch-test/peers/speed/Cargo.lock "$work/$1/Cargo.lock"
    cargo fetch --quiet --manifest-path "$work/$1/Cargo.toml" >&2
}

makes watch-core "watch-core = { path = '$root/watch-core' }"
makes watch-hyper "watch-hyper = { path = '$root/watch-hyper' }"
makes kube "kube = { version = '$kube', default-features = false, features = ['client', 'ring', 'runtime', 'rustls-tls'] }
k8s-openapi = { version = '*', features = ['latest'] }"

crates() { # name: the crates that are built, the crate itself left out
    cargo tree --quiet --manifest-path "$work/$1/Cargo.toml" --edges normal,build --prefix none | sed 's/ .*//' | sort -u |
        grep -cvx depends
}

# Prints the CPU time and the elapsed time of a clean build, in seconds.
builds() { # name
    rm -rf "$work/$1/target"
    (
        TIMEFORMAT='%U %S %R'
        export CARGO_TARGET_DIR=$work/$1/target
        time cargo build --quiet --release --offline --manifest-path "$work/$1/Cargo.toml" >&2
    ) 2>&1 | tail -n 1 | awk '{ print $1 + $2, $3 }'
}

for ((round = 1; round <= rounds; round++)); do
    for name in "${names[@]}"; do
        echo "round $round of $rounds: $name" >&2
        builds "$name" >>"$work/$name.times"
    done
done

summary() { # file, column
    sort -n -k "$2,$2" "$1" | awk -v column="$2" '{ value[NR] = $column }
        END { printf "%.1f (%.1f–%.1f)", value[int((NR + 1) / 2)], value[1], value[NR] }'
}

echo "| a dependency on | crates | CPU of a clean build, s | elapsed, s |"
echo "|---|---|---|---|"
for name in "${names[@]}"; do
    echo "| $name | $(crates "$name") | $(summary "$work/$name.times" 1) | $(summary "$work/$name.times" 2) |"
done
