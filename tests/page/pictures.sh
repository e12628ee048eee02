#!/usr/bin/env bash
# The charts of the documentation are those of the reference results of today.
. "$(dirname "$0")/lib.sh"
need_charts
MPTCP_BENCH=$bench "$root/docs/pictures.sh" --compare >"$work/seen" 2>"$work/err" ||
  fail "$(cat "$work/err")"
