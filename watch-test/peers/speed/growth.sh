#!/usr/bin/env bash
# Measures how the CPU time of watch-hyper grows: with the number of events, their size, the number of watches and the
# number of keys, and with inputs that a malicious server could choose (an object of brackets, pieces of one byte, a
# million tiny items). Prints a table in Markdown: the time of one event, byte, item or watch for each size. If the
# growth is linear, it stays the same. It takes about five minutes after the build.
#
# Usage: peers/speed/growth.sh [--rounds N] [--only TEXT]… [--svg FILE]
#   --rounds N   measures each size N times, and prints the median (3)
#   --only TEXT  only the inputs whose descriptions in the table contain it
#   --svg FILE   also writes a picture
# The table goes to stdout, everything else to stderr.
set -uo pipefail
if [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; then
    sed -n '2,/^set /s/^# \{0,1\}//p' "$0" | sed '$d'
    exit
fi
# The path of --svg is relative to the directory of the caller.
caller=$PWD
cd "$(dirname "$0")/.." || exit 1

work=$(mktemp -d)
failed=0
trap 'rm -rf "$work"' EXIT
. ./clients.sh
targets=$(target_directory)
builds speed cargo build --release --locked --manifest-path speed/Cargo.toml --target-dir "$targets/peers" >&2 || exit 1
cd "$caller" || exit 1
"$targets/peers/release/growth" --rust "$targets/peers/release/client" "$@" || failed=1
exit $failed
