# shellcheck shell=bash disable=SC2034
# Sourced by every test in this folder. Each is a short file about one behaviour. Exit status: 0
# passed, 1 failed, 77 skipped, with the reason on stdout.
#
#   MPTCP_BENCH  the program under test (build/mptcp-bench)
#   MPB_MUST     1: a test that is skipped has failed (for CI)
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
bench=$(realpath "${MPTCP_BENCH:-$root/build/mptcp-bench}")

skip() {
  echo "skipped: $*"
  [ "${MPB_MUST:-0}" = 1 ] && exit 1
  exit 77
}

fail() {
  echo "FAILED: $*"
  for stream in seen err; do
    [ ! -s "$work/$stream" ] || { echo "--- $stream:" && head -c 4000 "$work/$stream" && echo; }
  done
  exit 1
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

need() {
  local program
  for program; do command -v "$program" >/dev/null || skip "$program is not installed"; done
}
need_charts() {
  need node chromium jq python3
  [ -f "$(dirname "$bench")/plots/node_modules/vega/build/vega.min.js" ] ||
    skip "Vega is not there; plots/setup.sh fetches it"
}

# make NAME WORDS...: makes up a result, $work/NAME.json.
make() { python3 "$here/make_result.py" "${@:2}" >"$work/$1.json" || fail "no result was made up"; }

# report NAME...: makes a page of these results, $work/page.html.
report() {
  "$bench" report "${@/#/$work/}" -o "$work/page.html" 2>"$work/err" || fail "no report was made"
}

# open OPTIONS...: opens the page in a browser. The outcome is in $work/seen.
open() {
  TMPDIR=$work node "$here/browser.mjs" "$work/page.html" "$@" >"$work/seen" 2>"$work/err" ||
    fail "the browser could not open the page"
}

query() { jq -er "$1" "$work/seen"; }
expect() { query "$1" >/dev/null || fail "not true: $1"; }

# The console has no messages, and the browser requested only the page itself.
expect_quiet() {
  expect '.said == []'
  expect '[.requests[] | select(startswith("data:") | not)] | length == 1
    and (.[0] | startswith("file:"))'
}

# Every visible figure, with the number of its panels, and the smallest number of marks in a panel.
drawn='[...document.querySelectorAll("figure[data-chart]")].filter((figure) => !figure.hidden)
  .map((figure) => ({
    chart: figure.dataset.chart, panels: figure.querySelectorAll(".panel svg").length,
    marks: Math.min(...[...figure.querySelectorAll(".panel")].map((panel) =>
      [...panel.querySelectorAll("svg .role-mark > *")].filter((mark) =>
        mark.getAttribute("d") !== "" && mark.textContent !== " ").length)),
    legend: figure.querySelectorAll(".legend li").length }))'
