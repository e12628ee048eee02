#!/bin/bash
# A store with its own data: after the runs, even after interrupted ones, it has all of its keys and
# none of ours.
. "$(dirname "$0")/lib.sh"
with_redis
cli() { redis-cli -p 7379 "$@"; }
cli mset theirs 1 mpbx 2 'mp:' 3 >/dev/null
expect_run 0 --target "$STORE" --proto tcp --size 1k,4k --rate 500 "${quick[@]}"
[ "$(cli --raw keys '*' | sort | tr '\n' ' ')" = 'mp: mpbx theirs ' ] ||
  fail "the store contains: $(cli keys '*')"
"$bench" --quiet --target "$STORE" --proto tcp --op set --size 1k --duration 30s -o "$result" \
  >"$work/out" 2>"$work/err" &
run=$!
wait_until eval '[ "$(cli dbsize)" -gt 100 ]'
kill -TERM $run && wait $run
[ "$(cli dbsize)" = 3 ] || fail "the store contains $(cli dbsize) keys after an interruption"
[ "$(cli mget theirs mpbx mp: | tr '\n' ' ')" = '1 2 3 ' ] || fail 'their values have changed'

# Removing many keys takes long. A signal ends that too, and the message contains the command that
# removes them.
"$bench" --quiet --target "$STORE" --proto tcp --op set --size 1b -r 1000000000 "${quick[@]}" \
  -o "$result" >"$work/out" 2>"$work/err" &
run=$!
wait_until process_of 'load .*--cleanup'
kill -TERM $run && wait $run
[ $? = 143 ] || fail 'exit status is not 143'
expect_stderr 'mptcp-bench: interrupted; every run was finished; keys that begin with mpb: may '\
'remain; this command removes them: '
expect_stderr 'mptcp-bench load -h 127.0.0.1 -p 7379 --cleanup -r 1000000000'
