#!/bin/bash
# The scenario shared-bottleneck: a TCP flow shares the link with the load, from the warm-up to the
# end of the window. The table shows the share of each. A run whose flow ended or paused is invalid.
. "$(dirname "$0")/lib.sh"
need_links
flow=(--scenario shared-bottleneck --workload one-flow --store builtin --congestion reno)

# Together they fill the link.
expect_run 0 "${flow[@]}" --proto tcp,mptcp --warmup 3s --duration 6s
expect_field '[.runs[] | "\(.proto) \(.mptcp.subflows_min)"] | sort | join(",")' 'mptcp 2,tcp 0'
expect_field '"\(.scenario.subflows_per_link) \(.scenario.competing_flow)"' '2 link1'
expect_true '.runs | all((.goodput_bps + .competing_flow.goodput_bps)
  | . > 20e6 * 0.85 and . < 20e6 * 1.01)'
expect_true '.runs | all(.competing_flow | .link == "link1" and .held_back_ns < 120e6
  and (.acked_bytes / .received_bytes | . > 0.95 and . < 1.05))'
expect_stdout 'GET 256k, next to a TCP flow on link1: tcp (1 flow) got '
expect_stdout 'mptcp (2 flows) '
expect_true '.comparisons | any(.metric == "competing_goodput")'
# The counters of the load do not contain the segments of the flow, which sends as many.
expect_true '.runs[] | select(.proto == "tcp") | (.goodput_bps / 8 * .duration_s / 1448) as $needed
  | .kernel.server.TcpOutSegs | . > $needed * 0.95 and . < $needed * 1.1'

# SETs go the other way, and so does the flow.
expect_run 0 "${flow[@]}" --proto tcp --op set --warmup 500ms --duration 1s
expect_true '.runs[0] | .links[0].client_tx_bytes > 10 * .links[0].client_rx_bytes
  and .competing_flow.received_bytes > 0'

# --vary replaces the number of subflows of the scenario. Six take more from the flow than one does:
# equal shares of all flows would be 86 % and 50 %.
expect_run 0 "${flow[@]}" --proto mptcp --vary subflows-per-link=1,6 --warmup 3s --duration 6s
expect_field '[.runs[].mptcp.subflows_min] | sort | join(",")' '1,6'
share='[.runs[] | {(.mptcp.subflows_min | tostring):
  (.goodput_bps / (.goodput_bps + .competing_flow.goodput_bps))}] | add'
expect_true "$share | .[\"6\"] > .[\"1\"] + 0.05"
expect_exit 2 "$bench" "${flow[@]}" --op get80set20
expect_stderr '--op: get80set20 moves values in both directions'

# disturbed SIGNAL REASON: the flow gets that signal in the window.
disturbed() {
  rm -f "$result"
  "$bench" --quiet "${flow[@]}" --proto tcp --warmup 500ms --duration 3s -o "$result" \
    >"$work/out" 2>"$work/err" &
  run=$!
  wait_until process_of 'mptcp-bench flow '
  victim=$(process_of 'mptcp-bench flow ')
  [ "$(grep -cE '^(Cap(Inh|Prm|Eff|Bnd|Amb):\s0+|NoNewPrivs:\s1)$' "/proc/$victim/status")" = 6 ] ||
    fail 'the flow has capabilities'
  sleep 1.2 # until the window has begun
  kill "-$1" "$victim"
  wait $run
  [ $? = 1 ] || fail "exit status is not 1 after $1"
  expect_true ".runs[0].invalid_reasons | any(startswith(\"$2\"))"
}
disturbed KILL 'the competing TCP flow was killed by signal 9 (Killed)'
disturbed STOP 'the competing TCP flow did not send all that the links would have carried'
