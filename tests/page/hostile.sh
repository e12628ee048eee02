#!/usr/bin/env bash
# All content of a result is text on the page: it is not markup or code, and causes no request.
. "$(dirname "$0")/lib.sh"
need_charts

make hostile 2 hostile failover
mv "$work/hostile.json" "$work/<img src=x onerror=hacked=1>.json"
report '<img src=x onerror=hacked=1>.json'
open --eval '({
  hacked: window.hacked === undefined, images: document.images.length,
  scripts: document.scripts.length,
  handlers: document.querySelectorAll("[onerror],[onload],[onclick]").length,
  links: [...document.links].filter((a) => a.protocol !== "file:").length,
  text: document.body.textContent.includes("</script><img src=x onerror="),
  figures: document.querySelectorAll(".panel svg").length })'
expect_quiet
# Vega, Vega-Lite, its interpreter, two of our own, and two that contain data.
expect '.value | .hacked and .images == 0 and .scripts == 7 and .handlers == 0 and .links == 0'
expect '.value | .text and .figures > 5'

# The policy stops anything that escaping might miss: a script without the nonce does not run, and
# nothing is fetched.
evil='<script>window.hacked = 1</script><img src="http://127.0.0.1:9/x">'
sed -i "s|</main>|</main>$evil|" "$work/page.html"
open --eval 'window.hacked === undefined'
expect '.value == true and (.said | length) >= 2'
expect '[.requests[] | select(startswith("http"))] == []'
