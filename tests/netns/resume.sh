#!/bin/bash
# --resume completes an interrupted experiment: finished runs stay as they are, and missing runs are
# made. A different experiment is refused.
. "$(dirname "$0")/resume_lib.sh"
expect_plan() { # the runs equal those of an experiment without interruption
  [ "$(jq -c '[.runs[] | [.order, .block, .proto, .op, .values, .rate_rps]]' "$result")" = "$1" ] ||
    fail 'the runs differ from the plan'
}
complete() {
  expect_run 0 "${brief[@]}" "$@" &&
    jq -c '[.runs[] | [.order, .block, .proto, .op, .values, .rate_rps]]' "$result"
}

plan=$(complete --rate 20,60)
for signal in INT KILL; do
  interrupt $signal 1 --rate 20,60
  [ $signal != INT ] || expect_error "interrupted; the finished runs are in $result, and \
--resume continues the experiment"
  expect_true '.runs | length >= 1 and length < 4'
  resume
  expect_kept
  expect_plan "$plan"
  expect_true '.complete and .planned_runs == 4'
  expect_true '.environment.resumed | length == 1'
done

# More blocks, and then a complete experiment.
cp "$result" "$work/before"
resume --repeat 2
expect_true '.runs | length == 8 and ([.[] | .block] == [0, 0, 0, 0, 1, 1, 1, 1])'
expect_true '.parameters.repeat == 2'
jq '.command' "$work/before" | diff - <(jq '.command' "$result") ||
  fail 'the command differs'
before_sum=$(sha256sum <"$result")
# As when it was made: 1 if a machine that was too busy has made a run invalid.
expect_exit "$(jq 'if all(.runs[]; .valid) then 0 else 1 end' "$result")" "$bench" --resume \
  "$result"
expect_stderr "all 8 runs of $result are finished: nothing to do"
[ "$(sha256sum <"$result")" = "$before_sum" ] || fail 'a complete file was written anew'

# Fewer blocks than planned: an experiment that needs no more runs is complete.
jq '.complete = false | .planned_runs = 12 | .parameters.repeat = 3' "$result" >"$work/fewer.json"
expect_exit "$(jq 'if all(.runs[]; .valid) then 0 else 1 end' "$result")" "$bench" \
  --quiet --resume "$work/fewer.json" --repeat 2
[ "$(jq -c '[.complete, .planned_runs, .parameters.repeat]' "$work/fewer.json")" = '[true,8,2]' ] ||
  fail 'it is still interrupted'

# A different environment.
interrupt INT 1 --rate 20,60
refused() { # refused JQ-CHANGE MESSAGE
  jq "$1" "$result" >"$work/other.json" && cp "$work/other.json" "$work/same.json"
  expect_exit 2 "$bench" --resume "$work/other.json"
  expect_stderr "mptcp-bench: $work/other.json: $2"
  cmp -s "$work/other.json" "$work/same.json" || fail "a refused file was written"
}
refused '.tool.version = "0.0.9"' '/tool/version: was 0.0.9 and is '
refused '.environment.kernel = "Linux 2.0"' '/environment/kernel: was Linux 2.0 and is '
refused '.parameters.repeat = 2000000000' '/parameters/repeat: is not a number of blocks; '
refused '.seed = 99' '/seed: was 99 and is 1 now, so further runs would not be comparable with '\
'the finished ones'
refused '.store.version = "0.0.1"' '/store/version: was 0.0.1 and is '
refused '.scenario.backend = "netem2"' '/scenario/backend: was netem2 and is '
refused '.workload.duration_s = 7.5' '/workload/duration_s: was 7.5 and is 0.6 now'
refused '.runs[0].values = "8k"' '/runs/0: is block 0, '
sed -i '1s/4mbit/5mbit/' "$work/far.json"
expect_exit 2 "$bench" --resume "$result"
expect_stderr '/scenario/links/0/up/rate: was 4mbit and is 5mbit now'

# Other options.
jq '.command += ["--slo", "p50 < 300ms"]' "$result" >"$work/other.json"
expect_exit 2 "$bench" --resume "$work/other.json" --repeat 3
expect_error '--repeat: a search with --slo decides itself how many runs there are'
expect_exit 2 "$bench" --resume "$result" --rate 5
expect_stderr 'mptcp-bench: --rate does not go with --resume, which repeats the recorded command; '
expect_exit 2 "$bench" --resume no-such.json
expect_stderr 'no-such.json: cannot be read'
