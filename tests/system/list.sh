#!/bin/bash
# mptcp-bench list names every shipped scenario and workload with its description.
. "$(dirname "$0")/../netns/lib.sh"
expect_exit 0 "$bench" list
for kind in netns workloads; do
  for file in "$root/$kind"/*.json; do
    name=$(basename "$file" .json)
    grep -q "^  $name  *$(jq -r .description "$file" | head -c 40)" "$work/out" || fail "$name is not listed with its description"
  done
done
# A name from the list works as it is.
while read -r name _; do
  case $name in Scenarios | Workloads | '') continue ;; esac
  [ -e "$root/netns/$name.json" ] || [ -e "$root/workloads/$name.json" ] || fail "$name is no file"
done <"$work/out"
