#!/bin/bash
# A store restarts without MPTCP during a run. New connections fall back to TCP, and the run shows
# when.
. "$(dirname "$0")/lib.sh"
with_store --proto mptcp
"$bench" --quiet --target "$STORE" --proto mptcp --op set --size 1k --rate 200 --warmup 0s \
  --duration 3s -c 4 -o "$result" >"$work/out" 2>"$work/err" &
run=$!
wait_until process_of 'load .*--events'
sleep 1 # in the middle of the window
kill -KILL "${children[0]}" && wait "${children[0]}" 2>/dev/null
"$bench" serve --port "${STORE#*:}" --proto tcp >"$work/store" 2>&1 &
children+=($!)
wait $run
[ $? = 1 ] || fail 'exit status is not 1'
expect_true '.runs[0].invalid_reasons | any(startswith("fell back to TCP on 4 of 4 connections, '\
'in mid-run: "))'
expect_true '[.runs[0].timeline.subflows[] | select(.series.mptcp) | .series.mptcp | .[2] == 1 '\
'and .[-1] == 0] | any'
expect_stdout 'fell back to TCP on 4 of 4 connections, in mid-run'
