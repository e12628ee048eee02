#!/bin/bash
# Ctrl-C in a lab ends only the command in the foreground. The links and the store continue.
. "$(dirname "$0")/lib.sh"
need_links
need redis-cli redis-server
cat >"$work/inside" <<'END'
trap 'echo caught' INT
touch "$1"; until [ -e "$1.sent" ]; do sleep 0.05; done
redis-cli -h $STORE_HOST ping
END
env --default-signal=INT setsid \
  "$bench" lab --store redis --proto tcp -- bash "$work/inside" "$work/started" \
  >"$work/out" 2>"$work/err" &
lab=$!
wait_until test -e "$work/started"
kill -INT -- -$lab # a terminal signals the whole process group
touch "$work/started.sent"
wait $lab || fail "exit status $?"
expect_stdout caught
expect_stdout PONG
