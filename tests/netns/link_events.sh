#!/bin/bash
# Events change a link with each backend of this host: a blackhole, an unplugged interface, another
# delay and loss. Each change is undone. world_events.cc sends and counts packets.
. "$(dirname "$0")/lib.sh"
need_links
expect_exit 0 "${WORLD_EVENTS:-$root/build/tests/netns/world_events}" --gtest_brief=1
grep 'apply()' "$work/out"
