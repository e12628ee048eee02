#!/bin/bash
# A file that a person writes is refused if it is larger than any person would write, with its name
# and the limit. It is not read to its end.
. "$(dirname "$0")/../netns/lib.sh"
limit=$((1024 * 1024))

# pad FILE BYTES: fills the file with blanks up to BYTES.
pad() { printf "%$(($2 - $(stat -c %s "$1")))s" '' >>"$1"; }
# takes_up_to_the_limit FILE COMMAND...
takes_up_to_the_limit() {
  pad "$1" $limit
  expect_exit 0 "${@:2}"
  printf ' ' >>"$1"
  expect_exit 2 "${@:2}"
  expect_error "$1: is larger than 1 MiB, the limit for such a file; name another file"
}

cp "$root/netns/two-clean-links.json" "$work/scenario.json"
cp "$root/workloads/default.json" "$work/workload.json"
echo 'mptcp/tcp throughput * < 1.2' >"$work/gates.txt"
chmod u+w "$work"/*
dry=(--dry-run --links tun --store builtin)
takes_up_to_the_limit "$work/scenario.json" "$bench" "${dry[@]}" --scenario "$work/scenario.json"
takes_up_to_the_limit "$work/workload.json" "$bench" "${dry[@]}" --workload "$work/workload.json"
takes_up_to_the_limit "$work/gates.txt" "$bench" gate --dry-run --rules "$work/gates.txt"

# A device has no end, whatever its name.
expect_exit 2 "$bench" "${dry[@]}" --scenario /dev/zero
expect_error '/dev/zero: is larger than 1 MiB, the limit for such a file; name another file'
