#!/bin/bash
# A search for the highest rate that satisfies a rule, in turns for each protocol. Its runs are
# marked as a search.
. "$(dirname "$0")/lib.sh"
need_links
echo '{"links": [{"name": "a", "rate": "8mbit", "delay": "30ms"},
  {"name": "b", "rate": "8mbit", "delay": "30ms"}]}' >slow.json
slow=(--store builtin --scenario ./slow.json --op get --size 4k -c 10 --warmup 200ms
  --duration 700ms --timeline off)
timeout=200
expect_search() {
  local status=0
  timeout -k 5 $timeout "$bench" --quiet -o "$result" "${slow[@]}" "$@" \
    >"$work/out" 2>"$work/err" </dev/null || status=$?
  [ $status -le 1 ] || fail "exit status $status"
}

expect_search --slo 'p50<=100ms'
expect_true '.slo.rule == "p50 <= 100ms" and ([.slo.answers[].proto] == ["tcp", "mptcp"])'
expect_true '.complete and (has("planned_runs") | not)'
expect_true '.runs | all(.search and .rate_rps > 0) and length >= 4 and length <= 48'
# Ten connections over 60 ms do 166 requests a second, so no rate far above can satisfy the rule.
expect_true '.slo.answers | all(.rate_rps == null
  or (.rate_rps <= 184 and .interval.low < .rate_rps and .interval.high > .rate_rps))'
expect_true '.slo.answers[1] | .ratio == null
  or (.base == "tcp" and (.differs | not) or .ratio_interval.low > 1 or .ratio_interval.high < 1)'
expect_true '.slo.least_rps as $least | [.runs[].rate_rps] | min >= $least'
expect_stdout 'GET 4k: p50 <= 100ms'
"$bench" export "$result" --format custom-bigger -o "$work/bigger.json" || fail 'the export failed'

expect_search --proto tcp --slo 'mean < 1ms'
expect_true '.slo.answers | length == 1 and (.[0] | .rate_rps == null and .held_at_rps == null
  and .ended)'
expect_stdout 'GET 4k: mean < 1ms: with tcp it does not hold even at'

expect_search --proto tcp --slo 'p99.9 < 1s'
expect_true '.runs == [] and .slo.answers[0].runs == 0'
expect_stdout 'with tcp it is unknown, because fewer requests get through than a run needs'

expect_exit 0 "$bench" --dry-run --links tun "${slow[@]}" --slo 'p99 < 20ms'
expect_stdout '# probe of the capacity 1 of 2: tcp get 4k'
expect_stdout 'runs at rates that follow from the results'
rm slow.json

for words in 'p99' 'p98 < 20ms' 'p99 < 20' 'p99 < 0s' 'p99 > 20ms'; do
  expect_exit 2 "$bench" --quiet --store builtin --slo "$words"
  expect_stderr 'mptcp-bench: --slo: '
done
expect_exit 2 "$bench" --quiet --store builtin --slo 'p99 < 20ms' --rate 100
expect_error '--slo: finds the rate itself; leave --rate out'
expect_exit 2 "$bench" --quiet --store builtin --slo 'p99 < 20ms' --repeat 2
expect_error '--slo: the search decides how many runs there are; leave --repeat out'
