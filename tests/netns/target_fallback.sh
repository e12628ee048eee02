#!/bin/bash
# A store that only speaks TCP: an MPTCP run against it is invalid, the TCP run beside it is not.
. "$(dirname "$0")/lib.sh"
with_store --proto tcp
# At a rate: over loopback a closed loop may be bound by its own thread, and its figures would
# rightly be refused.
expect_run 1 --target "$STORE" --op get --size 1k --rate 500 "${quick[@]}"
expect_true '.runs[] | select(.proto == "tcp") | reasons == []'
expect_field '.runs[] | select(.proto == "mptcp") | .invalid_reasons[0]' \
  'fell back to TCP on 10 of 10 connections'
expect_stdout '(mptcp get 1k at 500 req/s) is not a result: '\
'fell back to TCP on 10 of 10 connections.'
