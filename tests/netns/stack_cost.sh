#!/bin/bash
# Links with nothing to emulate: client and server are joined directly, no emulator runs, and the
# CPU time of the whole host is there. At a low rate, because a run whose CPUs others share is none.
. "$(dirname "$0")/lib.sh"
need_links
ip link add name probe type veth peer name probe2 || skip_always 'this kernel has no veth'
ip link delete dev probe
expect_run 0 --scenario stack-cost --proto tcp,mptcp-one --store builtin --op get --size 4k -c 10 \
  --rate 500 --warmup 100ms --duration 500ms --timeline off
expect_true '.scenario.backend == "veth" and (.runs | length) == 2'
expect_true '.runs | all(.valid and (.emulator | not) and .cpu.system_pct > 0
  and .cpu.system_before_pct >= 0)'
expect_true '.runs[] | select(.proto == "mptcp-one") | .mptcp | .fallbacks == 0
  and .subflows_min == 1 and .subflows_max == 1'
expect_true '.runs | all(.links[0].client_rx_bytes > 4096 * .requests)'
expect_true '.explanations[] | select(.proto == "mptcp-one") | .stack_ratio > 0.9
  and .system_cpu_ns >= 0'
# Two bare links are a user's own: they are made as all others are.
echo '{"links": [{"name": "a"}, {"name": "b"}]}' >"$work/two.json"
expect_exit 0 "$bench" --dry-run --scenario "$work/two.json" --store builtin --op get --size 4k
! grep -q 'links by veth' "$work/out" || fail 'two bare links are joined directly'
# Whoever asks for the emulator has it.
expect_run 0 --scenario "$work/two.json" --links tun --proto tcp --store builtin --op get \
  --size 16b -c 1 --warmup 100ms --duration 500ms --timeline off
expect_true '.scenario.backend == "tun"'
