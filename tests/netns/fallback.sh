#!/bin/bash
# With MPTCP switched off at the server, an MPTCP run is invalid: all of its connections fell back.
. "$(dirname "$0")/lib.sh"
need_links
jq '.sysctls = {"server": {"net.mptcp.enabled": "0"}}' "$root/netns/two-clean-links.json" \
  >"$work/off.json"
expect_run 1 --scenario "$work/off.json" --store builtin --op get --size 1k "${quick[@]}"
expect_true '.runs[] | select(.proto == "tcp") | reasons == []'
expect_true '.runs[] | select(.proto == "mptcp") | .valid | not'
expect_true '.runs[] | select(.proto == "mptcp") | .invalid_reasons
  | index("fell back to TCP on 10 of 10 connections") != null'
expect_true '.runs[] | select(.proto == "mptcp") | .mptcp.fallbacks == 10'
expect_stdout '(mptcp get 1k) is not a result: MPTCP is switched off in the store'
