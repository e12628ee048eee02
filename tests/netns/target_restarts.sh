#!/bin/bash
# A target restarts during a run, with a pause too short to be noticed as absence: it is reported as
# a restart.
. "$(dirname "$0")/lib.sh"
with_redis
"$bench" --quiet --target "$STORE" --proto tcp --op set --size 1k --rate 200 --arrivals constant \
  --warmup 0s --duration 3s -c 4 -o "$result" >"$work/out" 2>"$work/err" &
run=$!
wait_until process_of 'load .*--events'
sleep 1 # in the middle of the window
kill -KILL "${children[0]}" && wait "${children[0]}" 2>/dev/null
with_redis
wait $run
[ $? = 1 ] || fail 'exit status is not 1'
expect_field '.runs[0].invalid_reasons[0]' 'the store was restarted during the run (its run_id '\
'changed), so its data is gone'
# Whether a request was in flight just then is chance, but one was due in the 10 ms before the first
# attempt to connect again.
expect_true '.runs[0] | .reconnects == 4 and .longest_stall_ns >= 5000000'
