#!/usr/bin/env bash
# Compares watch-hyper with kube-rs and client-go: the CPU time of a client per recorded event or listed object, on the
# loopback interface, from a server that only sends recorded bytes. Each client runs in its own process. All run in
# turn, round by round. Prints tables in Markdown with the median and the range of the rounds. One further client
# discards the bytes: no client can be faster. It takes about five minutes after the build.
#
# Usage: peers/speed/run.sh [--rounds N] [--events N] [--objects N] [--only TEXT]… [--svg FILE]
#   --rounds N   N rounds (7)
#   --events N   the events of a watch (20000); the first tenth isn't measured
#   --objects N  the objects of an initial list (10000)
#   --watches N  the watches of the comparison of idle watches (10000)
#   --only TEXT  only the comparisons whose names contain it: raw objects, pods, from memory, metadata, initial list, a
#                store of the list, idle watches
#   --client NAME  only the client of this name (src/clients.rs), in one comparison
# "From memory" has no server, so that the elapsed time is that of the client alone.
# The memory of stores of 100,000 pods: --only 'a store' --objects 100000 --rounds 1; the greatest needs some 4 GiB.
#   --kubernetes DIRECTORY
#                compares the initial list from a real kube-apiserver instead, over TLS. The directory has the programs
#                etcd and kube-apiserver (.ci/kube/assets builds them, and prints it). To create 10,000 pods takes a
#                minute or more
#   --counted    also counts the bytes in allocated blocks, as they were requested. The times are then longer
#   --svg FILE   also writes a picture
# The tables go to stdout, everything else to stderr. If the tools of a client aren't installed or can't be downloaded,
# the client is reported and left out.
set -uo pipefail
features=() arguments=()
for argument; do
    case $argument in
    --counted) features=(--features counted) ;;
    *) arguments+=("$argument") ;;
    esac
done
. "$(dirname "$0")/prepare.sh"
clients=(--rust "$targets/peers/release/client")
build_client_go speed/client-go >&2 && clients+=(--go "$client_go")
cd "$caller" || exit 1
"$targets/peers/release/peer-speed" "${clients[@]}" ${arguments[@]+"${arguments[@]}"} || failed=1
exit $failed
