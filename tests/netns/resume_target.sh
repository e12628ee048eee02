#!/bin/bash
# A result file never chooses the store that gets traffic and passwords: whoever resumes repeats --target and --auth-*.
. "$(dirname "$0")/lib.sh"
need python3
with_redis 'requirepass s3cret-word'
echo s3cret-word >"$work/password"
mine=(--target "$STORE" --auth-file "$work/password" --db 3)
"$bench" --quiet "${mine[@]}" --proto tcp --op get --size 1k,2k,4k --rate 200 "${quick[@]}" -o "$result" >"$work/out" 2>"$work/err" &
run=$!
wait_until test -s "$result"
kill -TERM $run
wait $run
[ $? = 143 ] || fail 'the experiment was not interrupted'

# A listener that writes down whatever reaches it: the "store" of a result that somebody else made.
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
jq --arg target 127.0.0.1:7380 '.command[(.command | index("--target")) + 1] = $target' "$result" >"$work/evil.json"
export STOLEN=secret-of-the-environment
jq '(.command | index("--auth-file")) as $i | .command[$i] = "--auth-env" | .command[$i + 1] = "STOLEN"' "$work/evil.json" >"$work/evil2.json"
jq '.command |= map(select(. != "--target" and . != "127.0.0.1:7380")) | .command += ["--target=127.0.0.1:7380"]' "$work/evil.json" >"$work/evil3.json"
for evil in evil evil2 evil3; do
  expect_exit 2 "$bench" --resume "$work/$evil.json"
  expect_error "$work/$evil.json: /command: measured the store at 127.0.0.1:7380; to resume, repeat --target 127.0.0.1:7380 (and --auth-env, --auth-file or --db if it needs them)"
  expect_exit 2 "$bench" --resume "$work/$evil.json" "${mine[@]}"
  expect_stderr "--target: is $STORE, but $work/$evil.json measured the store at 127.0.0.1:7380"
done
[ "$(cat "$work/listened")" = ready ] || fail "the file's store was asked: $(cat "$work/listened")"

# The caller's own words are compared with the file, and decide.
expect_exit 2 "$bench" --resume "$result" --target "$STORE" --auth-file "$work/password"
expect_stderr "--db: is 0, but $result measured database 3"
sed -i 's/"--auth-file"/"--auth-env"/' "$result" # the file's secret is not taken: the caller's is
status=0
timeout -k 5 60 "$bench" --quiet --resume "$result" "${mine[@]}" >"$work/out" 2>"$work/err" </dev/null || status=$?
[ $status -le 1 ] || fail "exit status $status of --resume" # 1: a run that this machine was too busy for
expect_field '.runs | length' 3
redis-cli -p 7379 -a s3cret-word -n 3 dbsize 2>/dev/null | grep -qx 0 || fail 'keys of ours remain'

# A device or a pipe that the recorded command names is not read.
mkfifo "$work/pipe.json"
for option in scenario workload; do
  jq --arg option "--$option" --arg pipe "$work/pipe.json" '.command = ["mptcp-bench", $option, $pipe]' "$result" >"$work/evil.json"
  expect_exit 2 "$bench" --resume "$work/evil.json"
  expect_error "$work/evil.json: /command: names $work/pipe.json, which is not a regular file; start again without --resume"
done
