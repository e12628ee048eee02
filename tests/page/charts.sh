#!/usr/bin/env bash
# Every chart is drawn, in light and dark, without a message on the console and without a request.
. "$(dirname "$0")/lib.sh"
need_charts

charts_are() {
  expect "[.value[].chart] == $1 and all(.value[]; .panels > 0 and .marks > 0 and .legend > 0)"
}
all='["ratios","percentiles","throughput","latency","requests","waits","links","subflows"]'

make matrix 6
report matrix.json
for theme in '' --dark; do
  # shellcheck disable=SC2086
  open --eval "$drawn" $theme
  expect_quiet
  charts_are "$all"
  expect '.value[] | select(.chart == "throughput") | .panels == 3' # one for each value size
  expect '.value[] | select(.chart == "percentiles") | .panels == 6'
done

# The first chart is in the first window, below the answer.
open --eval 'document.querySelector("figure .panel svg").getBoundingClientRect().bottom'
expect '.value < 900'

# Published figures are drawn next to those of the same scenario.
open --eval 'document.querySelector("figure[data-chart=throughput] .legend").textContent'
expect '.value | contains("mptcp, published")'

make failover 1 failover
report failover.json
open --eval "$drawn"
expect_quiet
charts_are "$all"
open --eval 'document.querySelector("figure[data-chart=requests] .panel").textContent'
expect '.value | contains("link1 down")'

# Traffic over the capacity of a trace: a panel for each direction that has one.
make trace 1 trace
report trace.json
open --eval "$drawn"
expect_quiet
charts_are "${all/\"subflows\"/\"capacity\",\"subflows\"}"
expect '.value[] | select(.chart == "capacity") | .panels == 2 and .marks > 2'

make rates 1 rates
report rates.json
open --eval "$drawn"
expect_quiet
expect '.value[] | select(.chart == "load") | .marks > 16'
