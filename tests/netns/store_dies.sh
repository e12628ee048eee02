#!/bin/bash
# If the store dies during a run, the run is invalid, and the file and the screen show the reason.
# The run before it stays valid.
. "$(dirname "$0")/lib.sh"
need_links
kill_in_second_run 'mptcp-bench serve' 'the store died during the run: it was killed by signal '\
'9 (Killed)'
