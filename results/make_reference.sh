#!/usr/bin/env bash
# Makes results/reference/: one result of each shipped scenario, and one (aa) of protocols against themselves: the noise of the machine.
#
#   ./results/make_reference.sh [NAME...]   all of them without names
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- two-lossy-links two-clean-links one-lossy-link keyspace-beijing-2025 wifi-and-lte \
  failover failover-unplugged flapping handover backup-link aa
mkdir -p results/reference
for name in "$@"; do
  scenario=$name
  workload=default
  options=()
  # Ten blocks, for intervals and verdicts beside the published figures, with what most hosts use for congestion control: a quarter of an hour.
  if [ "$scenario" = keyspace-beijing-2025 ]; then
    workload=keyspace-beijing-2025
    options=(--congestion cubic --repeat 10 --duration 4s --timeline off)
  fi
  if [ "$name" = aa ]; then
    scenario=two-lossy-links
    options=(--aa --repeat 10 --op get --size 4k --duration 3s --timeline off)
  fi
  grep -q '"events"' "netns/$scenario.json" && options=(--op get --size 4k) # a cell takes eleven seconds or more
  # An invalid run (a neighbour took the CPU) is no reference: once more, three times at most. What a valid run says is never looked at.
  for _ in 1 2 3; do
    build/mptcp-bench --scenario "$scenario" --workload "$workload" "${options[@]}" -o "results/reference/$name.json" >"results/reference/$name.txt" && break
  done
  cat "results/reference/$name.txt"
done
