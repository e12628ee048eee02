#!/bin/bash
# mptcp-bench list names every shipped scenario and workload with its description, and nothing else.
. "$(dirname "$0")/../netns/lib.sh"
expect_exit 0 "$bench" list
[ ! -s "$work/err" ] || fail 'list prints to stderr'
for kind in netns workloads; do
  for file in "$root/$kind"/*.json; do
    name=$(basename "$file" .json)
    sed -n "s/^  $name  *//p" "$work/out" | grep -qxF -- "$(jq -r .description "$file")" ||
      fail "$name is not listed with its description"
  done
done
files=$(find "$root/netns" "$root/workloads" -maxdepth 1 -name '*.json' | wc -l)
[ "$(grep -c '^  ' "$work/out")" = "$files" ] || fail 'the list contains other names'
expect_exit 2 "$bench" list two-lossy-links
