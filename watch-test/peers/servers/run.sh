#!/usr/bin/env bash
# Mirrors the objects of other projects' API servers under faults, and compares the mirrors with the server's own list:
# after live changes, a cut of all connections, a restart, an expired version, and a restored database. If the tools of
# a server aren't installed or the server can't be downloaded, it is reported and left out, which isn't a failure.
# Builds and installations are reused.
#
# Usage: peers/servers/run.sh [kmock] [kine] [sample-apiserver]      (without names: all of them)
# A table in Markdown goes to stdout, everything else to stderr. The last line names the directory with the logs of
# servers and mirrors.
set -uo pipefail
if [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; then
    sed -n '2,/^set /s/^# \{0,1\}//p' "$0"
    exit
fi
cd "$(dirname "$0")/.."

servers=("$@")
[ ${#servers[@]} -eq 0 ] && servers=(kmock kine sample-apiserver)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/watch-peers
work=$(mktemp -d)
failed=0
# The ids of the running programs, by name.
declare -A running=()
trap 'kill -9 "${running[@]}" 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT

. ./clients.sh
. servers/trial.sh
. servers/start.sh
targets=$(target_directory)
logs=$targets/peers/server-logs
rm -rf "$logs"
mkdir -p "$logs" "$cache"

{
    builds mirror cargo build --locked --manifest-path servers/mirror/Cargo.toml --target-dir "$targets/peers" || exit 1
} >&2
peer_mirror=$targets/peers/debug/peer-mirror

report tilt-apiserver "left out: the Go module proxy refuses github.com/tilt-dev/tilt-apiserver" >&2
echo "| server | first list | live changes | cut | restart | version expired | database restored |"
echo "| --- | --- | --- | --- | --- | --- | --- |"
for server in "${servers[@]}"; do
    case $server in
    kmock)
        build_kmock >&2 || continue
        trial "kmock $(locked_python kmock), versions set by the user" with_kmock numbered
        trial "kmock $(locked_python kmock), objects without versions" with_kmock bare
        ;;
    kine)
        build_kube >&2 && build_go kine github.com/k3s-io/kine >&2 || continue
        trial "kube-apiserver $kube_version on kine $(locked_go kine github.com/k3s-io/kine), SQLite" with_kine
        ;;
    sample-apiserver)
        build_kube >&2 && build_go sample-apiserver k8s.io/sample-apiserver >&2 || continue
        trial "sample-apiserver $(locked_go sample-apiserver k8s.io/sample-apiserver) behind kube-apiserver $kube_version" with_sample
        ;;
    *)
        report "$server" "unknown: there are kmock, kine and sample-apiserver" >&2
        failed=1
        ;;
    esac
done
echo "the logs are in $logs" >&2
exit $failed
