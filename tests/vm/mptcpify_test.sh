#!/bin/bash
# Tests mptcpify in QEMU with a kernel of Debian 13, because it needs Linux 6.6 or newer:
# redis-server and iperf3 become MPTCP although nothing in them changes, no other process does, and
# an experiment compares mptcpify with mptcpize. With a kernel of Debian 12 it is refused.
#
# usage: tests/vm/mptcpify_test.sh
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$(cd "$here/../.." && pwd)
# In CI, where every test must run, a skip is a failure.
skip() { echo "skipped: $*"; [ "${MPB_MUST:-0}" != 1 ] || exit 1; exit 77; }

command -v redis-server >/dev/null && command -v mptcpize >/dev/null ||
  skip 'redis-server or mptcpize is not installed'
if ! command -v iperf3 >/dev/null; then
  why=$("$here/../userland/make.sh") || skip "no iperf3: $why"
  PATH=$project/build/userland/bin:$PATH
fi
mapfile -t paths < <("$here/get_image.sh")
[ ${#paths[@]} = 2 ] || skip 'no kernel of Debian 13 is available here'
results=$(mktemp -d "${TMPDIR:-/tmp}/mptcpify_test.XXXXXX")
trap 'rm -rf "$results"' EXIT

# Runs in the machine. Prints a line for each fact, and fails if one is wrong.
read -r -d '' in_machine <<'SCRIPT' || true
failed=0
check() { # NAME COMMAND...
  if "${@:2}" >/tmp/check 2>&1; then echo "ok    $1"; else
    echo "FAIL  $1"; cat /tmp/check; failed=1
  fi
}
answers() { local i; for i in $(seq 100); do redis-cli -p "$1" ping && return; sleep 0.1; done; }
listens() { # PORT PROTOCOL...: exactly these sockets listen on the port
  local port=$1; shift
  answers "$port" >/dev/null 2>&1
  ss -ltn >/tmp/tcp; ss -Mltn >/tmp/mptcp
  cat /tmp/tcp /tmp/mptcp
  case $1 in
    tcp) grep -q ":$port " /tmp/tcp && ! grep -q "^mptcp.*:$port " /tmp/mptcp ;;
    mptcp) grep -q "^mptcp.*:$port " /tmp/mptcp ;;
  esac
}
count() { nstat -asz "$1" | awk -v name="$1" '$1 == name { print $2 }'; }
server() { redis-server --port "$1" --save '' --daemonize no >/dev/null 2>&1; }

check 'doctor finds that BPF tracing programs load' \
  sh -c 'mptcp-bench doctor | tee /tmp/doctor | grep "^ok.*BPF tracing"'
mptcp-bench mptcpify -- redis-server --port 7001 --save '' >/tmp/7001 2>&1 &
one=$!
check 'the listener of a redis-server is MPTCP' listens 7001 mptcp
server 7002 &
check 'another process of the same namespace stays TCP' listens 7002 tcp
mptcp-bench mptcpify -- bash -c 'redis-server --port 7003 --save "" & wait' >/dev/null 2>&1 &
check 'a child of such a process stays TCP' listens 7003 tcp
check 'the process has no capabilities' grep -q '^CapEff:.0*$' /proc/$one/status
kill $one && wait $one 2>/dev/null
server 7001 &
check 'the end of the process ends its effect' listens 7001 tcp

before=$(count MPTcpExtMPCapableACKRX)
mptcp-bench mptcpify -- iperf3 -s -1 -p 7005 >/tmp/7005 2>&1 &
for _ in $(seq 100); do grep -q listening /tmp/7005 && break; sleep 0.1; done
check 'the listener of iperf3 is MPTCP' sh -c 'ss -Mltn | tee /dev/stderr | grep "^mptcp.*:7005 "'
check 'iperf3 transfers data' mptcp-bench mptcpify -- iperf3 -c 127.0.0.1 -p 7005 -t 1
check 'its two connections are MPTCP at both ends' \
  [ $(($(count MPTcpExtMPCapableACKRX) - before)) = 2 ]
check 'nothing fell back to TCP' [ "$(count MPTcpExtMPCapableFallbackSYNACK)" = 0 ]

mptcp-bench --quiet --scenario two-clean-links --links tun --store redis --op get --size 1k \
  --proto mptcp --vary store-mptcp=mptcpize,mptcpify --congestion cubic -c 4 --warmup 300ms \
  --duration 1s -o r.json
check 'an experiment is valid' [ $? = 0 ]
exit $failed
SCRIPT

"$here/run.sh" --virtual-time --kernel "${paths[0]}" --modules "${paths[1]}" --out "$results" -- \
  bash -c "$in_machine" || { cat "$results/console.log" | tail -n 5; exit 1; }
got=$(jq -r '[.runs[] | "\(.settings["store-mptcp"]) \(.valid) \(.mptcp.fallbacks) "
  + "\(.mptcp.subflows_min) " + (.commands | any(contains("mptcp-bench mptcpify -- ")) | tostring)]
  | sort | join(", ")' "$results/r.json")
[ "$got" = 'mptcpify true 0 2 true, mptcpize true 0 2 false' ] ||
  { echo "FAIL  the experiment: $got"; exit 1; }
echo 'ok    mptcpify and mptcpize compete, without a fallback'

"$here/run.sh" -- mptcp-bench --dry-run --store redis --vary store-mptcp=mptcpify \
  >"$results/out" 2>"$results/err"
status=$?
why='this kernel has no update_socket_protocol(), to which mptcpify attaches (Linux 6.6)'
grep -qF "mptcp-bench: store-mptcp=mptcpify: $why; use mptcpize" "$results/err" &&
  [ $status = 77 ] ||
  { echo "FAIL  a kernel without mptcpify: $status" && cat "$results/err" && exit 1; }
echo 'ok    a kernel without mptcpify is refused'
