#!/usr/bin/env bash
# Text from a result is neither markup nor code, and causes no request.
. "$(dirname "$0")/lib.sh"
need_charts

make hostile 2 hostile failover
mv "$work/hostile.json" "$work/<img src=x onerror=hacked=1>.json"
report '<img src=x onerror=hacked=1>.json'
open --eval '({ hacked: window.hacked === undefined, images: document.images.length,
  scripts: document.scripts.length,
  handlers: document.querySelectorAll("[onerror],[onload],[onclick]").length,
  links: [...document.links].filter((a) => a.protocol !== "file:").length,
  text: document.body.textContent.includes("</script><img src=x onerror="),
  figures: document.querySelectorAll(".panel svg").length })'
expect_quiet
# Vega, Vega-Lite, its interpreter and two of ours; two contain data.
expect '.value | .hacked and .images == 0 and .scripts == 7 and .handlers == 0 and .links == 0
  and .text and .figures > 5'

# If escaping fails, the policy prevents harm: a script without the nonce does not run, and nothing
# is fetched.
sed -i 's|</main>|</main><script>window.hacked = 1</script><img src="http://127.0.0.1:9/x">|' \
  "$work/page.html"
open --eval 'window.hacked === undefined'
expect '.value == true and (.said | length) >= 2 and ([.requests[] | select(startswith("http"))]
  == [])'
