#!/bin/bash
# Ten thousand connections over TCP and MPTCP: the limits of open files and of the store's clients
# are raised, every connection is proven, and the load keeps at most 24 KiB of memory for each.
. "$(dirname "$0")/lib.sh"
need_links
need python3
ulimit -Sn 1024
ulimit -Hn 11000 || skip_always 'this shell may not have 10,000 open files'
ip link add name probe type veth peer name probe2 || skip_always 'this kernel has no veth'
ip link delete dev probe

# Redis accepts 10,000 clients by itself, and is asked for more. A low rate: a run is invalid if
# other programs use its CPUs.
store=builtin
if command -v redis-server && command -v mptcpize; then store=redis; fi >/dev/null
expect_run 0 --scenario stack-cost --proto tcp,mptcp-one --store $store --op set --size 4k \
  -c 10000 --rate 500 --warmup 100ms --duration 500ms --timeline off
expect_true '.runs | length == 2 and all(.requests > 100)'
expect_true '.runs | all(.connecting_ns.ready.count == 10000)'
expect_true '.runs[] | select(.proto == "mptcp-one") | .mptcp | .connections == 10000
  and .fallbacks == 0 and .subflows_min == 1 and .subflows_max == 1'

# Large values arrive and leave in parts on all connections at once.
with_store --proto mptcp
load=("$bench" load -p "${STORE#*:}" --size 16k -r 100)
expect_exit 0 "${load[@]}" --fill
for proto in tcp mptcp; do
  expect_exit 0 python3 -c 'import os, subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))' \
    "${load[@]}" --proto $proto -c 10000 --op get80set20 --warmup 0s --duration 1s
  kib=$(cat "$work/out")
  [ "$kib" -le $((24 * 10000)) ] || fail "$proto: $kib KiB for 10,000 connections"
done

# Without source ports, the load says so at once, with the remedy.
echo 40000 40049 >/proc/sys/net/ipv4/ip_local_port_range
expect_exit 1 "${load[@]}" -c 100 --op set --warmup 0s --duration 200ms
expect_error "connecting to $STORE: Cannot assign requested address: no source port is left: use \
fewer connections (-c), wait a minute until the kernel forgets closed ones, or run: sysctl -w \
net.ipv4.ip_local_port_range='1024 65535'"
