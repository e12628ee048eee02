#!/bin/bash
# Next to a busy loop on every CPU a run is not a result, although no request waits for long:
# throughput is some per cent lower. A low priority (nice) makes no difference: in a session of its
# own, which is a group with a full share where the kernel has autogroup, a loop takes as much.
. "$(dirname "$0")/lib.sh"
[ -c /dev/net/tun ] || skip 'there is no /dev/net/tun'
need_links

# measure_next_to COMMAND...: a run while every CPU has a loop under such a command, which the loop
# replaces.
measure_next_to() {
  local cpu loops=()
  for ((cpu = $(nproc); cpu > 0; --cpu)); do
    "$@" bash -c 'while [ $SECONDS -lt 30 ]; do :; done' &
    loops+=($!)
  done
  children=("${loops[@]}")
  rm -f "$result"
  timeout -k 5 60 "$bench" --quiet --links tun --store builtin --proto tcp --op get --size 4k \
    -c 50 --congestion reno --warmup 500ms --duration 2s --timeline off -o "$result" \
    >"$work/out" 2>"$work/err" </dev/null
  status=$?
  kill "${loops[@]}"
  wait "${loops[@]}" 2>/dev/null
  children=()
}

took='other programs or the hypervisor took .* of a CPU .limit 25 %., and'
refused="any(.runs[0].invalid_reasons[]; test(\"$took (a load thread|the store) waited\"))"
waited='([.runs[0].attendance | .store, .load_threads[] | .waited_ns] | max / 2e9)'

measure_next_to env
[ $status = 1 ] || fail "exit status $status, expected 1"
expect_true "$refused"

# Where the kernel has no autogroup, these loops have only the time that nobody else wants.
measure_next_to setsid nice -n 19
expect_true '.runs[0].cpu.nice_pct > 25'
expect_true "$refused or $waited <= 0.05"
