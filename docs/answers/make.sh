#!/usr/bin/env bash
# Makes the tables and pictures of the answers in this folder, in User Mode Linux, whose clock is
# virtual and exact: the same files give the same figures on a busy machine.
#
#   docs/answers/make.sh ANSWER...   these: endpoints, subflows, stale-loss-cnt, second-link,
#                                    flow-cap
#   docs/answers/make.sh             all of them
#   docs/answers/make.sh --check     only checks that each table of a page is in the output of its
#                                    commands, and that each picture is shown
#
# Each answer consists of experiments of one to three minutes on an idle processor. Each runs in a
# machine of its own, except those named here-..., which check one cell in real time on this host, and
# need it idle. Each leaves its result in build/answers. A later call makes only those that are
# missing, so this script can be stopped at any time. The page ANSWER.md quotes ANSWER.txt, which
# has the whole output.
#
# MPTCP_BENCH_UML names the kernel, which tests/vm/build_uml.sh builds (default: the one that the
# tests use). Linux 7.2 or later is needed for 64 subflows. Pictures need plots/setup.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."
docs=docs/answers work=build/answers bench=build/mptcp-bench
answers=(endpoints subflows stale-loss-cnt second-link flow-cap)
# The built-in store, because every host has it. The store of another host could send its replies
# in other pieces.
common=(--store builtin --op get --congestion cubic --seed 1)

fail() {
  echo "docs/answers/make.sh: $*" >&2
  exit 1
}

# --- the experiments: each function calls `$1 EXPERIMENT OPTIONS...` for each of its own ---

# The kernel has one slot for the tokens of MPTCP connections per MiB of memory. A closed connection
# keeps its token for a minute, so several runs with 200 connections fill the table of a small
# machine, and further connections fall back to TCP (MPTcpExtMPFallbackTokenInit).
endpoints() {
  local memory=4096
  local options=(--size 16k -c 200 --vary 'endpoints=subflow,signal,maintainers,fullmesh,laminar'
    --repeat 8 --timeline off)
  "$1" published --scenario keyspace-beijing-2025 "${options[@]}" --warmup 1s --duration 2s
  # After 1 s the throughput over these links still grows by 6 to 13 % in 2 s.
  "$1" wifi-and-lte --scenario wifi-and-lte "${options[@]}" --warmup 6s --duration 4s
}

# On one link as many subflows as on two, up to 64.
subflows() {
  local few=(--size 256k -c 1 --repeat 10 --warmup 1s --duration 5s --timeline off)
  local many=(--size 16k -c 50 --repeat 8 --warmup 1s --duration 1500ms --timeline off)
  "$1" one-c1 --scenario one-lossy-link "${few[@]}" --vary subflows-per-link=1,2,4,8,64
  "$1" two-c1 --scenario two-lossy-links "${few[@]}" --vary subflows-per-link=1,2,4,8,32
  "$1" one-c50 --scenario one-lossy-link "${many[@]}" --vary subflows-per-link=1,2,4,8
  "$1" two-c50 --scenario two-lossy-links "${many[@]}" --vary subflows-per-link=1,2,4,8
  "$1" here-one-c1 --scenario one-lossy-link --proto mptcp "${few[@]}" --vary subflows-per-link=1,4
}

# The first value is the kernel's default, so it is the base.
stale-loss-cnt() {
  local options=(--proto mptcp --size 64k -c 2 --vary 'net.mptcp.stale_loss_cnt=4,1,2,3,6,8'
    --repeat 8 --warmup 1s)
  # With a few lost packets, because fail-overs on clean links would be the same in every block.
  "$1" failover --scenario failover --grid 'link*.loss=0.1%' "${options[@]}"
  "$1" lossy --scenario two-lossy-links --grid 'link*.loss=1%' --duration 3s --timeline off \
    "${options[@]}"
}

second-link() {
  local size connections duration memory=1024
  for connections in 50 200 1; do
    [ $connections != 200 ] || memory=4096  # as above
    # A single connection leaves the links nearly idle, so a long window costs little.
    duration=1500ms
    [ $connections != 1 ] || duration=5s
    for size in 16k 4k; do
      "$1" "$size-c$connections" --scenario two-lossy-links --size $size \
        --grid connections=$connections --grid link2.delay=5ms,20ms,80ms \
        --grid link2.rate=10mbit,50mbit,100mbit --repeat 6 --warmup 1s --duration "$duration" \
        --timeline off
    done
  done
  "$1" here-16k-c200 --scenario two-lossy-links --size 16k --grid connections=200 \
    --grid link2.delay=5ms,20ms --grid link2.rate=50mbit --repeat 6 --warmup 1s --duration 1500ms \
    --timeline off
}

# Few connections that are always full, as those of clients that multiplex, and a pool of up to 200
# with one request each.
flow-cap() {
  local connections memory=1024
  local options=(--scenario ec2-single-flow --proto 'tcp,tcp-split,mptcp'
    --vary 'subflows-per-link=1,2,4,8' --repeat 6 --warmup 500ms --duration 1s --timeline off)
  for connections in 1 4; do
    "$1" "multiplexed-c$connections" "${options[@]}" --workload multiplexed --size 4k \
      -c $connections
  done
  for connections in 1 4 16 200; do
    [ $connections != 200 ] || memory=4096  # as above
    "$1" "pool-c$connections" "${options[@]}" --size 16k -c $connections
  done
}

# --- runs ---

# The result of an experiment of $answer.
result() {  # EXPERIMENT
  echo "$work/$answer/$1/$1.json"
}

is_complete() {  # EXPERIMENT
  jq -e .complete "$(result "$1")" >/dev/null 2>&1
}

# In real time, on this host.
is_here() {  # EXPERIMENT
  [[ $1 == here-* ]]
}

# Makes the result of one experiment, unless it is there. An invalid run stays in the result, so
# status 1 is an experiment that was made.
measure() {  # EXPERIMENT OPTIONS...
  local folder=$work/$answer/$1 status=0
  ! is_complete "$1" || return 0
  echo "$(date +%T) $answer: $1"
  mkdir -p "$folder"
  if is_here "$1"; then
    "$bench" --quiet "${common[@]}" "${@:2}" -o "$folder/$1.json" >"$folder/log" 2>&1 || status=$?
  else
    tests/vm/run.sh --uml "$kernel" --out "$folder" --memory "${memory:-1024}" --timeout 1500 -- \
      mptcp-bench --quiet --links netem "${common[@]}" "${@:2}" -o "$1.json" >"$folder/log" 2>&1 ||
      status=$?
  fi
  [ $status -le 1 ] && is_complete "$1" || fail "$1 failed; see $folder/log"
}

# Prints the command of an experiment and its output. A word with a * needs quotes.
show() {  # EXPERIMENT OPTIONS...
  local word words=("${@:2}") links='--links netem '
  ! is_here "$1" || links=''
  for word in "${!words[@]}"; do
    [[ ${words[word]} != *'*'* ]] || words[word]="'${words[word]}'"
  done
  printf 'mptcp-bench %s \\\n  %s\n\n' "$links${common[*]}" "${words[*]}"
  "$bench" export "$(result "$1")" --format text
  jq -r '"\n  \(.environment.kernel), measured_sha256 \(.measured_sha256)\n"' "$(result "$1")"
}

# --- pictures ---

# chart PICTURE CHART EXPERIMENT...: a chart of plots/ over some results of $answer.
chart() {
  local experiment results=()
  for experiment in "${@:3}"; do results+=("$(result "$experiment")"); done
  MPTCP_BENCH=$bench node plots/render.mjs "${results[@]}" -o "$work/$answer/$1" >/dev/null
  cp "$work/$answer/$1/$2.svg" "$docs/$1.svg"
}

pictures() {
  case $answer in
    endpoints) chart endpoints ratios published wifi-and-lte ;;
    subflows) chart subflows ratios one-c1 two-c1 one-c50 two-c50 ;;
    stale-loss-cnt)
      chart stale-loss-cnt-failover ratios failover
      chart stale-loss-cnt-lossy ratios lossy
      ;;
    flow-cap) chart flow-cap throughput multiplexed-c1 ;;
    second-link)  # with fewer connections all cells are alike
      chart second-link-16k-c200 heat 16k-c200
      chart second-link-4k-c200 heat 4k-c200
      ;;
  esac
}

# --- one answer ---

write_output() {
  local results=("$work/$answer"/*/*.json)
  jq -es 'map(.environment.machine | values) | unique | length == 1' "${results[@]}" >/dev/null ||
    fail "the results in $work/$answer are of different machines; delete the older ones"
  {
    "$answer" show
    [ "$answer" != stale-loss-cnt ] || python3 $docs/stale.py "${results[@]}"
  } >"$work/$answer.txt"
  cp "$work/$answer.txt" "$docs/$answer.txt"
}

# --- the check of the pages ---

check_page() {  # PAGE
  local output=${1%.md}.txt quoted missing
  [ -s "$output" ] || fail "$1 has no output; docs/answers/make.sh writes $output"
  quoted=$(awk '/^```/ { code = !code; next } code' "$1")
  [ -n "$quoted" ] || fail "$1 quotes nothing of $output"
  missing=$(grep -vxFf "$output" <<<"$quoted" || true)
  [ -z "$missing" ] || fail "$1 has lines that are not in $output:"$'\n'"$missing"
}

check() {
  local page
  cd "$docs"
  for page in *.md; do
    [ "$page" = README.md ] || check_page "$page"
  done
  diff <(printf '%s\n' *.svg) <(grep -ohE '[a-z0-9-]+\.svg' ./*.md | sort -u) ||
    fail "the pictures (<) are not those that the pages show (>)"
}

case $* in
  --check) check && exit ;;
  -*) fail "give names of answers (${answers[*]}), --check or nothing" ;;
esac
[ $# -gt 0 ] || set -- "${answers[@]}"
for answer; do
  [[ " ${answers[*]} " == *" $answer "* ]] || fail "no answer $answer; choose from ${answers[*]}"
done
kernel=${MPTCP_BENCH_UML:-$(tests/vm/uml_kernel.sh)}
# For a tc that supports netem's seeds, if tests/userland/make.sh has fetched one.
PATH=$PWD/build/userland/sbin:$PATH
for answer; do
  "$answer" measure
  write_output
  pictures
done
