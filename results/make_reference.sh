#!/usr/bin/env bash
# Makes results/reference/: for each shipped scenario ten blocks of tcp, tcp-split, mptcp-one and
# mptcp, with cubic, which most hosts use, and one comparison of tcp and mptcp with themselves (aa),
# which shows the noise of the machine.
#
#   ./results/make_reference.sh           all of them: two and a half hours on a machine that does
#                                         nothing else
#   ./results/make_reference.sh NAME...   some of them
#
# Before each one it prints how long that takes and how many are left. It can be stopped: the next
# call resumes from the unfinished results in results/reference.part/. A complete result replaces
# the one in results/reference/.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- two-lossy-links two-clean-links one-lossy-link keyspace-beijing-2025 \
  wifi-and-lte failover failover-unplugged flapping handover backup-link stack-cost aa
part=results/reference.part
mkdir -p results/reference "$part"
left=$#
for name in "$@"; do
  echo "== $name ($left to go) =="
  left=$((left - 1))
  scenario=$name
  workload=default
  options=(--proto 'tcp,tcp-split,mptcp-one,mptcp' --congestion cubic --repeat 10 --timeline off)
  case $name in
    two-lossy-links) ;; # the whole matrix, as in the README
    keyspace-beijing-2025)
      workload=keyspace-beijing-2025
      options+=(--duration 4s)
      ;;
    aa)
      scenario=two-lossy-links
      options=(--aa --congestion cubic --repeat 10 --op get --size 4k --duration 3s --timeline off)
      ;;
    stack-cost) # the sizes and connections of mptcp_net-next #562
      options=(--proto 'tcp,mptcp-one' --op get --size '256b,1k,8k,32k' -c 100 --congestion cubic
        --repeat 10 --timeline off)
      ;;
    two-clean-links | one-lossy-link | wifi-and-lte) options+=(--size 4k) ;;
    *) options+=(--op get --size 4k) ;; # links change: a run takes eleven seconds or more
  esac
  file=$part/$name.json
  # An invalid run (another guest took the CPU) stays in the result, marked as invalid, so that runs
  # are not chosen by their figures.
  status=0
  if [ -f "$file" ]; then
    build/mptcp-bench --resume "$file" >/dev/null || status=$?
  else
    build/mptcp-bench --scenario "$scenario" --workload "$workload" "${options[@]}" -o "$file" \
      >/dev/null || status=$?
  fi
  [ "$status" -le 1 ] || exit "$status"
  jq -e .complete "$file" >/dev/null || { echo "$file is not complete" >&2; exit 1; }
  build/mptcp-bench export "$file" --format text -o "$part/$name.txt"
  cat "$part/$name.txt"
  mv "$file" "results/reference/$name.json"
  mv "$part/$name.txt" "results/reference/$name.txt"
done
rmdir "$part" 2>/dev/null || true
