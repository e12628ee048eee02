#!/bin/bash
# SIGKILL to each process of the tree at random moments. Whichever it is, the program ends by itself
# with an error or an invalid run (or had finished), the result file is complete JSON, and nothing
# remains: no process, interface, namespace, mount or file.
#   KILL_ROUNDS  number of kills of each process (2)
#   KILL_SEED    random seed of the moments (default: a new one, which is printed)
. "$(dirname "$0")/lib.sh"
need_links
RANDOM=${KILL_SEED:=$$$(date +%N | cut -c 1-4)}
stores=(builtin)
command -v redis-server mptcpize >/dev/null && stores+=(redis)

# Prints the process that has this role now, or nothing if there is none.
part() {
  case $1 in
    orchestrator) echo $run ;;
    keeper) grep -lx mptcp-bench-ns /proc/[0-9]*/comm 2>/dev/null | cut -d/ -f3 | head -n 1 ;;
    emulator) process_of '^[^ ]*mptcp-bench link ' ;;
    store) process_of '^[^ ]*mptcp-bench serve ' || process_of '^[^ ]*redis-server ' ;;
    load) process_of '^[^ ]*mptcp-bench load .*--events' ;;
  esac
}

declare -A ended
for ((round = 0; round < ${KILL_ROUNDS:-2}; round++)); do
  for victim in orchestrator keeper emulator store load; do
    store=${stores[round % ${#stores[@]}]}
    rm -f "$result"
    "$bench" --quiet --store "$store" --op get,set --size 1k --warmup 100ms --duration 400ms -c 10 \
      -o "$result" >"$work/out" 2>"$work/err" &
    run=$!
    children=("$run")
    exec 9>&2 2>/dev/null # bash would report every killed process
    # A random moment of the first two or three runs. If the victim does not exist then, the next
    # moment at which it does.
    sleep "$((RANDOM % 3)).$((RANDOM % 10))$((RANDOM % 10))"
    round_and_victim="round $round, KILL_SEED=$KILL_SEED, $victim of a run with the $store store"
    while pid=$(part $victim); [ -z "$pid" ] && kill -0 $run 2>/dev/null; do :; done
    [ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null
    for ((i = 0; i < 400; i++)); do kill -0 $run 2>/dev/null || break; sleep 0.05; done
    ! kill -0 $run 2>/dev/null || fail "$round_and_victim: it still runs after 20 s"
    wait $run
    status=$?
    exec 2>&9 9>&-
    case $victim:$status in
      # 0: all runs were finished, or the killed process had done its work.
      orchestrator:137 | *:0) ;;
      *:1) [ -s "$work/err" ] || grep -q 'is not a result: ' "$work/out" ||
        fail "$round_and_victim: exit status 1 without a message" ;;
      *) fail "$round_and_victim: exit status $status" ;;
    esac
    [ ! -e "$result" ] ||
      jq -e '.schema == "mptcp-bench/result/2" and (.runs | length) > 0' "$result" >/dev/null ||
      fail "$round_and_victim: a broken result"
    [ $status != 1 ] || [ -s "$work/err" ] || expect_true '.runs | any(.valid | not)'
    nothing_left || fail "$round_and_victim"
    ended["$victim, exit status $status"]=$((${ended["$victim, exit status $status"]:-0} + 1))
  done
done
for how in "${!ended[@]}"; do echo "${ended[$how]} x $how"; done | sort -k3
