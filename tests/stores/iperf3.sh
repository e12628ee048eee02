#!/bin/bash
# iperf3 over MPTCP through lab: an independent program gets more than one link carries, and --check shows it.
. "$(dirname "$0")/lib.sh"
need_links
need_userland
for attempt in 1 2 3; do
  timeout 100 "$bench" lab two-clean-links --check >"$work/out" 2>"$work/err" && break
  [ $attempt -lt 3 ] || skip_always 'this machine is too busy with other things'
done
cat "$work/out"
# A link of 100 Mbit/s carries 95.6 of TCP's payload; over two of them there is more.
mptcp=$(sed -n 's/.*MPTCP over all links: \([0-9.]*\) Mbit.s up, .*/\1/p' "$work/out")
[ -n "$mptcp" ] || fail 'no transfer over MPTCP'
awk "BEGIN { exit !($mptcp > 110 && $mptcp < 192) }" || fail "MPTCP got $mptcp Mbit/s"
tcp=$(awk '$1 == "link1" && $2 == "up" { print $(NF - 1) }' "$work/out")
awk "BEGIN { exit !($tcp > 10 && $tcp < 96) }" || fail "TCP got $tcp Mbit/s"
