#!/usr/bin/env bash
# Shows where a client of the speed comparison spends its CPU time, the kernel included. It runs the client once under
# perf, and prints the share of each program or library, and the most expensive functions.
#
# Usage: peers/speed/profile.sh CLIENT [OPTION]…
#   CLIENT   a name in src/clients.rs, such as ours-raw-http2
#   OPTION   as for run.sh: --events N, --objects N, --watches N; --only TEXT if several comparisons have the client
# The tables go to stdout, everything else to stderr. The recording stays, and its path is printed.
set -uo pipefail
. "$(dirname "$0")/prepare.sh"
name=${1:?a client is missing: see --help}
shift
needs profile perf >&2 || exit 1
file=$targets/peers/$name.perf
# Takes the place of the client's programs.
for program in client idle; do
    cat >"$work/$program" <<END
#!/bin/sh
exec perf record --quiet --freq 10000 --event cpu-clock --output '$file' '$targets/peers/release/$program' "\$@"
END
    chmod +x "$work/$program"
done
"$targets/peers/release/peer-speed" --rust "$work/client" --client "$name" --rounds 1 "$@" >&2 || exit 1
for by in dso symbol; do
    perf report --stdio --quiet --input "$file" --sort "$by" --percent-limit 0.5
done
echo "$file: read it with perf report --input" >&2
