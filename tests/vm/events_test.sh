#!/bin/bash
# Tests that links change with netem as they do with tun: runs tests/netns/world_events.cc in a
# virtual machine whose kernel has both. Time is virtual, so that the absence of packets is
# conclusive.
#
# usage: tests/vm/events_test.sh [OPTIONS OF run.sh]
#        (--kernel and --modules test your own kernel)
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=$(realpath "${WORLD_EVENTS:-$here/../../build/tests/netns/world_events}")
tmp=$(mktemp -d "${TMPDIR:-/tmp}/events_test.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
status=0
nice "$here/run.sh" --virtual-time --copy "$program" "$@" -- \
  "/mptcp-bench${program#"$(realpath "$here/../..")"}" >"$tmp/out" 2>"$tmp/err" || status=$?
cat "$tmp/out"
if [ $status = 77 ]; then
  echo "skipped: $(tail -n 1 "$tmp/err")"
  [ "${MPB_MUST:-0}" = 1 ] && exit 1
  exit 77
fi
[ $status = 0 ] || cat "$tmp/err"
# The program skips a backend that is missing, and this test must not.
! grep -q 'SKIPPED' "$tmp/out" || status=1
exit $status
