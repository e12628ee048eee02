#!/usr/bin/env bash
# Without Vega the page has its tables and no script. The page and stderr both name the missing part
# and the remedy.
. "$(dirname "$0")/lib.sh"
need python3

mkdir "$work/copy" "$work/copy/build"
cp "$bench" "$work/copy/build/" && echo .. >"$work/copy/build/mptcp-bench.source"
cp -r "$root/plots" "$work/copy/"
bench=$work/copy/build/mptcp-bench
make matrix 2
report matrix.json
grep -qF 'has tables only: Vega, which draws the charts, is not there; plots/setup.sh fetches it' \
  "$work/err" || fail "stderr does not say so"
grep -qF 'plots/setup.sh fetches it' "$work/page.html" || fail "the page does not say so"
! grep -q '<script\|<figure' "$work/page.html" || fail "the page has scripts or places of charts"
[ "$(grep -c '<table>' "$work/page.html")" -ge 3 ] || fail "tables are missing"

# Bad input is refused before anything is written.
rm "$work/page.html"
echo '{}' >"$work/none.json"
! "$bench" report "$work/none.json" -o "$work/page.html" 2>"$work/err" ||
  fail 'a file that is not a result was accepted'
grep -qF 'give a result that mptcp-bench has written' "$work/err" ||
  fail 'the error does not name the remedy'
[ ! -e "$work/page.html" ] || fail "wrote a page"
