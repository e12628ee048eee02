#!/usr/bin/env bash
# Without Vega the page has tables and no script. It and stderr name the missing part and a remedy.
. "$(dirname "$0")/lib.sh"
need python3

mkdir "$work/copy" "$work/copy/build"
cp "$bench" "$work/copy/build/" && echo .. >"$work/copy/build/mptcp-bench.source"
cp -r "$root/plots" "$work/copy/"
bench=$work/copy/build/mptcp-bench
make matrix 2
report matrix.json
missing='Vega, which draws the charts, is missing; plots/setup.sh fetches it'
grep -qF "has tables only: $missing" "$work/err" || fail "stderr does not name the missing part"
grep -qF "Tables only: $missing" "$work/page.html" || fail "the page does not name the missing part"
! grep -q '<script\|<figure' "$work/page.html" || fail "the page has scripts or empty figures"
[ "$(grep -c '<table>' "$work/page.html")" -ge 3 ] || fail "tables are missing"

# Bad input is refused before anything is written.
rm "$work/page.html"
echo '{}' >"$work/none.json"
! "$bench" report "$work/none.json" -o "$work/page.html" 2>"$work/err" ||
  fail "a file that is not a result was accepted"
grep -qF 'give a result that mptcp-bench has written' "$work/err" ||
  fail "the message does not contain the remedy"
[ ! -e "$work/page.html" ] || fail "a page was written"
