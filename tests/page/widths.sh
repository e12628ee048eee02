#!/usr/bin/env bash
# The page fits every window from phone to wide screen: nothing sticks out, overlaps or stretches.
. "$(dirname "$0")/lib.sh"
need_charts

# wide: charts wider than their frame. scaled: charts drawn for another width, which changes the
# size of their text. bar: the widest bar. crowded: axes with labels that touch each other.
measure='(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const box = (node) => node.getBoundingClientRect();
  const charts = all(".panel svg");
  const touch = (a, b) => a.left < b.right + 3 && b.left < a.right + 3 &&
    a.top < b.bottom && b.top < a.bottom;
  const crowded = (axis) => {
    const labels = all(".role-axis-label text", axis)
      .filter((text) => text.getAttribute("opacity") !== "0" && text.textContent.trim()).map(box);
    return labels.some((a, i) => labels.slice(i + 1).some((b) => touch(a, b)));
  };
  return {
    page: document.documentElement.scrollWidth, window: innerWidth,
    wide: all(".panel")
      .filter((panel) => box(panel.firstElementChild).width > panel.clientWidth + 1).length,
    scaled: charts.filter((chart) =>
      Math.abs(box(chart).width / chart.viewBox.baseVal.width - 1) > 0.02).length,
    narrow: Math.min(...charts.map((chart) => box(chart).width)),
    bar: Math.max(...all(".mark-rect.role-mark path").map((bar) => box(bar).width)),
    crowded: all(".panel svg .role-axis").filter(crowded).length,
    axes: all(".panel svg .role-axis").length };
})()'

make matrix 2
make failover 1 failover
make cell 6 failover
for results in 'matrix.json failover.json' cell.json; do
  # shellcheck disable=SC2086
  report $results
  for window in '360 --dark' 360 768 1280 2560; do
    # shellcheck disable=SC2086
    open --width $window --eval "$measure"
    expect_quiet
    expect '.value | .page <= .window and .wide == 0 and .scaled == 0 and .narrow >= 200'
    expect '.value | .bar > 8 and .bar <= 64 and .axes > 8 and .crowded == 0'
  done
done

# On a phone every table fits without scrolling sideways, with and without JavaScript. Each row
# shows its protocol, ratio and verdict.
report matrix.json failover.json
for script in '' --no-script; do
  # shellcheck disable=SC2086
  open --width 390 --height 844 $script --eval '(() => {
    const visible = (cell) => {
      const { left, right, height } = cell.getBoundingClientRect();
      return height > 0 && left >= 0 && right <= innerWidth;
    };
    const cells = (selector) => [...document.querySelectorAll(selector)];
    const named = (name) => cells(`td[data-column$="${name}"]`).filter((cell) => cell.textContent);
    return {
      scroll: cells(".scroll").filter((table) => table.scrollWidth > table.clientWidth).length,
      protocols: named("protocol").length, ratios: named("vs tcp").length,
      verdicts: named("verdict").length,
      hidden: ["protocol", "vs tcp", "verdict"].flatMap(named)
        .filter((cell) => !visible(cell)).length };
  })()'
  expect_quiet
  expect '.value | .scroll == 0 and .hidden == 0'
  expect '.value | .protocols > 20 and .ratios > 20 and .verdicts > 8'
done
