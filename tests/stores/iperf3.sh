#!/bin/bash
# iperf3 over MPTCP through lab: an independent program gets more than one link carries, and --check
# shows it. A busy machine may be late, which --check reports; that does not matter here.
. "$(dirname "$0")/lib.sh"
need_links
need_userland
jq '.links[] += {rate: "20mbit", delay: "20ms"}' "$root/netns/two-clean-links.json" \
  >"$work/links.json"
timeout 100 "$bench" lab "$work/links.json" --check >"$work/out" 2>"$work/err"
[ $? -le 1 ] || fail "--check ended with $?"
cat "$work/out"
# A link of 20 Mbit/s carries 19.1 Mbit/s of TCP's payload, and two links carry more.
mptcp=$(sed -n 's/.*MPTCP over all links: \([0-9.]*\) Mbit.s up, .*/\1/p' "$work/out")
[ -n "$mptcp" ] || fail 'no transfer over MPTCP'
awk "BEGIN { exit !($mptcp > 22 && $mptcp < 38.4) }" || fail "MPTCP got $mptcp Mbit/s"
tcp=$(awk '$1 == "link1" && $2 == "up" { print $(NF - 1) }' "$work/out")
awk "BEGIN { exit !($tcp > 10 && $tcp < 19.3) }" || fail "TCP got $tcp Mbit/s"
