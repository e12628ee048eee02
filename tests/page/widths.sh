#!/usr/bin/env bash
# The page fits every window from phone to wide screen: nothing sticks out, overlaps or stretches.
. "$(dirname "$0")/lib.sh"
need_charts

measure='(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const box = (node) => node.getBoundingClientRect();
  const charts = all(".panel svg");
  return {
    page: document.documentElement.scrollWidth, window: innerWidth,
    wide: all(".panel")
      .filter((panel) => box(panel.firstElementChild).width > panel.clientWidth + 1).length,
    scaled: charts.filter((chart) =>
      Math.abs(box(chart).width / chart.viewBox.baseVal.width - 1) > 0.02).length,
    narrow: Math.min(...charts.map((chart) => box(chart).width)) };
})()'

make matrix 2
make failover 1 failover
report matrix.json failover.json
for window in '360 --dark' 360 768 1280 2560; do
  # shellcheck disable=SC2086
  open --width $window --eval "$measure"
  expect_quiet
  expect '.value | .page <= .window and .wide == 0 and .scaled == 0 and .narrow > 200'
done
