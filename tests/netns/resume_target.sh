#!/bin/bash
# A result file never determines the store that gets traffic and passwords. To resume, repeat
# --target and --auth-*.
. "$(dirname "$0")/lib.sh"
need python3
with_redis 'requirepass s3cret-word'
echo s3cret-word >"$work/password"
mine=(--target "$STORE" --auth-file "$work/password" --db 3)
"$bench" --quiet "${mine[@]}" --proto tcp --op get --size 1k,2k,4k --rate 200 "${quick[@]}" \
  -o "$result" >"$work/out" 2>"$work/err" &
run=$!
wait_until test -s "$result"
kill -TERM $run
wait $run
[ $? = 143 ] || fail 'the experiment was not interrupted'

# A listener that records the data that reaches it: the "store" of a result from somebody else.
cat >"$work/listen.py" <<'PY'
import socket, sys
listener = socket.create_server(("127.0.0.1", 7380))
print("ready", flush=True)
while True:
    peer, _ = listener.accept()
    peer.settimeout(1)
    try:
        print("received", peer.recv(4096), flush=True)
    except OSError:
        print("received nothing", flush=True)
    peer.close()
PY
python3 "$work/listen.py" >"$work/listened" &
children+=($!)
wait_until grep -q ready "$work/listened"
jq --arg target 127.0.0.1:7380 '.command[(.command | index("--target")) + 1] = $target' "$result" \
  >"$work/evil.json"
export STOLEN=secret-of-the-environment
jq '(.command | index("--auth-file")) as $i | .command[$i] = "--auth-env"
  | .command[$i + 1] = "STOLEN"' "$work/evil.json" >"$work/evil2.json"
jq '.command |= map(select(. != "--target" and . != "127.0.0.1:7380"))
  | .command += ["--target=127.0.0.1:7380"]' "$work/evil.json" >"$work/evil3.json"
for evil in evil evil2 evil3; do
  expect_exit 2 "$bench" --resume "$work/$evil.json"
  expect_error "$work/$evil.json: /command: measured the store at 127.0.0.1:7380; to resume, \
repeat --target 127.0.0.1:7380 (and --auth-env, --auth-file or --db if it needs them)"
  expect_exit 2 "$bench" --resume "$work/$evil.json" "${mine[@]}"
  expect_stderr "--target: is $STORE, but $work/$evil.json measured the store at 127.0.0.1:7380"
done
[ "$(cat "$work/listened")" = ready ] ||
  fail "the store of the file was contacted: $(cat "$work/listened")"

# The caller's options are compared with the file, and the caller's apply.
expect_exit 2 "$bench" --resume "$result" --target "$STORE" --auth-file "$work/password"
expect_stderr "--db: is 0, but $result measured database 3"
sed -i 's/"--auth-file"/"--auth-env"/' "$result" # the caller's secret applies, not the file's
status=0
timeout -k 5 60 "$bench" --quiet --resume "$result" "${mine[@]}" \
  >"$work/out" 2>"$work/err" </dev/null || status=$?
# 1: the machine was too busy for a run.
[ $status -le 1 ] || fail "exit status $status of --resume"
expect_field '.runs | length' 3
redis-cli -p 7379 -a s3cret-word -n 3 dbsize 2>/dev/null | grep -qx 0 || fail 'keys of ours remain'

# If the recorded command names a device or a pipe, it is not read.
mkfifo "$work/pipe.json"
for option in scenario workload; do
  jq --arg option "--$option" --arg pipe "$work/pipe.json" \
    '.command = ["mptcp-bench", $option, $pipe]' "$result" >"$work/evil.json"
  expect_exit 2 "$bench" --resume "$work/evil.json"
  expect_error "$work/evil.json: /command: names $work/pipe.json, which is not a regular file; \
start again without --resume"
done
