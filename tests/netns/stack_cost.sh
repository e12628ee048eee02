#!/bin/bash
# Links without rate, delay and loss: client and server are joined directly, no emulator runs, and
# the result has the CPU time of the whole host. The rate is low, because a run is invalid if other
# programs use its CPUs.
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
# A user's own scenario with two such links is emulated like any other.
echo '{"links": [{"name": "a"}, {"name": "b"}]}' >"$work/two.json"
expect_exit 0 "$bench" --dry-run --scenario "$work/two.json" --store builtin --op get --size 4k
! grep -q 'links by veth' "$work/out" || fail 'two links without rate and delay are joined directly'
# With --links tun they have the emulator.
expect_run 0 --scenario "$work/two.json" --links tun --proto tcp --store builtin --op get \
  --size 16b -c 1 --warmup 100ms --duration 500ms --timeline off
expect_true '.scenario.backend == "tun"'
