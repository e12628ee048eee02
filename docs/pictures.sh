#!/usr/bin/env bash
# Makes the pictures of the documentation from results/reference.
#
#   docs/pictures.sh           makes all of them; build the program and run plots/setup.sh before
#   docs/pictures.sh --check   only checks the list: it has each picture of docs/, and each is shown
#                              in a document
#   docs/pictures.sh --compare also checks that each .svg is what the results give today. The
#                              screenshots depend on the browser and are not compared.
#
# MPTCP_BENCH is the program, build/mptcp-bench by default.
set -euo pipefail
cd "$(dirname "$0")/.."

pictures=(table.svg published.svg ratios.svg failover.svg page.png page-phone.png)

fail() {
  echo "docs/pictures.sh: $*" >&2
  exit 1
}

check() {
  local picture
  for picture in docs/*.svg docs/*.png; do
    [[ " ${pictures[*]} " == *" ${picture#docs/} "* ]] ||
      fail "$picture is not in the list of this script; add it with its command, or delete it"
  done
  for picture in "${pictures[@]}"; do
    [ -s "docs/$picture" ] || fail "docs/$picture is missing; docs/pictures.sh makes it"
    grep -qE "(docs/|\]\(|\")${picture}[\")]" ./*.md docs/*.md plots/README.md results/README.md ||
      fail "no document shows docs/$picture; show it, or delete it here and in docs/"
  done
}

# browse PICTURE OPTIONS...: a screenshot of the page of the published cells.
browse() {
  node tests/page/browser.mjs "$work/page.html" --screenshot "$work/$1" "${@:2}" >"$work/seen"
  jq -e '.said == []' "$work/seen" >/dev/null || fail "the page printed: $(cat "$work/seen")"
}

# chart PICTURE RESULT CHART: a chart of plots/ over a reference.
chart() {
  local file=$work/$2/$3.svg
  [ -d "$work/$2" ] ||
    node plots/render.mjs "results/reference/$2.json" -o "$work/$2" >/dev/null
  [ -s "$file" ] || fail "results/reference/$2.json has no data for the chart $3"
  cp "$file" "$work/$1"
}

# begin PROGRAM...: the programs are there, and so is a folder to work in.
begin() {
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null || fail "$program is missing; docs/pictures.sh needs it"
  done
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
}

make_charts() {
  python3 docs/terminal_svg.py <results/reference/two-lossy-links.txt >"$work/table.svg"
  chart published.svg keyspace-beijing-2025 throughput
  chart ratios.svg keyspace-beijing-2025 ratios
  chart failover.svg failover percentiles
}

compare() {
  local picture
  begin node python3 "$MPTCP_BENCH"
  make_charts
  for picture in "${pictures[@]}"; do
    [ "${picture##*.}" = png ] || cmp -s "$work/$picture" "docs/$picture" ||
      fail "docs/$picture is older than its result or its command; run docs/pictures.sh"
  done
}

make_all() {
  local picture
  begin node chromium jq python3 "$MPTCP_BENCH"
  make_charts
  "$MPTCP_BENCH" report results/reference/keyspace-beijing-2025.json -o "$work/page.html"
  browse page.png --width 1280 --height 1240
  browse page-phone.png --width 390 --height 960 --dark

  for picture in "${pictures[@]}"; do
    [ -s "$work/$picture" ] || fail "$picture is in the list, but no command makes it"
  done
  for picture in "${pictures[@]}"; do cp "$work/$picture" "docs/$picture"; done
  printf 'docs/%s\n' "${pictures[@]}"
}

MPTCP_BENCH=$(realpath -m "${MPTCP_BENCH:-build/mptcp-bench}")
export MPTCP_BENCH
case $* in
  '') make_all ;;
  --check) ;;
  --compare) compare ;;
  *) fail "give no argument, --check or --compare" ;;
esac
check
