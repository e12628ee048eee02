#!/bin/bash
# If the link emulator dies during a run, the run is invalid, and the file and the screen show the
# reason. The run before it stays valid.
. "$(dirname "$0")/lib.sh"
[ -c /dev/net/tun ] || skip 'there is no /dev/net/tun'
kill_in_second_run '^[^ ]*mptcp-bench link ' 'the link emulator died' --links tun
