#!/bin/bash
# An MPTCP scheduler that the kernel does not have: the error lists those that it has.
. "$(dirname "$0")/lib.sh"
need_links
available=/proc/sys/net/mptcp/available_schedulers
[ -e $available ] || skip_always 'this kernel does not list its MPTCP schedulers'
jq '.sysctls = {"client": {"net.mptcp.scheduler": "nonesuch"}}' "$root/netns/two-clean-links.json" >"$work/other.json"
expect_exit 77 "$bench" --quiet --scenario "$work/other.json" --store builtin -o "$result"
expect_error "this kernel has no MPTCP scheduler \"nonesuch\"; it has: $(cat $available)"
