#!/bin/bash
# lab counts connections that become TCP after their handshake: a filter on the path removes the
# options of MPTCP from every packet but the first.
. "$(dirname "$0")/lib.sh"
need_links
need python3
strip='iptables -t mangle -A OUTPUT -p tcp ! --syn -j TCPOPTSTRIP --strip-options 30'
"$bench" lab --store none -- sh -c "$strip" >"$work/out" 2>&1 ||
  skip_always 'no iptables that removes options of TCP (CONFIG_NETFILTER_XT_TARGET_TCPOPTSTRIP)'
cat >"$work/client.py" <<'PY'
import os, socket
for _ in range(2):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262) as client:
        client.connect((os.environ["STORE_HOST"], int(os.environ["STORE_PORT"])))
        client.sendall(b"PING\r\n")
        assert client.recv(64) == b"+PONG\r\n"
PY
expect_exit 0 "$bench" lab two-clean-links --store builtin --json "$work/proof.json" -- \
  sh -c "$strip && python3 $work/client.py"
jq -e '.counters.client.MPTcpExtMPCapableSYNACKRX == 2' "$work/proof.json" >/dev/null ||
  fail 'the handshakes were not those of MPTCP'
jq -e '.counts_late_fallbacks != false' "$work/proof.json" >/dev/null ||
  skip_always 'this kernel does not count such fallbacks (Linux 6.17 does)'
expect_stderr 'None of the 2 connections was MPTCP: 2 fell back to TCP.'
jq -e '.connections.client | .opened == 2 and .fell_back == 2 and .mptcp == 0' \
  "$work/proof.json" >/dev/null || fail "$(jq -c . "$work/proof.json")"

# A client that sends and receives nothing does not notice it. The other end does.
sed -i '/sendall/d; /recv/d' "$work/client.py"
expect_exit 0 "$bench" lab two-clean-links --store builtin --json "$work/proof.json" -- \
  sh -c "$strip && python3 $work/client.py && sleep 0.2"
expect_stderr 'All 2 connections were MPTCP at the end that opened them, but 2 fell back to TCP at'
jq -e '.connections | .client.mptcp == 2 and .client.accepted_fell_back == 0 and
  .server.accepted_fell_back == 2' "$work/proof.json" >/dev/null ||
  fail "$(jq -c .connections,.counters "$work/proof.json")"
