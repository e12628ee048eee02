#!/bin/bash
# Tests the QEMU machine: run.sh passes on commands, output, files and failures, and the machine's
# kernel has everything that the netem backend uses, with plain ip(8) and tc(8). mptcp-bench itself
# is not used.
#
# usage: tests/vm/netem_test.sh [OPTIONS OF run.sh]
#        (--kernel and --modules test your own kernel)
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tmp=$(mktemp -d "${TMPDIR:-/tmp}/netem_test.XXXXXX")
trap 'rm -rf "$tmp"' EXIT

# check NAME COMMAND...: shows the command's output only if it fails.
check() {
  local name=$1
  shift
  if "$@" >"$tmp/log" 2>&1; then
    echo "ok    $name"
  else
    echo "FAIL  $name"; sed 's/^/      /' "$tmp/log"
  fi
}
skip() { echo "skip  $1: $2"; }

# --- in the machine ---

readonly link=(rate 100mbit delay 5ms loss 1% limit 1083)

# Client c and server s, with two links between them that pass through router r. Only r has netem,
# in both directions.
#   c  10.1.N.1 -- 10.1.N.2  r  10.2.N.2 -- 10.2.N.1  s
build_world() {
  local n end ns
  for ns in c r s; do ip netns add $ns && ip -n $ns link set lo up || return; done
  for n in 1 2; do
    ip link add c$n netns c type veth peer name rc$n netns r &&
      ip link add s$n netns s type veth peer name rs$n netns r &&
      ip -n c addr add 10.1.$n.1/24 dev c$n && ip -n r addr add 10.1.$n.2/24 dev rc$n &&
      ip -n s addr add 10.2.$n.1/24 dev s$n && ip -n r addr add 10.2.$n.2/24 dev rs$n || return
    for end in c/c$n r/rc$n r/rs$n s/s$n; do
      # So that netem loses single packets, not bundles of 45.
      ip -n "${end%/*}" link set "${end#*/}" up gso_max_segs 1 || return
    done
    ip -n c route add 10.2.$n.0/24 via 10.1.$n.2 && ip -n s route add 10.1.$n.0/24 via 10.2.$n.2 ||
      return
  done
  ip netns exec r sysctl -q -w net.ipv4.ip_forward=1 &&
    ip -n c mptcp limits set subflows 1 add_addr_accepted 1 &&
    ip -n s mptcp limits set subflows 1 add_addr_accepted 1 &&
    ip -n s mptcp endpoint add 10.2.2.1 dev s2 signal
}

add_netem() {
  local dev
  for dev in rc1 rc2 rs1 rs2; do tc -n r qdisc add dev $dev root netem "${link[@]}" || return; done
  tc -n r qdisc show dev rc1
  tc -n r qdisc show dev rc1 | grep -q 'netem .*limit 1083 delay 5ms loss 1% rate 100Mbit'
}

change_netem() {
  tc -n r qdisc change dev rc1 root netem rate 50mbit delay 9ms limit 99 &&
    tc -n r qdisc change dev rc1 root netem "${link[@]}"
}

ping_takes_both_delays() {
  local best
  best=$(ip netns exec c ping -c 20 -i 0.05 10.2.1.1 | sed -n 's|.*min/avg/max = \([0-9]*\).*|\1|p')
  echo "the fastest of 20 took $best ms, of at least 10"
  [ "$best" -ge 10 ]
}

counter() { ip netns exec "$1" nstat -asz "$2" | awk -v name="$2" '$1 == name { print $2 }'; }
packets() {
  tc -n r -s -j qdisc show dev "$1" | sed -n 's/.*"packets":\([0-9]*\),"drops":\([0-9]*\).*/\1 \2/p'
}
bytes() { ip netns exec c cat /sys/class/net/"$1"/statistics/tx_bytes; }

mptcp_uses_both_links() {
  local before1 before2 share
  before1=$(bytes c1) before2=$(bytes c2)
  ip netns exec c mptcpize run redis-benchmark -h 10.2.1.1 -t set -d 65536 -n 400 -c 8 --csv ||
    return
  share=$((100 * ($(bytes c1) - before1) / ($(bytes c1) - before1 + $(bytes c2) - before2)))
  echo "link 1 carried $share % of the bytes"
  [ $share -ge 20 ] && [ $share -le 80 ]
}

# Six of eight suffice: if the links, which lose 1 % each way, lose the first packet of a join, the
# connection may end before the join succeeds.
subflows_joined() {
  echo "MPTcpExtMPJoinAckRx $(counter s MPTcpExtMPJoinAckRx), fallbacks \
$(counter s MPTcpExtMPCapableFallbackACK)"
  [ "$(counter s MPTcpExtMPJoinAckRx)" -ge 6 ] &&
    [ "$(counter s MPTcpExtMPCapableFallbackACK)" = 0 ]
}

losses_are_binomial() {
  local sent=0 lost=0 dev
  for dev in rs1 rs2; do
    # shellcheck disable=SC2046
    set -- $(packets $dev)
    sent=$((sent + $1 + $2)) lost=$((lost + $2))
  done
  echo "$lost of $sent packets lost"
  awk -v n=$sent -v lost=$lost \
    'BEGIN { mean = n * 0.01; d = lost - mean; exit !(n > 5000 && d * d <= 16 * mean * 0.99) }'
}

without_root() {
  setpriv --reuid 1000 --regid 1000 --clear-groups unshare -Urnmpf --mount-proc bash -euxc "
    [ \$\$ = 1 ]
    ip link add left type veth peer name right
    ip addr add 10.0.0.1/24 dev left
    ip link set left up
    ip link set right up gso_max_segs 1
    tc qdisc add dev left root netem ${link[*]}
    ip mptcp limits set subflows 4 add_addr_accepted 4
    ip mptcp endpoint add 10.0.0.1 dev left subflow
    ip mptcp endpoint show | grep left
    ip tuntap add dev tun0 mode tun
    mount -t tmpfs none /tmp"
}

in_machine() {
  echo "kernel $(uname -r), up for $(cut -d' ' -f1 /proc/uptime) s when the command started"
  echo 'this goes to stderr' >&2
  echo 'this comes back' >file
  check 'the clock runs from the TSC' grep -x tsc \
    /sys/devices/system/clocksource/clocksource0/current_clocksource
  check '/dev/net/tun is open to all' [ "$(stat -c %a /dev/net/tun)" = 666 ]
  check 'a program of another userland runs by its own loader' [ "$(iperf3 it runs)" = 'it runs' ]
  check 'if the first in PATH is a script, the machine has the next one' bridge -V
  check 'the machine has no network' [ -z "$(compgen -G '/sys/class/net/*/device')" ]
  check 'two links through a router namespace' build_world
  check "netem accepts: ${link[*]}" add_netem
  check 'netem changes while it runs' change_netem
  check 'netem delays both ways' ping_takes_both_delays
  if command -v redis-server mptcpize >"$tmp/log"; then
    ip netns exec s mptcpize run redis-server --bind 0.0.0.0 --protected-mode no --save '' \
      --dir "$tmp" >"$tmp/store" 2>&1 &
    for _ in $(seq 100); do
      ! ip netns exec c redis-cli -h 10.2.1.1 ping >"$tmp/log" 2>&1 || break
      sleep 0.1
    done
    check 'MPTCP carries data on both links' mptcp_uses_both_links
    check 'subflows joined and none fell back' subflows_joined
    check 'netem loses 1 %, within four standard deviations' losses_are_binomial
  else
    skip 'MPTCP carries data on both links' \
      'redis-server and mptcpize are not installed on the host'
  fi
  check 'uid 1000 builds links, netem, MPTCP endpoints and a TUN' without_root
  exit 42
}

# --- on the host ---

# Makes two scripts: one like those of tests/userland/make.sh, which starts echo(1) in its own tree,
# and one that cannot run in the machine.
make_scripts() {
  local tree=$tmp/own/debian script
  mkdir -p "$tmp/own/bin" "$tree"/{lib64,usr/bin,usr/lib/x86_64-linux-gnu}
  cp -L /lib64/ld-linux-x86-64.so.2 "$tree/lib64/"
  cp -L "$(ldd /bin/echo | sed -n 's/.*libc.so.6 => \([^ ]*\) .*/\1/p')" \
    "$tree/usr/lib/x86_64-linux-gnu/"
  cp -L /bin/echo "$tree/usr/bin/iperf3"
  for script in iperf3 bridge; do
    printf '#!/bin/sh\nexec perl -e "exit 1"\n' >"$tmp/own/bin/$script"
    chmod 755 "$tmp/own/bin/$script"
  done
}

nothing_left() { sleep 0.2; ls "$tmp/t"; [ -z "$(ls -A "$tmp/t")" ]; }

stopped_by_sigterm() {
  local status=0
  TMPDIR=$tmp/t "$here/run.sh" "$@" -- sleep 60 &
  local pid=$!
  until [ -n "$(find "$tmp/t" -name console.log -size +0)" ]; do
    kill -0 $pid || return
    sleep 0.1
  done
  kill -TERM $pid
  wait $pid || status=$?
  echo "exit status $status"
  [ $status = 143 ] && nothing_left
}

exits() {  # STATUS ARGUMENT...: of run.sh
  local want=$1 status=0
  shift
  TMPDIR=$tmp/t "$here/run.sh" "$@" || status=$?
  echo "exit status $status, expected $want"
  [ "$status" = "$want" ] && nothing_left
}

panics() {
  exits 125 "$@" -- sh -c 'echo 1 >/proc/sys/kernel/sysrq; echo c >/proc/sysrq-trigger; sleep 60' \
    2>"$tmp/messages" || return
  tail -n 1 "$tmp/messages"
  tail -n 1 "$tmp/messages" | grep -q 'while it was running COMMAND (Kernel panic - not syncing: '
}

# With Debian's kernel, because its modules can be left out. Without --out.
lacks_modules() {
  local modules
  modules=$(find "$here/../../build/vm-cache/kernel" -path '*/lib/modules/*' -prune -type d)
  mkdir "$tmp/modules" "$tmp/here"
  ln -s "$(realpath "$modules")/kernel" "$tmp/modules/kernel"
  grep -v '/sch_netem\.ko[^:]*:\|/tun\.ko[^:]*:' "$modules/modules.dep" >"$tmp/modules/modules.dep"
  (cd "$tmp/here" &&
    exits 2 --kernel "$modules"/../../../boot/vmlinuz-* --modules "$tmp/modules" -- \
      bash -c 'echo this comes back >file; tc qdisc add dev lo root netem limit 1') \
    2>"$tmp/messages" || return
  cat "$tmp/messages"
  [ "$(cat "$tmp/here"/*)" = 'this comes back' ] &&
    [ "$(grep -c 'run.sh: the kernel lacks' "$tmp/messages")" = 2 ] &&
    grep -q 'lacks netem: CONFIG_NET_SCH_NETEM' "$tmp/messages" &&
    grep -q 'lacks TUN devices' "$tmp/messages"
}

on_host() {
  local status=0
  mkdir "$tmp/t" "$tmp/out"
  make_scripts
  PATH=$tmp/own/bin:$PATH TMPDIR=$tmp/t "$here/run.sh" "$@" --out "$tmp/out" -- \
    /mptcp-bench/tests/vm/netem_test.sh 2>"$tmp/stderr" ||
    status=$?
  [ $status != 77 ] || { skip 'the virtual machine' "$(tail -n 1 "$tmp/stderr")"; return; }
  check "the command's exit status is run.sh's ($status)" [ $status = 42 ]
  check 'a script that is left out is named' grep -qF "leaving out $tmp/own/bin/bridge, a script" \
    "$tmp/stderr"
  check 'stderr is passed on, and nothing else' [ \
    "$(grep -v ': fetching \|: installing \|: leaving out ' "$tmp/stderr")" = \
    'this goes to stderr' ]
  check 'files in /out come back' [ "$(cat "$tmp/out/file")" = 'this comes back' ]
  check 'nothing is left behind' nothing_left
  check 'a command that exceeds its time: 124' exits 124 "$@" --timeout 1 -- sleep 60
  check 'an image that is not a kernel: 2' exits 2 --kernel "$here/run.sh" -- true
  check 'bad usage: 2' exits 2 --no-such-option
  check 'a kernel that panics: 125, and its last words' panics "$@"
  check 'a kernel without netem and tun: both are named, and files come back' lacks_modules
  check 'SIGTERM ends the machine and leaves nothing' stopped_by_sigterm "$@"
}

[ -z "${MPTCP_BENCH_VM:-}" ] || in_machine
on_host "$@" | tee "$tmp/results"
failed=$(grep -c ^FAIL "$tmp/results")
echo "$(grep -c '^ok ' "$tmp/results") passed, $failed failed, $(grep -c ^skip "$tmp/results") \
skipped"
[ "$failed" = 0 ] || exit 1
# In CI, where every test must run, any skip is a failure. Elsewhere 77 reports to Meson that there
# was no machine at all.
grep -q '^skip' "$tmp/results" || exit 0
[ "${MPB_MUST:-0}" = 1 ] && exit 1
grep -q '^skip  the virtual machine' "$tmp/results" && exit 77
exit 0
