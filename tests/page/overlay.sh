#!/usr/bin/env bash
# Several results are drawn over each other, each with its name. The charts over time show the cell
# that is selected.
. "$(dirname "$0")/lib.sh"
need_charts

make before 1 1
make after 1 2
report before.json after.json
open --eval 'document.querySelector("figure[data-chart=percentiles] .legend").textContent'
expect_quiet
for series in 'tcp, before' 'mptcp, before' 'tcp, after' 'mptcp, after'; do
  expect ".value | contains(\"$series\")"
done

open --eval '(async () => {
  const line = "figure[data-chart=requests] svg .mark-line path";
  const shape = () => document.querySelector(line).getAttribute("d");
  const before = shape();
  const cell = document.getElementById("cell");
  cell.value = cell.options[3].value;
  cell.dispatchEvent(new Event("change"));
  await new Promise((done) => setTimeout(done, 1500));
  return shape() !== before;
})()'
expect_quiet
expect '.value == true'
