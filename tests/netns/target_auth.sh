#!/bin/bash
# A store with a password, which comes from the environment or a file: it is in no result and on no
# command line.
. "$(dirname "$0")/lib.sh"
with_redis "requirepass s3cret-word"
export PASSWORD=s3cret-word
"$bench" --target "$STORE" --auth-env PASSWORD --db 3 --proto tcp --op get --size 1k --rate 500 \
  --warmup 0s --duration 2s -o "$result" >"$work/out" 2>&1 &
run=$!
wait_until process_of 'load .*--events'
! cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' ' ' | grep -q 's3cret[-]word' ||
  fail 'the password is on a command line'
wait $run || query '[.runs[] | reasons[]] == []' >/dev/null || fail 'the run is invalid'
! grep -q s3cret "$result" "$work/out" || fail 'the password is in the result'
echo s3cret-word >"$work/password"
expect_run 0 --target "$STORE" --auth-file "$work/password" --proto tcp --op get --size 1k \
  --rate 500 "${quick[@]}"
# An option that is refused is reported at once, not once per run, and nothing is written.
rm "$result"
PASSWORD=wrong expect_exit 2 "$bench" --quiet --target "$STORE" --auth-env PASSWORD --proto tcp \
  -o "$result"
expect_error "--auth-env: the store at $STORE does not accept the password: WRONGPASS invalid \
username-password pair or user is disabled."
expect_exit 2 "$bench" --quiet --target "$STORE" --proto tcp -o "$result"
expect_error "--target: the store at $STORE needs a password; give --auth-env NAME or \
--auth-file FILE"
expect_exit 2 "$bench" --quiet --target "$STORE" --auth-env PASSWORD --db 99 --proto tcp -o \
  "$result"
expect_error "--db: the store at $STORE has no database 99: ERR DB index is out of range"
[ ! -e "$result" ] || fail 'a refused command left a result'
expect_exit 2 "$bench" --quiet --target "$STORE" --auth-env NONESUCH --proto tcp
expect_error '--auth-env: the environment has no variable NONESUCH'
