#!/usr/bin/env bash
# Where one protocol was measured, or no run of one is valid, the page says so first, draws what there is, and has no place for ratios.
. "$(dirname "$0")/lib.sh"
need_charts

# drawn_of SERIES ANSWER: the page is about SERIES alone, and begins with ANSWER.
drawn_of() {
  open --eval "({ answer: document.querySelector('.answer').textContent, drawn: $drawn,
    ratios: document.querySelectorAll('figure[data-chart=ratios], #verdict').length,
    legend: [...document.querySelectorAll('figure[data-chart=percentiles] .legend')].map((legend) => legend.textContent).join() })"
  expect_quiet
  expect ".value.answer | test(\"$2\")"
  expect '.value.ratios == 0 and all(.value.drawn[]; .panels > 0 and .marks > 0)'
  expect '[.value.drawn[].chart] == ["throughput","latency","percentiles","requests","waits","links","subflows"]'
  expect ".value.legend | contains(\"$1\") and (contains(\"mptcp\") | not)"
}

make alone 2 alone
report alone.json
drawn_of tcp '^TCP: the throughput is .* in 6 cells[.] Only one protocol was measured, so there is nothing to compare it with[.]$'
! grep -q 'INVALID' "$work/page.html" || fail "a run that is valid is called INVALID"

make invalid 2 invalid
report invalid.json
drawn_of tcp '^MPTCP: none of its 12 runs is valid [(]2 of 50 connections fell back to TCP[)][.]$'
[ "$(grep -c '<td>INVALID</td>' "$work/page.html")" = 6 ] || fail "the table has not six rows without a valid run"
[ "$(grep -c '<li class="invalid">run ' "$work/page.html")" = 12 ] || fail "not every run is told with its reason"

# Of two such results each has its own answer, and that there is nothing to compare is said once.
report alone.json alone.json
[ "$(grep -c '<p class="answer">TCP: the throughput is ' "$work/page.html")" = 2 ] || fail "not every result has its answer"
[ "$(grep -o 'nothing to compare' "$work/page.html" | wc -l)" = 1 ] || fail "it is said again that there is nothing to compare"
