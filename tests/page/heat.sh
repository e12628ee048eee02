#!/usr/bin/env bash
# A grid with two variables is a heat map with a square, a ratio and a verdict for each condition.
. "$(dirname "$0")/lib.sh"
need_charts

measure='(() => {
  const figure = document.querySelector("figure[data-chart=heat]");
  const all = (selector, root = figure) => [...root.querySelectorAll(selector)];
  const box = (node) => node.getBoundingClientRect();
  const texts = all(".mark-text.role-mark text");
  const squares = all(".mark-rect.role-mark path");
  const holds = (square, text) => box(square).left <= box(text).left &&
    box(text).right <= box(square).right && box(square).top <= box(text).top &&
    box(text).bottom <= box(square).bottom;
  return {
    page: document.documentElement.scrollWidth, window: innerWidth,
    first: document.querySelector("figure").dataset.chart,
    panels: all(".panel svg").length, squares: squares.length,
    colours: new Set(squares.map((square) => square.getAttribute("fill"))).size,
    texts: texts.map((text) => text.textContent),
    outside: texts.filter((text) => !squares.some((square) => holds(square, text))).length,
    titles: all(".role-axis-title text").map((text) => text.textContent),
    labels: all(".role-axis-label text").map((text) => text.textContent),
    rows: all("td", document.getElementById("verdict"))
      .filter((cell) => /^[0-9.]+x (better|worse|equivalent)$/.test(cell.textContent)).length };
})()'

make grid 8 grid
report grid.json
for window in 360 '1280 --dark'; do
  # shellcheck disable=SC2086
  open --width $window --eval "$measure"
  expect_quiet
  expect '.value | .page <= .window and .first == "heat" and .panels == 1'
  expect '.value | .squares == 9 and .colours >= 5 and .outside == 0'
  expect '.value.titles | sort == ["link2.delay", "link2.rate"]'
  expect '.value.labels | sort == (["5ms", "20ms", "80ms", "10mbit", "50mbit", "100mbit"] | sort)'
  expect '.value.texts | map(select(. == "better")) | length >= 3'
  expect '.value.texts | map(select(. == "worse")) | length == 3'
  expect '.value.texts | map(select(test("^[0-9.]+x$"))) | length == 9'
  expect '.value.rows >= 6'
done

# Other results have no such chart.
make matrix 1
report matrix.json
open --eval 'document.querySelectorAll("figure[data-chart=heat]").length'
expect '.value == 0'
