#!/bin/bash
# An MPTCP scheduler or path manager that the kernel does not have: the error lists the available
# ones.
. "$(dirname "$0")/lib.sh"
need_links
available=/proc/sys/net/mptcp/available_schedulers
[ -e $available ] || skip_always 'this kernel does not list its MPTCP schedulers'
jq '.sysctls = {"client": {"net.mptcp.scheduler": "nonesuch"}}' \
  "$root/netns/two-clean-links.json" >"$work/other.json"
expect_exit 77 "$bench" --quiet --scenario "$work/other.json" --store builtin -o "$result"
expect_error "this kernel has no MPTCP scheduler \"nonesuch\"; it has: $(cat $available)"

available=/proc/sys/net/mptcp/available_path_managers
if [ -e $available ]; then # Linux 6.15
  jq '.sysctls = {"server": {"net.mptcp.path_manager": "nonesuch"}}' \
    "$root/netns/two-clean-links.json" >"$work/other.json"
  expect_exit 77 "$bench" --quiet --scenario "$work/other.json" --store builtin -o "$result"
  expect_error "this kernel has no MPTCP path manager \"nonesuch\"; it has: $(cat $available)"
fi
