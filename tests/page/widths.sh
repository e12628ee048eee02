#!/usr/bin/env bash
# From a phone to a wide screen nothing sticks out, in the dark neither: the page is as wide as the window, and no chart wider than its place.
. "$(dirname "$0")/lib.sh"
need_charts

make matrix 2
make failover 1 failover
report matrix.json failover.json
for window in '360 --dark' 360 768 1280 2560; do
  # shellcheck disable=SC2086
  open --width $window --eval '({ page: document.documentElement.scrollWidth, window: innerWidth,
    wide: [...document.querySelectorAll(".panel")].filter((panel) => panel.firstElementChild.getBoundingClientRect().width > panel.clientWidth + 1).length,
    narrow: Math.min(...[...document.querySelectorAll(".panel svg")].map((svg) => svg.getBoundingClientRect().width)) })'
  expect_quiet
  expect '.value | .page <= .window and .wide == 0 and .narrow > 200'
done
