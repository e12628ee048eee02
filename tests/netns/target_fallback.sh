#!/bin/bash
# A store that supports only TCP: an MPTCP run with it is invalid, and a TCP run is valid.
. "$(dirname "$0")/lib.sh"
with_store --proto tcp
remedy='the store or a middlebox does not support MPTCP; start Valkey 9 or later with --mptcp yes, '
remedy+='Redis and older versions with mptcpize run'
reason="fell back to TCP on 10 of 10 connections: $remedy"
# At a rate: over loopback a closed loop may be bound by its own thread, and its figures would
# rightly be refused.
expect_run 1 --target "$STORE" --op get --size 1k --rate 500 "${quick[@]}"
expect_true '.runs[] | select(.proto == "tcp") | reasons == []'
expect_field '.runs[] | select(.proto == "mptcp") | .invalid_reasons[0]' "$reason"
expect_stdout "(mptcp get 1k at 500 req/s) is not a result: $reason."
# The load alone gives the same remedy.
expect_exit 1 "$bench" load -p "${STORE#*:}" --proto mptcp --op set "${quick[@]}"
expect_error "not a measurement of MPTCP: 10 connections fell back to TCP: $remedy"
