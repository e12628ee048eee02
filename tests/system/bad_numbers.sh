#!/bin/bash
# A number that an option does not accept is refused in one line, with exit code 2, before anything
# starts.
. "$(dirname "$0")/../netns/lib.sh"

# refused MESSAGE OPTION...
refused() {
  expect_exit 2 "$bench" "${@:2}"
  expect_error "$1; see mptcp-bench --help"
}
refused '--connections: "0" is not a whole number of 1 or more' -c 0
refused '--threads: "-1" is not a whole number of 1 or more' -t -1
refused '--pipeline: "1.5" is not a whole number of 1 or more' -P 1.5
refused '--keyspace: "-5" is not a whole number of 1 or more' -r -5
refused '--repeat: "9999999999" is more than 1000' --repeat 9999999999
refused '--seed: "-1" is not a whole number of 0 or more' --seed -1
refused '--db: "-1" is not a whole number of 0 or more' --db -1
for rate in 0 nan; do
  expect_exit 2 "$bench" --quiet --rate $rate
  expect_error "--rate: \"$rate\" is not a rate; write requests per second such as 500, a list \
such as 500,1000,2000, or auto"
done
refused '--port: "80000" is more than 65535' serve --port 80000
refused '--port: "0" is not a whole number of 1 or more' load --port 0
expect_exit 0 "$bench" --dry-run --links tun --store builtin --seed 18446744073709551615 --rate 0.5

# Rows for a whole day.
expect_exit 2 "$bench" --dry-run --links tun --store builtin --duration 86400s
expect_error '--timeline: a window of 86400s has more than 20000 rows at one per 100ms; write '\
'--timeline 5s, or off'
expect_exit 0 "$bench" --dry-run --links tun --store builtin --duration 86400s --timeline 5s

# load refuses more rows than fit into memory, and marks outside the window.
expect_exit 2 "$bench" load --timeline 1ns
expect_stderr '"1ns" is below 10ms'
for marks in 5s 900ms,100ms 0s; do
  expect_exit 2 "$bench" load --duration 1s --mark $marks
  expect_stderr 'is outside the window, or not after the mark before it; write them in order, '\
'such as 3s,6s'
done
