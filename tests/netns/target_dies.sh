#!/bin/bash
# If a target disappears during a run, the run is invalid, and the table and the file show it,
# although our keys cannot be removed.
. "$(dirname "$0")/lib.sh"
with_store --proto tcp
"$bench" --quiet --target "$STORE" --proto tcp --op get --size 1k --warmup 0s --duration 2s -c 10 \
  -o "$result" >"$work/out" 2>"$work/err" &
run=$!
wait_until process_of 'load .*--events'
sleep 0.5 # in the middle of the window of 2 s
kill -KILL "${children[0]}" && wait "${children[0]}" 2>/dev/null
wait $run && fail 'exit status 0'
expect_true '.runs[0].invalid_reasons[0] | startswith("the store was unreachable during part of '\
'the run: ")'
expect_stdout '(tcp get 1k) is not a result: the store was unreachable during part of the run'
expect_stderr 'removing our keys from the store: '
