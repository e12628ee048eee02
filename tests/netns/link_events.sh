#!/bin/bash
# What happens to a link happens, with each backend that this host has: a blackhole, an unplugged
# interface, another delay and loss; and all of it is undone. Packets are sent and counted by
# world_events.cc.
. "$(dirname "$0")/lib.sh"
need_links
expect_exit 0 "${WORLD_EVENTS:-$root/build/tests/netns/world_events}" --gtest_brief=1
grep 'apply()' "$work/out"
