#!/usr/bin/env bash
# Without JavaScript the page has every table, and no empty space for a chart.
. "$(dirname "$0")/lib.sh"
need_charts

make failover 1 failover
report failover.json
for table in 'TCP against MPTCP' 'Throughput and latency' 'Over time' 'Why' 'Environment' \
  'Commands'; do
  grep -qF "<h2>$table</h2>" "$work/page.html" || fail "there is no $table"
done
for caption in 'Ratios of each' 'Medians over' 'Longest stall' 'Between the events' \
  'Throughput against' 'CPU time a request'; do
  grep -qF "<caption>$caption" "$work/page.html" || fail "there is no table \"$caption\""
done
grep -qF 'link1 down 3.0 s, GET 4k: tcp stalled 3.2 s, mptcp 0.40 s' "$work/page.html" ||
  fail "the answer is not there"
grep -q '<figure' "$work/page.html" || fail "the page has no charts that could be missing"
open --no-script --eval '({
  figures: [...document.querySelectorAll("figure")]
    .filter((figure) => figure.getClientRects().length > 0).length,
  scripts: document.documentElement.classList.contains("js") })'
expect_quiet
expect '.value == {figures: 0, scripts: false}'
