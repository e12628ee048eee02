#!/usr/bin/env bash
# From a phone to a wide screen, in light and dark, nothing overflows: the page is as wide as the
# window, no chart is wider than its container, and none was drawn for another width, because its
# letters would have another size.
. "$(dirname "$0")/lib.sh"
need_charts

make matrix 2
make failover 1 failover
report matrix.json failover.json
for window in '360 --dark' 360 768 1280 2560; do
  # shellcheck disable=SC2086
  open --width $window --eval '({ page: document.documentElement.scrollWidth, window: innerWidth,
    wide: [...document.querySelectorAll(".panel")].filter((panel) =>
      panel.firstElementChild.getBoundingClientRect().width > panel.clientWidth + 1).length,
    scaled: [...document.querySelectorAll(".panel svg")].filter((svg) => Math.abs(
      svg.getBoundingClientRect().width / svg.viewBox.baseVal.width - 1) > 0.02).length,
    narrow: Math.min(...[...document.querySelectorAll(".panel svg")].map((svg) =>
      svg.getBoundingClientRect().width)) })'
  expect_quiet
  expect '.value | .page <= .window and .wide == 0 and .scaled == 0 and .narrow > 200'
done
