#!/bin/bash
# The built-in store with common clients and with hostile ones: it answers, stays within its memory,
# and ends with 0 after SIGTERM.
. "$(dirname "$0")/../netns/lib.sh"
need perl
client() { timeout 60 "$here/../system/client.pl" "$STORE" "$@"; }
# expect_answer ANSWER PIECE...
expect_answer() {
  [ "$(client say "${@:2}" | tr -d '\r')" = "$1" ] || fail "the answer is not $1: ${*:2}"
}
# Values may take 64 MiB, and data under way as much again. The rest is the program.
expect_bounded() {
  local kib
  kib=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$store/status")
  [ "$kib" -lt $((200 << 10)) ] || fail "$1: the store took $((kib >> 10)) MiB"
}

proto=tcp
[ ! -e /proc/sys/net/mptcp/enabled ] || proto=mptcp
with_store --proto $proto --max-memory 64m
port=${STORE#*:} store=${children[0]}

# Requests in pieces, half-closed connections, garbage.
expect_answer $'+PONG\n$2\nhi\n+PONG' $'PING\r\n*2\r\n$4\r\nEC' $'HO\r\n$2\r\nhi\r\nPING' $'\r\n'
expect_answer '-ERR Protocol error: invalid bulk length' $'*1\r\n$-5\r\n'
expect_answer '-ERR Protocol error: invalid bulk length' $'*1\r\n$99999999999\r\n'
head -c 300000 /dev/urandom | tr -d '\n' | client say >/dev/null
head -c 300000 /dev/urandom | client say >/dev/null
perl -e '$n = 8 << 20;
  print "*3\r\n\$3\r\nSET\r\n\$3\r\nbig\r\n\$$n\r\n", "x" x $n, "\r\n", "GET big\r\n" x 3' \
  >"$work/asked"
long=$(client say <"$work/asked" | wc -c)
[ "$long" = $((5 + 3 * ((8 << 20) + 12))) ] ||
  fail "a client that had half-closed got $long bytes of three long answers"
expect_bounded 'after garbage'

# Clients that read too little or send too much.
[ "$(client trickle big $((8 << 20)) 0)" = 'read 0' ] ||
  fail 'a client that leaves without reading got data'
expect_answer '+OK' $'SET key '"$(head -c 50000 /dev/zero | tr '\0' x)"$'\r\n'
[ "$(client trickle key 50000 4000)" = 'read 4000' ] ||
  fail 'a slow client was not served'
[ "$(client trickle big $((8 << 20)) 20)" = 'read 20' ] ||
  fail 'a slow client was not served large values'
expect_bounded 'after a client that is always behind'
perl -e '$n = 30 << 20; $x = "x" x $n;
  print "*3\r\n\$3\r\nSET\r\n\$2\r\nk$_\r\n\$$n\r\n$x\r\nSET k$_ x\r\n" for 1 .. 8' |
  client say >"$work/out"
[ "$(grep -c '^+OK' "$work/out")" = 16 ] || fail 'large values could not be replaced by small ones'
expect_bounded 'with small values where large ones were'
expect_answer ':8' $'DEL k1 k2 k3 k4 k5 k6 k7 k8\r\n'
client hoard >"$work/hoard"
grep -q 'exceed the limit of this store\|closed' "$work/hoard" || fail 'a hoard was not stopped'
expect_bounded 'after a hoard'
mkfifo "$work/go"
for i in {1..40}; do
  client flood big <"$work/go" >>"$work/flooded" 2>/dev/null &
  children+=($!)
done
exec 8>"$work/go"
wait_until eval '[ "$(wc -l <"$work/flooded")" = 40 ]'
expect_bounded 'with 40 clients that ask for 8 MiB and do not read'
expect_answer '+PONG' $'PING\r\n'
exec 8>&-
[ "$(client crowd 500)" = 500 ] || fail 'not every one of 500 connections was answered'
expect_answer ':2' $'DEL big key\r\n'
wait_until eval "client say \$'INFO\r\n' | grep -q '^connected_clients:1.\$'"
client say $'INFO\r\n' | grep -q $'^used_memory:0\r' ||
  fail 'an empty store reports used memory'

# Common clients.
if command -v redis-cli redis-benchmark >/dev/null; then
  cli() { redis-cli -p "$port" "$@"; }
  [ "$(cli set k 'v w' && cli get k && cli -3 exists k)" = $'OK\nv w\n1' ] ||
    fail 'redis-cli is not served'
  expect_exit 0 redis-benchmark -p "$port" -t set,get -n 20000 -P 16 -d 4096 -r 1000 --csv
  [ "$(grep -c '^"[SG]ET","[1-9]' "$work/out")" = 2 ] && [ ! -s "$work/err" ] ||
    fail 'redis-benchmark is not served'
fi
if [ $proto = mptcp ]; then
  ss -Mltn | grep -q ":$port " || fail 'the listener is not MPTCP'
  expect_exit 0 "$bench" load -p "$port" --proto mptcp --op set --warmup 0s --duration 300ms -c 10
  expect_stdout 'mptcp: 10 connections, 0 fell back to TCP'
fi
kill -TERM "$store"
wait "$store" || fail "exit status $? after SIGTERM"
