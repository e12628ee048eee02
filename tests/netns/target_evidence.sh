#!/bin/bash
# A run at a target records what its host can observe: the interface and the subflows of each path,
# counters, and settings. The store's own counts agree with ours, and show other clients. Settings
# that change between runs make a run invalid.
. "$(dirname "$0")/lib.sh"
need_links
[ -e /proc/sys/net/mptcp/enabled ] || skip 'this kernel has no MPTCP'
need tc redis-cli

# Over two links to a store that this mptcp-bench did not start. At a low rate, so that no program
# of the lab is busy.
as_user=("$bench" lab two-clean-links --store builtin --congestion cubic --)
# A reply is larger than the window of one subflow, so both carry some.
expect_run 0 --target 10.1.1.1:6379 --op get --size 512k --rate 20 -r 20 -c 10 --warmup 200ms \
  --duration 1s
as_user=()
expect_true '.runs[] | select(.proto == "tcp") | .paths | map([.device, .subflows_start,
  .subflows_end]) == [["link1", 10, 10]]'
expect_true '.runs[] | select(.proto == "mptcp") | .paths | map([.device, .local, .subflows_start,
  .subflows_end]) | sort == [["link1", "10.0.1.1", 10, 10], ["link2", "10.0.2.1", 10, 10]]'
# The values came over these paths. Those at an edge of the window may be counted on its other side.
expect_true '.runs[] | ([.paths[].bytes_received] | add) / .payload_bytes | . > 0.8 and . < 1.25'
expect_true '.runs[] | select(.proto == "mptcp") | all(.paths[]; .bytes_received > 0)'
expect_true '.runs[] | [.paths[].device] - [.target.devices[].name] == []'
expect_true '.runs[] | ([.target.devices[].rx_bytes] | add) / ([.paths[].bytes_received] | add)
  | . > 0.8 and . < 1.35'
expect_true '.runs[] | .congestion_control == ["cubic"] and .target.kernel.TcpOutSegs > 0'
[ ! -e /proc/sys/net/mptcp/blackhole_timeout ] || expect_true '.runs[] | .target.blackholes == 0'
expect_true '.runs | map(.target.tcp_metrics) | .[0] == 0'
# In the whole load, so there are more calls than requests in the window.
expect_true '.runs[] | .target.store_calls.get as $calls
  | .calls.get.answered <= $calls and $calls <= .calls.get.sent and $calls > .requests'
expect_true '.environment.namespaces.client
  | (.mptcp_endpoints | length) == 1 and (.mptcp_limits | contains("subflows"))
    and (.qdiscs | map(contains("link1") or contains("link2")) | all)
    and (.offloads.link2 | any(startswith("tcp-segmentation-offload: ")))
    and .sysctls["net.ipv4.tcp_no_metrics_save"] != null'
expect_stdout 'subflows  paths'
expect_stdout 'link2'
agree="The store's own counts of GET and SET (INFO commandstats) agree with ours"
expect_stdout "$agree in all 2 runs."
expect_stdout 'Evidence: mptcp-bench built neither the network nor the store'

# Another client uses the store in the run.
with_store --proto mptcp
target=(--target "$STORE" --proto tcp --op get --size 1k --rate 200 --arrivals constant)
(while :; do redis-cli -p "${STORE#*:}" get theirs; sleep 0.01; done) >/dev/null 2>&1 &
children+=($!)
expect_run 0 "${target[@]}" "${quick[@]}"
kill "${children[-1]}" && wait "${children[-1]}" 2>/dev/null
expect_true '.runs[0].notes | any(startswith("other clients used the store: "))'
expect_true '.runs[0] | .target.store_calls.get > .calls.get.sent + 10'

# A store that refuses INFO to this user, which is not a failure.
with_redis 'user default on nopass ~* +@all -info'
expect_run 0 --target "$STORE" --proto tcp --op get --size 1k --rate 200 "${quick[@]}"
expect_true '.runs[0].target | .store_calls == null and (.no_store_calls | startswith("NOPERM"))'
expect_stdout 'could not be compared with ours in the run: NOPERM'
# Nothing of ours resets the counts of a store that is not ours.
[ "$(redis-cli -p 7379 acl log | grep -c resetstat)" = 0 ] || fail 'CONFIG RESETSTAT was sent'

# Settings of this host change between two runs.
rm "$result"
"$bench" --quiet "${target[@]}" --warmup 100ms --duration 500ms -c 2 --repeat 2 -o "$result" \
  >"$work/out" 2>"$work/err" &
run=$!
wait_until test -s "$result"
tc qdisc replace dev lo root pfifo limit 999
ip mptcp limits set subflows 3
wait $run
[ $? = 1 ] || fail 'the exit status is not 1'
expect_true '.runs[0].invalid_reasons | any(startswith("settings")) | not'
expect_true '.runs[1].invalid_reasons | any(startswith("settings of this host changed since "
  + "the first run: qdisc of lo: ") and contains("MPTCP limits: "))'
tc qdisc del dev lo root
