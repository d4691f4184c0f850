# Builds the programs that measure. Scripts in this directory source this file first. It prints the usage of the script
# for --help, and changes to the directory of the peers. $caller is the directory of the caller, to which the path of --svg
# is relative. $targets is Cargo's target directory. If a script sets the array $features, the programs are built with them.
# The functions and variables of clients.sh are available too.
set -uo pipefail
if [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; then
    sed -n '2,/^set /s/^# \{0,1\}//p' "$0" | sed '$d'
    exit
fi
caller=$PWD
cd "$(dirname "$0")/.." || exit 1

work=$(mktemp -d)
failed=0
trap 'rm -rf "$work"' EXIT
. ./clients.sh
targets=$(target_directory)
builds speed cargo build --release --locked ${features[@]+"${features[@]}"} --manifest-path speed/Cargo.toml --target-dir "$targets/peers" >&2 || exit 1
