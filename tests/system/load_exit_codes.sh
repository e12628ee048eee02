#!/bin/bash
# A load that completed no request ends with 1 and the reason: no key existed, or the store refused
# every request.
. "$(dirname "$0")/../netns/lib.sh"
with_store --proto tcp --max-memory 64k
load() {
  expect_exit "$1" "$bench" load -p "${STORE#*:}" --warmup 0s --duration 200ms -c 2 -r 4 --size 1k \
    "${@:2}"
}
missed='every GET missed its key; write the keys first: the same command with --fill'
load 1
expect_stdout 'misses: '
expect_error "$missed"
load 1 --json
jq -e '.misses > 0 and .misses == .requests' "$work/out" >/dev/null ||
  fail 'the outcome is not printed'
expect_error "$missed"
load 0 --fill
load 0
load 0 --events # the events contain the misses
# The longest keys fit. Longer ones would not.
prefix=$(printf 'a%.0s' {1..256})
load 0 --prefix "$prefix" --op set -P 16
load 2 --prefix "${prefix}a" --op set
expect_error '--prefix: has 257 bytes; write at most 256 bytes'
# The limit of open files is raised for connections and threads.
(ulimit -Sn 256 && expect_exit 0 "$bench" load -p "${STORE#*:}" --warmup 0s --duration 200ms \
  -c 200 -t 100 -r 4 --op set --size 1k) || exit 1
expect_exit 1 "$bench" load -p "${STORE#*:}" --warmup 0s --duration 200ms -c 2 -r 4 --op set \
  --size 100k
expect_stdout 'error_reply: '
expect_error 'no request was completed'
# --split has a number of connections for each host, with the sum of -c.
for split in 2 1,2 1,1,0; do
  load 2 -h 127.0.0.1,127.0.0.1 --split $split
  expect_stderr '--split: has '
  expect_stderr 'write one for each host, 2 with the sum 2 (-c)'
done
load 0 -h 127.0.0.1,127.0.0.1 --split 2,0 --op set
