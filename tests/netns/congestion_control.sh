#!/bin/bash
# A congestion control that the kernel lacks, and one that it has but does not allow. The error
# contains the command that allows it.
. "$(dirname "$0")/lib.sh"
need_links
expect_exit 77 "$bench" --quiet --congestion nonesuch -o "$result"
expect_error "this kernel has no congestion control \"nonesuch\"; it has: \
$(cat /proc/sys/net/ipv4/tcp_available_congestion_control)"
allowed=$(cat /proc/sys/net/ipv4/tcp_allowed_congestion_control)
for name in $(cat /proc/sys/net/ipv4/tcp_available_congestion_control); do
  case " $allowed " in *" $name "*) continue ;; esac
  expect_exit 77 "$bench" --quiet --congestion "$name" -o "$result"
  expect_error "this host does not allow congestion control \"$name\" in namespaces \
(allowed: $allowed); run: sysctl -w net.ipv4.tcp_allowed_congestion_control=\"$allowed $name\""
done
expect_run 0 --store builtin --op get --size 1k --congestion reno "${quick[@]}"
expect_field '[.runs[].congestion_control[]] | unique | join(" ")' reno

# Several congestion controls in a block: each run uses its own, and is compared with tcp over the
# same one.
read -r one two _ <<<"$allowed"
[ -n "$two" ] || skip_always "this kernel allows one congestion control: $allowed"
expect_run 0 --store builtin --op get --size 1k --congestion "$one,$two" "${quick[@]}"
expect_field '[.runs[] | "\(.proto) \(.congestion)"] | sort | join(",")' \
  "$(printf '%s\n' "mptcp $one" "mptcp $two" "tcp $one" "tcp $two" | LC_ALL=C sort | paste -sd,)"
expect_field '[.runs[] | .congestion_control == [.congestion]] | all' true
# Runs that are invalid because the machine was busy are not compared.
if query '[.runs[].valid] | all' >/dev/null; then
  expect_field '[.comparisons[] | select(.metric == "throughput").name | sub(".*/";"")] | sort
    | join(",")' \
    "$(for name in "$one" "$two"; do echo "mptcp+congestion=$name-vs-tcp+congestion=$name"; done |
      LC_ALL=C sort | paste -sd,)"
fi
expect_stdout "mptcp+$two"
expect_exit 2 "$bench" --congestion "$one,$two" --slo 'p99 < 20ms'
expect_error '--congestion: does not vary with --slo, which finds the rates for one set-up; start '\
'one experiment for each'
