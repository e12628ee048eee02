#!/bin/bash
# Other programs use MPTCP, through lab and with each store: the kernel of the namespace counts all
# of their connections as MPTCP after the handshake, and both links carried a share. The proof of
# lab agrees with these counters. Linux 6.18 sometimes falls back on a few connections later.
. "$(dirname "$0")/lib.sh"
need_links
need nstat mptcpize

# lab runs this command in the client's namespace, with the client program as its arguments.
cat >"$work/prove.sh" <<'SH'
set -e
counter() { nstat -asz "$1" | awk -v name="$1" '$1 == name { print $2 }'; }
bytes() { ip -s -j link show dev "$1" | jq '.[0].stats64 | .rx.bytes + .tx.bytes'; }
link1=$(bytes link1) link2=$(bytes link2)
"$@"
fallen=$(($(counter MPTcpExtMPCapableFallbackSYNACK) + $(counter MPTcpExtMPCapableFallbackACK)))
late=0
for name in DssFallback MPCapableDataFallback DSSCorruptionFallback InfiniteMapTx; do
  count=$(counter "MPTcpExt$name")
  late=$((late + ${count:-0}))
done
echo "asked $(counter MPTcpExtMPCapableSYNTX) answered $(counter MPTcpExtMPCapableSYNACKRX)" \
  "joined $(counter MPTcpExtMPJoinSynAckRx) fallen $fallen" \
  "link1 $(($(bytes link1) - link1)) link2 $(($(bytes link2) - link2)) late $late"
SH
# prove STORE CLIENT COMMAND-LINE: all connections use MPTCP and both links. A value of 64k exceeds
# the first congestion window of a subflow, so the other subflow takes a part.
prove() {
  local store=$1 client=$2 connections=50
  expect_exit 0 "$bench" lab two-clean-links --store "$store" --json "$work/proof.json" -- \
    bash "$work/prove.sh" sh -c "$3"
  local line
  line=$(grep '^asked ' "$work/out") || fail 'lab printed no counters'
  echo "$client to $store: $line"
  # shellcheck disable=SC2086  # words
  set -- $line
  [ "$2" -ge "$connections" ] && [ "$4" = "$2" ] && [ "$8" = 0 ] ||
    fail "some connections do not use MPTCP: $line"
  [ "$6" -ge "$connections" ] || fail "some connections have no second subflow: $line"
  [ "${10}" -gt 1000000 ] && [ "${12}" -gt 1000000 ] || fail "only one link was used: $line"
  [ "${14}" != 0 ] || expect_stderr "All $2 connections were MPTCP."
  jq -e ".connections.client == {opened: $2, mptcp: $(($2 - ${14})), fell_back: ${14}, tcp: 0,
      no_answer: 0, further_subflows: $6, accepted_fell_back: 0}
    and (.links | all(.client_tx_bytes + .client_rx_bytes > 1000000 and .most_subflows > 0))" \
    "$work/proof.json" >/dev/null || fail "the proof differs: $(jq -c . "$work/proof.json")"
}
for store in redis builtin; do
  prove $store redis-benchmark \
    'mptcpize run redis-benchmark -h $STORE_HOST -p $STORE_PORT \
      -t set,get -c 50 -d 65536 -n 150 --csv'
done
need_userland
header=$("$bench" export "$root/tests/golden/result.json" --format valkey-csv 2>/dev/null | sed 1q)
for store in valkey redis builtin; do
  prove $store valkey-benchmark \
    'valkey-benchmark -h $STORE_HOST -p $STORE_PORT --mptcp -t set,get -c 50 -d 65536 -n 150 --csv'
  expect_stdout "$header" # what export calls the CSV of valkey-benchmark
done
