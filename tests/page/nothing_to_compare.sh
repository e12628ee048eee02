#!/usr/bin/env bash
# If only one protocol was measured, or no run of one is valid, the page says so first, draws the
# rest, and has no charts of ratios.
. "$(dirname "$0")/lib.sh"
need_charts

# drawn_of SERIES ANSWER: the page shows only SERIES, and begins with ANSWER.
drawn_of() {
  open --eval "({ answer: document.querySelector('.answer').textContent, drawn: $drawn,
    ratios: document.querySelectorAll('figure[data-chart=ratios], #verdict').length,
    legend: [...document.querySelectorAll('figure[data-chart=percentiles] .legend')]
      .map((legend) => legend.textContent).join() })"
  expect_quiet
  expect ".value.answer == \"$2\""
  expect '.value.ratios == 0 and all(.value.drawn[]; .panels > 0 and .marks > 0)'
  expect '[.value.drawn[].chart] ==
    ["throughput","latency","percentiles","requests","waits","links","subflows"]'
  expect ".value.legend | contains(\"$1\") and (contains(\"mptcp\") | not)"
}

make alone 2 alone
report alone.json
drawn_of tcp 'One protocol was measured: there is nothing to compare it with.'
! grep -q 'INVALID' "$work/page.html" || fail "a run that is valid is called INVALID"

make invalid 2 invalid
report invalid.json
drawn_of tcp 'MPTCP: none of its 12 runs is valid (2 of 50 connections fell back to TCP).'
[ "$(grep -c '<td>INVALID</td>' "$work/page.html")" = 6 ] ||
  fail "the table has not six rows without a valid run"
[ "$(grep -c '<li class="invalid">run ' "$work/page.html")" = 12 ] ||
  fail 'not every run is listed with its reason'
