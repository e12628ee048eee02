#!/usr/bin/env bash
# If there is only one protocol, or no valid run of one, the page begins with that. It draws the
# other results, and has no section for ratios.
. "$(dirname "$0")/lib.sh"
need_charts

over_time='"requests","waits","links","subflows"'

# shows SERIES ANSWER CHARTS: the page shows SERIES alone, begins with ANSWER, and has CHARTS.
shows() {
  open --eval "({
    answer: document.querySelector('.answer').textContent, drawn: $drawn,
    ratios: document.querySelectorAll('figure[data-chart=ratios], #verdict').length,
    legend: [...document.querySelectorAll('figure[data-chart=percentiles] .legend')]
      .map((legend) => legend.textContent).join() })"
  expect_quiet
  expect ".value.answer | test(\"$2\")"
  expect '.value.ratios == 0 and all(.value.drawn[]; .panels > 0 and .marks > 0)'
  expect "[.value.drawn[].chart] == [$3]"
  expect ".value.legend | contains(\"$1\") and (contains(\"mptcp\") | not)"
}

make alone 2 alone
report alone.json
nothing='Only one protocol was measured, so there is nothing to compare it with[.]'
shows tcp "^TCP: the throughput is .* in 6 cells[.] $nothing\$" \
  "\"percentiles\",\"throughput\",\"latency\",$over_time"
! grep -q 'INVALID' "$work/page.html" || fail "a valid run is called INVALID"

# One protocol in one cell: its throughput is a number, and not a chart of one bar.
make cell 2 alone failover
report cell.json
shows tcp "tcp stalled .* $nothing\$" "\"percentiles\",$over_time"
grep -q 'data-column="req/s">[0-9]' "$work/page.html" || fail "the throughput is missing"

make invalid 2 invalid
report invalid.json
shows tcp '^MPTCP: none of its 12 runs is valid [(]2 of 50 connections fell back to TCP[)][.]$' \
  "\"percentiles\",\"throughput\",\"latency\",$over_time"
[ "$(grep -c '>INVALID</td>' "$work/page.html")" = 6 ] ||
  fail "the table does not have six rows without a valid run"
[ "$(grep -c '<li class="invalid">runs .* and 4 more of 24 (6 cells) ' "$work/page.html")" = 1 ] ||
  fail "not every invalid run is listed with its reason"

# Two such results have an answer each. That there is nothing to compare appears once.
report alone.json alone.json
[ "$(grep -c '<div class="answer"><p>TCP: the throughput is ' "$work/page.html")" = 2 ] ||
  fail "an answer is missing"
[ "$(grep -o 'nothing to compare' "$work/page.html" | wc -l)" = 1 ] ||
  fail "the page repeats that there is nothing to compare"
