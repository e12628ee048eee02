#!/usr/bin/env bash
# Without JavaScript the page has every table and no empty space for a chart.
. "$(dirname "$0")/lib.sh"
need_charts

make failover 1 failover
report failover.json
for heading in 'TCP against MPTCP' 'Throughput and latency' 'Over time' 'Why' 'Environment' \
  'Commands'; do
  grep -qF "<h2>$heading</h2>" "$work/page.html" || fail "the section \"$heading\" is missing"
done
for caption in 'Ratios of each' 'Throughput and latency' 'Longest stall' 'Between the events' \
  'Why: throughput against' 'CPU time per request'; do
  grep -qF "<caption>$caption" "$work/page.html" || fail "the table \"$caption\" is missing"
done
grep -qF 'link1 down 3.0 s, GET 4k: tcp stalled 3.2 s, mptcp 0.40 s' "$work/page.html" ||
  fail "the answer is missing"
grep -q '<figure' "$work/page.html" || fail "the page has no charts that could be missing"
open --no-script --eval '({
  figures: [...document.querySelectorAll("figure")]
    .filter((figure) => figure.getClientRects().length > 0).length,
  scripts: document.documentElement.classList.contains("js") })'
expect_quiet
expect '.value == {figures: 0, scripts: false}'
