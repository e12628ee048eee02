#!/bin/bash
# The emulator, the load or the store is stopped once, for a part of the window or for more than all
# of it, or again and again: the run is invalid, and says which of them did nothing. The
# orchestrator only watches: a run in which it is stopped is valid unless the edges of the window
# went by meanwhile.
. "$(dirname "$0")/lib.sh"
[ -c /dev/net/tun ] || skip 'there is no /dev/net/tun'
need_links
window=2

parent_of() { sed 's/.*) . \([0-9]*\) .*/\1/' "/proc/$1/stat"; }

# stop_in_window PROCESS SECONDS [TIMES]: a run in whose window that process is stopped for so long,
# TIMES times, and runs for as long in between.
stop_in_window() {
  local victim load run time
  rm -f "$result"
  # Over links without loss, because a lost SYN would delay the window by a second.
  timeout -k 5 60 "$bench" --quiet --links tun --scenario two-clean-links --store builtin \
    --proto tcp --op get --size 4k -c 10 \
    --warmup 100ms --duration ${window}s -o "$result" >"$work/out" 2>"$work/err" </dev/null &
  run=$!
  wait_until process_of 'load .*--events'
  load=$(process_of 'load .*--events')
  sleep 0.6 # until the window has begun, which is not visible from outside
  case $1 in
  orchestrator) victim=$(parent_of "$load") ;;
  load) victim=$load ;;
  *) victim=$(process_of "$1") ;;
  esac
  for ((time = 1; time <= ${3:-1}; ++time)); do
    [ "$time" = 1 ] || sleep "$2"
    kill -STOP "$victim" || fail "$1 is not there to be stopped"
    sleep "$2"
    kill -CONT "$victim" 2>/dev/null # the run may have ended it
  done
  wait $run
  [ -s "$result" ] || fail "no result of a run in which $1 was stopped for $2 s"
}

# has_reason PATTERN: one of the reasons against the run matches.
has_reason() {
  jq -e --arg reason "$1" '.runs[0].invalid_reasons | any(test($reason))' "$result" >/dev/null
}

expect_reason() {
  has_reason "$3" || fail "$1 was stopped for $2 s of $window s: $(jq -c '.runs[0] | [.valid,
    .invalid_reasons, .attendance]' "$result")"
}

for seconds in 0.1 0.5 2.5; do
  stop_in_window 'link --links' $seconds
  expect_reason emulator $seconds '^the link emulator (did nothing for|does not answer)'
  stop_in_window load $seconds
  expect_reason load $seconds '^a load thread did nothing for'
  stop_in_window 'serve --bind' $seconds
  expect_reason store $seconds '^the store did not answer a PING for'
done

# Half of the time for 3 s of 6. No stop is too long by itself: 60 ms, and the limit is 120.
window=6
stop_in_window 'link --links' 0.06 25
expect_reason emulator '25 times 0.06' '^the link emulator did nothing for [0-9]+m?s in total'
stop_in_window load 0.06 25
expect_reason load '25 times 0.06' '^a load thread did nothing for [0-9]+m?s in total'
stop_in_window 'serve --bind' 0.06 25
expect_reason store '25 times 0.06' '^the store did not answer a PING for [0-9]+m?s in total'
window=2

# Such a run may also be invalid because this machine is busy with other programs, so there are
# three attempts.
for seconds in 0.1 0.5; do
  for _ in 1 2 3; do
    stop_in_window orchestrator $seconds
    ! query '.runs[0].valid' >/dev/null || break
  done
  expect_true '.runs[0] | reasons == []'
  ! has_reason '^the store did not answer' ||
    fail "the reasons name the store: $(jq -c '.runs[0].invalid_reasons' "$result")"
done
stop_in_window orchestrator 2.5
expect_reason orchestrator 2.5 "^the link counters were read"
