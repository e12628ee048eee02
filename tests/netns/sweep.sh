#!/bin/bash
# A sweep of rates: every protocol runs at every rate. Below capacity, throughput is the offered
# rate; above it, the table shows SATURATED instead of a latency.
. "$(dirname "$0")/lib.sh"
need_links
# GET 4k takes 4303 bytes of a line, so 58 requests a second fill 2 Mbit/s. At this rate the
# lateness of a busy machine matters little.
echo '{"links": [{"name": "a", "rate": "2mbit", "delay": "50ms"},
  {"name": "b", "rate": "2mbit", "delay": "50ms"}]}' >slow.json
slow=(--store builtin --scenario ./slow.json --op get --size 4k -c 10 --warmup 300ms)

expect_run 0 "${slow[@]}" --duration 2s --rate 300,20 --repeat 2
expect_true '[.runs[] | [.block, .rate_rps]] | . == sort and length == 8'
expect_true '[.runs[] | [.block, .rate_rps, .proto]] | unique | length == 8'
# Forty Poisson arrivals: within four and a half standard deviations.
expect_true '[.runs[] | select(.rate_rps == 20 and reasons == [])]
  | all(.saturated == false and .throughput_rps > 6 and .throughput_rps < 34)'
expect_true '[.runs[] | select(.rate_rps == 300 and reasons == [])]
  | all(.saturated and .throughput_rps < 130)'
expect_true '.runs | all(.backlog | length == 4)'
expect_true '.workload | .rates_rps == [20, 300] and .arrivals == "poisson"'
expect_true '.explanations | all(.rate_rps == 20 or .rate_rps == 300)'
# A busy machine may have made every run of a rate invalid. There is then no sentence about it.
if query 'all(.runs[]; .valid)' >/dev/null; then
  expect_stdout 'GET 4k: tcp keeps up with 20.0 req/s but not with 300 req/s; mptcp keeps up '\
'with 20.0 req/s but not with 300 req/s'
  expect_stdout 'SATURATED: the offered rate exceeded capacity'
  grep -q '^  GET 4k at 20.0 req/s  *tcp  ' "$work/out" || fail \
    'the cells of the table have no offered rate'
  "$bench" export "$result" --format custom-smaller -o "$work/smaller.json" || fail 'no export'
  grep -q 'get_4k_c10_20rps_poisson/p50/tcp' "$work/smaller.json" || fail \
    'no latency of what got through'
  ! grep -q '300rps_poisson/p' "$work/smaller.json" || fail \
    'a latency of what is saturated is published'
fi

expect_run 0 "${slow[@]}" --duration 600ms --timeline off --rate auto
expect_true '[.capacity_probes[] | [.op, .values, .proto]] == [["get", "4k", "tcp"],
  ["get", "4k", "mptcp"]]'
expect_true '.workload.rates == "auto" and ([.runs[].rate_rps] | unique | length >= 8
  and length <= 10)'
expect_true '([.capacity_probes[].throughput_rps] | max) as $most | [.runs[].rate_rps] | max > $most
  and max < 1.25 * $most and min < 0.4 * $most'
expect_true '[.runs[] | [.proto, .rate_rps]] | unique | length == ([.[][1]] | unique | length) * 2'
expect_stdout 'Capacity, probed in closed loop for'
rm slow.json

for words in '--rate x: "x" is not a rate' '--rate 0: "0" is not a rate' \
  '--rate 5,auto: auto finds all rates itself' \
  '--arrivals poisson: a closed loop has no schedule'; do
  read -ra options <<<"${words%%:*}"
  expect_exit 2 "$bench" --quiet --store builtin "${options[@]}"
  expect_stderr "$(cut -d: -f2- <<<"$words" | sed 's/^ //')"
done
true
