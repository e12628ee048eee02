#!/bin/bash
# A client with one address, and a server that signals a second one: there are two subflows, as the
# kernel reports, although both begin at one address.
. "$(dirname "$0")/lib.sh"
need_links
cat >"$work/signal" <<'END'
in_server() { nsenter --net="$SERVER_NETNS" "$@"; }
set -e
in_server ip address add 10.1.9.9/32 dev link1
in_server ip mptcp limits set subflows 2
in_server ip mptcp endpoint add 10.1.9.9 dev link1 signal
ip route add 10.1.9.9 dev link1 src 10.0.1.1
ip mptcp limits set subflows 2 add_addr_accepted 2
"$0" load -h "$STORE_HOST" -p "$STORE_PORT" --proto mptcp --op set --subflows 2 -c 4 --warmup 0s \
  --duration 200ms
END
echo '{"links": [{"name": "link1", "rate": "100mbit", "delay": "1ms"}]}' >"$work/one.json"
expect_exit 0 "$bench" lab "$work/one.json" --store builtin -- bash -c "$(cat "$work/signal")" \
  "$bench"
expect_stdout 'mptcp: 4 connections, 0 fell back to TCP, 2 to 2 subflows'
