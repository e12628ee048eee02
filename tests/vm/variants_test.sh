#!/bin/bash
# Tests set-ups that need a kernel of their own, in User Mode Linux: netem and tun give the same
# number of subflows with every mode of endpoints, and a second packet scheduler, which no packaged
# kernel has, competes with the default one.
#
# usage: tests/vm/variants_test.sh
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
passed=0 failed=0
. "$here/uml_tree.sh"
results=$(mktemp -d "${TMPDIR:-/tmp}/variants_test.XXXXXX")
trap 'rm -rf "$results"' EXIT

run=(mptcp-bench --quiet --scenario two-clean-links --store builtin --op get --congestion cubic
  --seed 1 --warmup 300ms --duration 700ms)

# bench NAME KERNEL OPTIONS...: an experiment in the machine; its result is $results/NAME/r.json.
bench() {
  "$here/run.sh" --uml "$2" --out "$results/$1" -- "${run[@]}" "${@:3}" -o r.json \
    >"$results/$1.log" 2>&1 8>&- || { cat "$results/$1.log"; return 1; }
}
query() { jq -re "$2" "$results/$1/r.json"; }

check() { # NAME COMMAND...
  local name=$1
  shift
  if "$@"; then
    echo "ok    $name"
    passed=$((passed + 1))
  else
    echo "FAIL  $name"
    failed=$((failed + 1))
  fi
}

modes=subflow,signal,maintainers,fullmesh,laminar,backup,none
subflows='[.runs[] | (.settings.endpoints // "subflow") as $mode | .mptcp
  | "\($mode) \(.subflows_min)-\(.subflows_max)"] | sort | join(", ")'
backends_agree() {
  local links
  for links in netem tun; do
    bench $links "$kernels/base" --links $links --size 4k -c 10 --proto mptcp \
      --vary endpoints=$modes || return
    query $links "\"$links: \" + ($subflows)"
  done
  [ "$(query netem "$subflows")" = "$(query tun "$subflows")" ] &&
    [ "$(query tun "$subflows")" = 'backup 2-2, fullmesh 4-4, laminar 2-2, maintainers 2-2, none '\
'1-1, signal 2-2, subflow 2-2' ]
}

schedulers_compete() {
  restore_tree
  apply_patch features/second-scheduler || return
  build_tree second-scheduler || return
  bench schedulers "$kernels/second-scheduler" --links tun --size 64k -c 10 --proto mptcp \
    --vary scheduler=default,last || return
  # The share of the second link.
  query schedulers '[.runs[] | {(.settings.scheduler // "default"):
      (.links | map(.client_rx_bytes) | .[1] / add)}] | add
    | "share of link2: default \(.default * 100 | round) %, last \(.last * 100 | round) %",
      (.last > 0.5 and .last > .default + 0.1)'
}
refuses_unknown() {
  ! bench unknown "$kernels/second-scheduler" --links tun --size 4k -c 1 --proto mptcp \
    --vary scheduler=lst >/dev/null &&
    grep -q 'no MPTCP scheduler "lst"; it has: default last' "$results/unknown.log"
}

find_tree
lock_tree
need_base || exit
check 'netem and tun give the same subflows' backends_agree
check 'a second scheduler competes with the default one' schedulers_compete
check 'an unknown scheduler is refused with the names of the others' refuses_unknown
echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
