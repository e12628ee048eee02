#!/usr/bin/env bash
# The netns scenario script: installs missing packages, builds, runs a scenario, prints the table
# and writes the result to ./results, or to the current folder if there is no such folder.
#
#   ./netns/run.sh                  two lossy links, TCP and MPTCP, GET and SET, 1k 4k 16k
#   ./netns/run.sh wifi-and-lte     another scenario of this folder, or a file
#   ./netns/run.sh two-clean-links -- --size 16k -c 200   options of mptcp-bench after --
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/netns/setup.sh"

case "${1-}" in
  -h | --help)
    sed -n '2,7s/^# \{0,1\}//p' "$root/netns/run.sh"
    exit 0
    ;;
  '' | --) scenario=two-lossy-links ;;
  -*)
    say "write options of mptcp-bench after --, as in: netns/run.sh two-lossy-links -- $*"
    exit 2
    ;;
  *)
    scenario=$1
    shift
    ;;
esac
if [ $# -gt 0 ]; then
  [ "$1" = -- ] || { say "unexpected \"$1\"; write options of mptcp-bench after --"; exit 2; }
  shift
fi

ensure_packages "${build_packages[@]}"
(cd "$root" && build mptcp-bench)
exec "$root/build/mptcp-bench" --scenario "$scenario" "$@"
