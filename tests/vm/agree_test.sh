#!/bin/bash
# Tests the netem backend, and that it agrees with our own emulator: runs the same cells over both,
# in one virtual machine whose kernel has netem, in virtual time. agree.py compares the results.
#
# usage: tests/vm/agree_test.sh [OPTIONS OF run.sh]
#        (--uml, --kernel and --modules test your own kernel)
#
# Without options it runs in User Mode Linux, which takes two minutes. If no such kernel is
# available it runs in QEMU, which takes six.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# --- in the machine ---

# scenario NAME MEMBERS: writes a scenario of two equal links. Those that copy no shipped scenario
# have 10 Mbit/s: the comparison does not depend on the rate, but the work of an emulated processor
# does.
scenario() {
  printf '{"links": [{"name": "link1", %s}, {"name": "link2", %s}]}\n' "$2" "$2" >"/tmp/$1.json"
}

# With endless queues: prints the latency of one connection, and then, once no packet is on its way,
# the counters of both ends of each link.
lab_cells() {
  local load=(mptcp-bench load -h "$STORE_HOST" -p "$STORE_PORT" -r 100)
  "${load[@]}" --fill --size 4k >/dev/null &&
    "${load[@]}" --size 4k -c 1 --warmup 0s --duration 1s --json | jq -c '{one: .}' &&
    "${load[@]}" --fill --size 16k >/dev/null &&
    "${load[@]}" --proto mptcp --subflows 2 --size 16k -c 16 --warmup 0s --duration 500ms \
    >/dev/null &&
    sleep 2 &&
    nsenter --net="$CLIENT_NETNS" ip -s -j link show | jq -c '{client: .}' &&
    nsenter --net="$SERVER_NETNS" ip -s -j link show | jq -c '{server: .}' || return
  [ -z "${ROUTER_NETNS:-}" ] || nsenter --net="$ROUTER_NETNS" tc -s -j qdisc show |
    jq -c '{router: .}'
}

# lossy_pings BACKEND SEED: prints which of a hundred pings are answered over links that lose a
# fifth of the packets. If the links have a seed, it alone determines this.
lossy_pings() {
  mptcp-bench lab /tmp/lossy.json --store none --links "$1" --seed "$2" -- \
    ping -c 100 -i 0.01 -W 1 10.1.1.1 | grep -o 'seq=[0-9]*'
}

in_machine() {
  local links bench seed
  local -r as_user=(setpriv --reuid 1000 --regid 1000 --clear-groups)
  scenario clean '"rate": "10mbit", "delay": "5ms", "queue": "500p"'
  # The links of two-lossy-links with endless queues.
  scenario deep '"rate": "100mbit", "delay": "5ms", "loss": "1%"'
  scenario lossy '"loss": "20%"'
  # One link that holds each flow to 3 of its 10 Mbit/s.
  printf '{"links": [{"name": "link1", "rate": "10mbit", "delay": "5ms", "queue": "500p", %s}]}\n' \
    '"flow_rate": "3mbit", "flow_queue": "10p"' >/tmp/capped.json
  mptcp-bench doctor >/out/doctor-root
  "${as_user[@]}" mptcp-bench doctor >/out/doctor-user
  for links in netem tun; do
    bench=(mptcp-bench --quiet --links "$links" --op get -r 100 --warmup 500ms --seed 1)
    "${bench[@]}" --scenario /tmp/clean.json --store builtin --proto tcp --size 4k,16k -c 8 \
      --duration 2s -o $links-tcp
    # The scheduler chooses a subflow for each packet, so two runs differ by up to a tenth. The
    # median of three counts.
    "${bench[@]}" --scenario /tmp/clean.json --store builtin --proto mptcp --size 256k -c 4 \
      --duration 4s --repeat 3 -o $links-mptcp
    "${bench[@]}" --scenario /tmp/clean.json --store builtin --proto mptcp --size 16k -c 16 \
      --duration 2s --repeat 3 -o $links-small
    # With this many connections MPTCP begins to use the second link, and TCP fills the queue of the
    # first. Losses make runs of a second differ by a tenth, so again the median of three counts.
    "${bench[@]}" --scenario two-lossy-links --store builtin --size 16k -c 100 --duration 1s \
      --repeat 3 -o $links-default
    # Below capacity, so that the link causes a stall, and no queue, and the stall delays every
    # request that is due.
    "${bench[@]}" --scenario failover --size 4k -c 8 --rate 200 --duration 7s -o $links-failover
    # Jitter and losses in bursts, on two unequal links.
    "${bench[@]}" --scenario wifi-and-lte --store builtin --size 16k -c 100 --duration 1s \
      -o $links-wifi
    # One flow has its cap, two have it twice, and four fill the line.
    "${bench[@]}" --scenario /tmp/capped.json --store builtin --proto tcp --size 4k -P 32 \
      --grid connections=1,2,4 --duration 2s -o $links-cap
    "${bench[@]}" --scenario /tmp/capped.json --store builtin --proto mptcp --size 4k -P 128 -c 1 \
      --vary subflows-per-link=1,4 --duration 2s -o $links-cap-mptcp
    mptcp-bench lab /tmp/capped.json --check --links $links >/out/$links-cap-check
    mptcp-bench lab wifi-and-lte --check --links $links >/out/$links-check
    for seed in 1 2 1; do lossy_pings $links $seed | tr '\n' ' ' && echo; done >/out/$links-pings
    "${as_user[@]}" mptcp-bench lab /tmp/deep.json --links $links --store builtin -- "$0" \
      lab_cells >/out/$links-lab
  done
}

# --- on the host ---

on_host() {
  local tmp kernel status=0
  tmp=$(mktemp -d "${TMPDIR:-/tmp}/agree_test.XXXXXX")
  # shellcheck disable=SC2064  # expanded now: this folder, even if the variable changes
  trap "rm -rf '$tmp'" EXIT
  # For a tc that supports netem's seeds, if tests/userland/make.sh has fetched one.
  PATH=$here/../../build/userland/sbin:$PATH
  if [ $# = 0 ]; then
    kernel=${MPTCP_BENCH_UML:-$(MPB_MUST=0 "$here/uml_kernel.sh")} || status=$?
    case $status in
      0) set -- --uml "$kernel" ;;
      77) status=0 ;;
      *) echo 'FAIL  the kernel'; return 1 ;;
    esac
  fi
  case " $* " in *' --uml '*) ;; *) set -- --virtual-time "$@" ;; esac
  # nice: a virtual clock is unaffected if other programs run first.
  nice "$here/run.sh" --out "$tmp" "$@" -- /mptcp-bench/tests/vm/agree_test.sh \
    >"$tmp/stdout" 2>"$tmp/stderr" || status=$?
  if [ $status = 77 ]; then
    echo '0 passed, 0 failed, 1 skipped'
    echo "skip  the virtual machine: $(tail -n 1 "$tmp/stderr")"
    [ "${MPB_MUST:-0}" = 1 ] && return 1
    return 77
  fi
  [ $status = 0 ] || cat "$tmp/stdout" "$tmp/stderr"
  python3 "$here/agree.py" "$tmp"
}

if [ "${1:-}" = lab_cells ]; then
  lab_cells
elif [ -n "${MPTCP_BENCH_VM:-}" ]; then
  in_machine
else
  on_host "$@"
fi
