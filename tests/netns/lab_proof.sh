#!/bin/bash
# lab proves which protocol the connections of a program used, and which link carried how much.
. "$(dirname "$0")/lib.sh"
need_links
need python3 redis-cli
lab() { expect_exit "$1" "$bench" lab two-clean-links --json "$work/proof.json" "${@:2}"; }
expect_proof() {
  jq -e "$1" "$work/proof.json" >/dev/null ||
    fail "not true: $1 ($(jq -c 'del(.counters)' "$work/proof.json"))"
}
# expect_connections ROLE OPENED MPTCP FELL-BACK TCP NO-ANSWER
expect_connections() {
  expect_proof ".connections.$1 | [.opened, .mptcp, .fell_back, .tcp, .no_answer] ==
    [$2, $3, $4, $5, $6]"
}
# Opens N connections of MPTCP one after another, and keeps each open for some seconds.
cat >"$work/client.py" <<'PY'
import os, socket, sys, time
for _ in range(int(sys.argv[1])):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262) as client:
        client.connect((os.environ["STORE_HOST"], int(os.environ["STORE_PORT"])))
        client.sendall(b"PING\r\n")
        assert client.recv(64) == b"+PONG\r\n"
        time.sleep(float(sys.argv[2]))
PY
# Connections that are too short to be seen are counted.
lab 0 --store builtin -- python3 "$work/client.py" 5 0
expect_stderr 'All 5 connections were MPTCP.'
expect_connections client 5 5 0 0 0
expect_connections server 0 0 0 0 0
[ ! -s "$work/out" ] || fail 'stdout is that of the program alone'

lab 0 --store builtin -- python3 "$work/client.py" 1 0.5
expect_proof '.connections.client.further_subflows == 1'
expect_proof '[.links[] | .most_subflows == 1 and .most_tcp == 0] == [true, true]'
expect_proof '.links[0].client_tx_bytes > .links[1].client_tx_bytes'

lab 0 --store builtin -- sh -c 'redis-cli -h $STORE_HOST set k v'
[ "$(cat "$work/out")" = OK ] || fail 'stdout is that of the program alone'
expect_stderr 'The only connection was not MPTCP: 1 opened as TCP.'
expect_connections client 1 0 0 1 0

lab 0 --store builtin --proto tcp -- python3 "$work/client.py" 3 0
expect_stderr 'None of the 3 connections was MPTCP: 3 fell back to TCP.'
expect_connections client 3 0 3 0 0

lab 0 --store builtin -- sh -c "python3 $work/client.py 2 0; redis-cli -h \$STORE_HOST ping"
expect_stderr '2 of 3 connections were MPTCP: 1 opened as TCP.'

lab 1 --store none -- python3 "$work/client.py" 1 0 # connection refused
expect_stderr 'The only connection was not MPTCP: 1 got no answer.'
expect_connections client 1 0 0 0 1

# The kernel counts a request for MPTCP even if there is no route for its first packet.
no_route='python3 -c "import socket
socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262).connect((\"192.0.2.1\", 1))"'
lab 0 --store builtin -- sh -c "$no_route; redis-cli -h \$STORE_HOST ping"
expect_proof '.counters.client.MPTcpExtMPCapableSYNTX == 1'
expect_stderr 'The only connection was not MPTCP: 1 opened as TCP.'
expect_connections client 1 0 0 1 0
lab 0 --store builtin -- sh -c "$no_route; python3 $work/client.py 2 0"
expect_stderr 'All 2 connections were MPTCP.'
expect_connections client 2 2 0 0 0

lab 0 --store builtin -- sh -c 'nsenter --net=$SERVER_NETNS redis-cli -h $STORE_HOST ping'
expect_connections client 0 0 0 0 0
expect_connections server 1 0 0 1 0

lab 7 --store none -- sh -c 'exit 7'
expect_stderr 'The command opened no TCP connection in the lab.'
expect_proof '.schema == "mptcp-bench/lab/1" and .exit_status == 7 and
  .command == ["sh", "-c", "exit 7"]'

lab 2 --check
expect_error '--json: is about a command, so it does not go with --check'
expect_exit 2 "$bench" lab --json "$work/no/such/x.json" -- touch "$work/ran"
expect_error "$work/no/such/x.json: cannot write to $work/no/such: No such file or directory; \
choose another folder with --json FILE"
[ ! -e "$work/ran" ] || fail 'the command ran'
