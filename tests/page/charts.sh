#!/usr/bin/env bash
# Every chart is drawn, in light and dark, with no message on the console and no request.
. "$(dirname "$0")/lib.sh"
need_charts

charts_are() {
  expect "[.value[].chart] == $1 and all(.value[]; .panels > 0 and .marks > 0 and .legend > 0)"
}

make matrix 6
report matrix.json
for theme in '' --dark; do
  # shellcheck disable=SC2086
  open --eval "$drawn" $theme
  expect_quiet
  charts_are '["ratios","throughput","latency","percentiles","requests","waits","links","subflows"]'
  expect '.value[] | select(.chart == "throughput") | .panels == 3' # one per value size
  expect '.value[] | select(.chart == "percentiles") | .panels == 6'
done

# Published figures are drawn next to those of the same scenario.
open --eval 'document.querySelector("figure[data-chart=throughput] .legend").textContent'
expect '.value | contains("mptcp, published")'

make failover 1 failover
report failover.json
open --eval "$drawn"
expect_quiet
charts_are '["ratios","throughput","latency","percentiles","requests","waits","links","subflows"]'
open --eval 'document.querySelector("figure[data-chart=requests] .panel").textContent'
expect '.value | contains("link1 down")'

make rates 1 rates
report rates.json
open --eval "$drawn"
expect_quiet
expect '.value[] | select(.chart == "load") | .marks > 16'
