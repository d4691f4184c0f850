#!/usr/bin/env bash
# Runs watch-hyper, the watcher of kube-rs and the informer of client-go under the same faults. Each has its own server.
# Prints a table in Markdown: whether the client's objects became equal to the server's, after how long, and the number
# of requests. It takes about six minutes. If the tools of a client aren't installed or can't be downloaded, the client
# is reported and left out.
#
# Usage: peers/compare/run.sh [--times N] [--jobs N] [--only TEXT]…
#   --times N    the number of runs of each trial (3): the table has the least and the greatest result
#   --jobs N     N trials at once (42, because trials wait nearly all of the time)
#   --only TEXT  only the kinds of trouble whose names contain it
# The table goes to stdout, everything else to stderr. The last line names the directory with the logs of clients and
# servers.
set -uo pipefail
if [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; then
    sed -n '2,/^set /s/^# \{0,1\}//p' "$0"
    exit
fi
cd "$(dirname "$0")/.."

work=$(mktemp -d)
failed=0
trap 'rm -rf "$work"' EXIT
. ./clients.sh
targets=$(target_directory)
logs=$targets/peers/compare-logs
rm -rf "$logs"
mkdir -p "$logs"

{
    builds compare cargo build --locked --manifest-path compare/Cargo.toml --target-dir "$targets/peers" || exit 1
    built=$targets/peers/debug
    # The built versions are those of the lock files.
    locked() { grep -A 1 "^name = \"$2\"" "$1/Cargo.lock" | sed -n 's/^version = "\(.*\)"/\1/p'; }
    clients=("watch-hyper $(locked compare watch-hyper)=$built/ours")
    build_kube_rs && clients+=("kube-rs $(locked kube-rs kube)=$kube_rs")
    build_client_go && clients+=("client-go $(sed -n 's/.*k8s.io\/client-go v//p' client-go/go.mod)=$client_go")
    # No program here should need more memory.
    ulimit -v 8000000
} >&2

"$built/peer-compare" --jobs 42 --times 3 --logs "$logs" "$@" "${clients[@]}" || failed=1
echo "the logs are in $logs" >&2
exit $failed
