#!/bin/bash
# After a signal the file contains the finished runs and shows that others are missing. The exit
# status is that of the signal, and nothing remains.
. "$(dirname "$0")/lib.sh"
need_links
for signal in INT:130 TERM:143 HUP:129; do
  rm -f "$result"
  # A background job of a shell ignores SIGINT, and every program under nohup ignores SIGHUP. This
  # one must behave like a command in the foreground.
  env --default-signal=INT,TERM,HUP setsid \
    "$bench" --quiet --store builtin --proto tcp --op get --size 1k,2k --warmup 100ms \
    --duration 1s -o "$result" 2>"$work/err" >"$work/out" &
  run=$!
  wait_until test -s "$result"
  wait_until process_of "load .*--size 2k .*--events"
  kill -"${signal%:*}" $run
  wait $run
  status=$?
  [ $status = "${signal#*:}" ] || fail "exit status $status after SIG${signal%:*}"
  expect_error "interrupted; the finished runs are in $result, and --resume continues the \
experiment"
  expect_true '(.runs | length == 1 and .[0].requests > 0) and .complete == false and '\
'.planned_runs == 2'
  expect_stdout '  interrupted: 1 of 2 runs'
  nothing_left || fail "after SIG${signal%:*}"
done
