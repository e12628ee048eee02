#!/usr/bin/env bash
# Every specification compiles and becomes a picture in a file, with whole labels.
. "$(dirname "$0")/lib.sh"
need_charts

make failover-in-a-file-with-a-long-name 1 failover
make rates 1 rates
make grid 1 grid
make trace 1 trace
MPTCP_BENCH=$bench node "$root/plots/render.mjs" "$work"/{failover*,rates,grid,trace}.json \
  -o "$work/out" >"$work/seen" 2>"$work/err" || fail "render.mjs failed"
[ ! -s "$work/err" ] || fail "render.mjs printed a message"
! grep -l '…' "$work"/out/*.svg >"$work/seen" || fail "a label is cut"
for spec in "$root"/plots/*.json; do
  name=$(basename "$spec" .json)
  case $name in package*) continue ;; esac
  jq -e '.description and .data.name' "$spec" >/dev/null || fail "$name has no description or data"
  pictures=("$work/out/$name"*.svg)
  [ -s "${pictures[0]}" ] || fail "there is no picture of $name"
  [ "$(grep -o '<path' "${pictures[0]}" | wc -l)" -gt 5 ] || fail "${pictures[0]} is empty"
done
