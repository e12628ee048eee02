#!/bin/bash
# Compares a protocol with itself (--aa): it runs twice in every block, the second time under
# another name.
. "$(dirname "$0")/lib.sh"
need_links
echo '{"links": [{"name": "a", "rate": "20mbit", "delay": "50ms"},
  {"name": "b", "rate": "20mbit", "delay": "50ms"}]}' >far.json
expect_run 0 --store builtin --scenario ./far.json --op get --size 4k "${quick[@]}" --aa --repeat 2
rm far.json
# The events of both protocols follow from the seed of the block. The second runs have another seed.
expect_true '[.runs[] | select(.block == 1) | .commands[]
  | select(contains(" load ") and contains("--events"))] | length == 4 and ([.[]
  | capture("--seed (?<seed>[0-9]+)").seed] | unique | length == 2)'
expect_true '[.runs[] | select(.proto == "mptcp-again") | .mptcp.connections] == [10, 10]'
if query 'all(.runs[]; .valid)' >/dev/null; then
  grep -Eq '^ +mptcp-again .*x of mptcp ' "$work/out" ||
    fail 'mptcp-again is not compared with mptcp'
  "$bench" export "$result" --format custom-bigger -o "$work/bigger.json" ||
    fail 'the export failed'
  chosen=+congestion=$(query '.runs[0].congestion_control[0]')
  for name in tcp-again{}-vs-tcp{} mptcp-again{}-vs-mptcp{} mptcp{}-vs-tcp{}; do
    grep -qF "get_4k_c10/throughput/${name//"{}"/$chosen}\"" "$work/bigger.json" ||
      fail "the export has no figure $name"
  done
  ! grep -q 'mptcp-again+[^"]*-vs-tcp' "$work/bigger.json" ||
    fail 'mptcp-again is compared with tcp'
fi
expect_exit 2 "$bench" --quiet --store builtin --aa --slo 'p99 < 20ms'
expect_error '--slo: searches for each protocol once; leave --aa out'
