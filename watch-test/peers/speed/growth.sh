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
. "$(dirname "$0")/prepare.sh"
cd "$caller" || exit 1
"$targets/peers/release/growth" --rust "$targets/peers/release/client" "$@"
