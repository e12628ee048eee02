#!/bin/bash
# After SIGINT or SIGTERM in any phase, even while it waits for a program that does not answer,
# mptcp-bench prints an error, exits with 128 + the number of the signal within two seconds, and
# leaves nothing. A store that sends byte by byte has no more time to answer than one that is
# silent.
. "$(dirname "$0")/lib.sh"
need_links
need python3
cat >"$work/store.py" <<'END'
import socketserver, sys, time

mode = sys.argv[1].encode()

class Client(socketserver.StreamRequestHandler):
    def handle(self):
        while line := self.rfile.readline():
            words = [self.rfile.read(int(self.rfile.readline()[1:]) + 2)[:-2]
                     for _ in range(int(line[1:]))]
            if mode == b"silent" or words[0] == mode:
                open(sys.argv[2], "w").close()
                time.sleep(3600)
            if mode == b"slow":
                self.wfile.write(b"+")
                while True:
                    self.wfile.write(b"x")
                    time.sleep(0.1)
            replies = {b"SET": b"+OK\r\n", b"DEL": b":0\r\n", b"PING": b"+PONG\r\n"}
            self.wfile.write(replies.get(words[0], b"$-1\r\n"))

class Server(socketserver.ThreadingTCPServer):
    daemon_threads = allow_reuse_address = True

with Server(("127.0.0.1", 7380), Client) as server:
    server.serve_forever()
END
with_slow() { # MODE: starts a store that does not answer that command
  rm -f "$work/asked"
  python3 "$work/store.py" "$1" "$work/asked" >"$work/store.log" 2>&1 &
  children+=($!)
  slow=$!
  wait_until bash -c 'exec 3<>/dev/tcp/127.0.0.1/7380'
}
without_slow() { kill -KILL $slow && wait $slow 2>/dev/null; }

# Succeeds if this process has a handler for SIGTERM.
catches() { [ $((0x$(sed -n 's/^SigCgt:\s*//p' "/proc/$1/status") & 0x4000)) != 0 ]; }

# interrupt PHASE CONDITION COMMAND...: sends each signal as soon as CONDITION succeeds.
interrupt() {
  local phase=$1 condition=$2 signal run status begun
  shift 2
  for signal in INT:130 TERM:143; do
    rm -f "$work/asked" "$result"
    env --default-signal=INT,TERM setsid "$@" >"$work/out" 2>"$work/err" </dev/null &
    run=$!
    children+=("$run")
    wait_until eval "$condition"
    wait_until catches $run
    begun=$EPOCHREALTIME
    kill -"${signal%:*}" $run
    wait $run
    status=$?
    [ $status = "${signal#*:}" ] || fail "$phase: exit status $status after SIG${signal%:*}"
    # Two seconds, and two more for a busy machine.
    [ $((${EPOCHREALTIME/./} - ${begun/./})) -lt 4000000 ] ||
      fail "$phase: it took too long to end after SIG${signal%:*}"
    expect_stderr 'mptcp-bench: interrupted'
  done
}
asked='[ -e "$work/asked" ]'
target() {
  target=("$bench" --quiet --target 127.0.0.1:7380 --proto tcp --op get --size 1k -c 1 -r 10
    --warmup 0s --duration "$1" -o "$result")
}
target 20s

with_slow silent
interrupt 'connecting to a target' "$asked" "${target[@]}"
interrupt 'filling by hand' "$asked" "$bench" load -p 7380 --fill
without_slow
with_slow SET
interrupt 'filling a target' "$asked" "${target[@]}"
without_slow
with_slow DEL
target 100ms
interrupt "cleaning up at a target" "$asked" "${target[@]}"
expect_stderr 'keys that begin with mpb: may remain; this command removes them: mptcp-bench '\
'load -h 127.0.0.1 -p 7380 --cleanup -r 10'
without_slow

with_slow slow
expect_exit 1 timeout -s KILL 30 "${target[@]}"
expect_error 'the store did not answer within 10 s: asking it for PING'
expect_exit 1 timeout -s KILL 30 "$bench" load -p 7380 --fill --timeout 1s
expect_stderr 'no answer within 1s'
without_slow

mkdir "$work/bin"
cat >"$work/bin/redis-server" <<END
#!/bin/sh
[ "\$1" = --version ] && echo "Redis server v=7.0.15 sha" && exit
touch $(printf %q "$work/asked")
exec sleep 3600
END
chmod +x "$work/bin/redis-server"
PATH=$work/bin:$PATH interrupt 'waiting for the store' "$asked" "$bench" --quiet --store redis \
  --proto tcp --op get --size 1k -o "$result"
interrupt 'a search' 'process_of "load .*--events"' \
  "$bench" --quiet --store builtin --proto tcp --op set --size 1k --slo 'p99 < 50ms' \
  --warmup 100ms --duration 20s -o "$result"
interrupt 'lab --check' 'grep -q checking "$work/err" && process_of "mptcp-bench link "' "$bench" \
  lab --check
mkfifo "$work/fifo.json"
interrupt 'report' true "$bench" report "$work/fifo.json" -o "$work/report.html"
# A process that was stopped cannot end by itself.
"$bench" --quiet --store builtin --proto tcp --op set --size 1k --duration 20s -o "$result" \
  >"$work/out" 2>"$work/err" &
run=$!
children+=("$run")
wait_until process_of 'load .*--events'
for process in $(pgrep -f "^$bench --quiet"); do
  [ "$process" = $run ] || kill -STOP "$process"
done
kill -TERM $run
wait $run
[ $? = 143 ] || fail 'the exit status with a stopped process is not 143'
