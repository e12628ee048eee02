#!/bin/bash
# A store that dies in the middle of a run: an invalid run with the reason, in the file and on the screen; the run before it stands.
. "$(dirname "$0")/lib.sh"
need_links
"$bench" --quiet --store builtin --proto tcp --op get --size 1k,2k --warmup 200ms --duration 2s -o "$result" >"$work/out" 2>"$work/err" &
run=$!
wait_until test -s "$result"
wait_until process_of 'load .*--size 2k .*--events'
kill -KILL "$(process_of 'mptcp-bench serve')"
wait $run
[ $? = 1 ] || fail 'the exit status is not 1'
expect_field '.runs | length' 2
expect_true '.runs[0].requests > 0 and (.runs[0] | reasons) == []'
expect_true '.runs[1].valid | not'
expect_true '.runs[1].invalid_reasons[0] | startswith("the store died in the run: it was killed by signal 9 (Killed)")'
expect_stdout 'run 2 of 2 (tcp get 2k) is not a result: the store died in the run'
