#!/bin/bash
# A store that dies in the middle of a run: an invalid run with the reason, in the file and on the screen; the run before it stands.
. "$(dirname "$0")/lib.sh"
need_links
kill_in_second_run 'mptcp-bench serve' 'the store died during the run: it was killed by signal 9 (Killed)'
