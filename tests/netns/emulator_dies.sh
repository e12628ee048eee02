#!/bin/bash
# The link emulator dies in the middle of a run: an invalid run with the reason, in the file and on
# the screen; the run before it stands.
. "$(dirname "$0")/lib.sh"
[ -c /dev/net/tun ] || skip 'there is no /dev/net/tun'
kill_in_second_run '^[^ ]*mptcp-bench link ' 'the link emulator died' --links tun
