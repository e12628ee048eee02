#!/bin/bash
# The emulator, the load or the store is stopped for a part of the window, or for more than all of it: the run is invalid, and says which of
# them did nothing. The orchestrator only watches: a run in which it is stopped is valid unless the edges of the window went by meanwhile.
. "$(dirname "$0")/lib.sh"
[ -c /dev/net/tun ] || skip 'there is no /dev/net/tun'
need_links
window=2

parent_of() { sed 's/.*) . \([0-9]*\) .*/\1/' "/proc/$1/stat"; }

# stop_in_window PROCESS SECONDS: a run in whose window that process stands still for so long.
stop_in_window() {
  local victim load run
  rm -f "$result"
  # Over links that lose nothing: a lost SYN would open the window a second later.
  timeout -k 5 60 "$bench" --quiet --links tun --scenario two-clean-links --store builtin --proto tcp --op get --size 4k -c 10 \
    --warmup 100ms --duration ${window}s -o "$result" >"$work/out" 2>"$work/err" </dev/null &
  run=$!
  wait_until process_of 'load .*--events'
  load=$(process_of 'load .*--events')
  sleep 0.6 # into the window, which nothing outside shows
  case $1 in
  orchestrator) victim=$(parent_of "$load") ;;
  load) victim=$load ;;
  *) victim=$(process_of "$1") ;;
  esac
  kill -STOP "$victim" || fail "$1 is not there to be stopped"
  sleep "$2"
  kill -CONT "$victim" 2>/dev/null # the run may have ended it
  wait $run
  [ -s "$result" ] || fail "no result of a run in which $1 was stopped for $2 s"
}

# says REASON: among the reasons against the run.
says() { jq -e --arg reason "$1" '.runs[0].invalid_reasons | any(test($reason))' "$result" >/dev/null; }

expect_reason() {
  says "$3" || fail "$1 was stopped for $2 s of $window s: $(jq -c '.runs[0] | [.valid, .invalid_reasons, .attendance]' "$result")"
}

for seconds in 0.1 0.5 2.5; do
  stop_in_window 'link --links' $seconds
  expect_reason emulator $seconds '^the link emulator (did nothing for|does not answer)'
  stop_in_window load $seconds
  expect_reason load $seconds '^a load thread did nothing for'
  stop_in_window 'serve --bind' $seconds
  expect_reason store $seconds '^the store did not answer a PING for'
done

# What else is against such a run is that this machine is busy with other things: there are three attempts to have none of it.
for seconds in 0.1 0.5; do
  for _ in 1 2 3; do
    stop_in_window orchestrator $seconds
    ! query '.runs[0].valid' >/dev/null || break
  done
  expect_true '.runs[0] | reasons == []'
  ! says '^the store did not answer' || fail "the store is blamed: $(jq -c '.runs[0].invalid_reasons' "$result")"
done
stop_in_window orchestrator 2.5
expect_reason orchestrator 2.5 "^the link counters were read"
