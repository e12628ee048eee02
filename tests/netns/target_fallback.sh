#!/bin/bash
# A store that supports only TCP: MPTCP is refused before the first run, and TCP can be measured.
. "$(dirname "$0")/lib.sh"
with_store --proto tcp
remedy='the store or a middlebox does not support MPTCP; start Valkey 9 or later with --mptcp yes, '
remedy+='Redis and older versions with mptcpize run'
expect_exit 1 "$bench" --target "$STORE" --op get --size 1k "${quick[@]}" -o "$result"
expect_error "--proto mptcp: a connection to $STORE fell back to TCP: $remedy; "\
'to measure it without MPTCP, give --proto tcp'
[ ! -e "$result" ] || fail 'a run was made'
# At a rate: over loopback a closed loop may be bound by its own thread, and its figures would
# rightly be refused.
expect_run 0 --target "$STORE" --proto tcp --op get --size 1k --rate 500 "${quick[@]}"
expect_true '.runs[] | reasons == []'
# The load alone gives the same remedy.
expect_exit 1 "$bench" load -p "${STORE#*:}" --proto mptcp --op set "${quick[@]}"
expect_error "not a measurement of MPTCP: 10 connections fell back to TCP: $remedy"
