#!/bin/bash
# A store that supports only TCP: an MPTCP run with it is invalid, and a TCP run is valid.
. "$(dirname "$0")/lib.sh"
with_store --proto tcp
# With a rate, because over loopback its own thread may limit a closed loop, whose figures are then
# refused.
expect_run 1 --target "$STORE" --op get --size 1k --rate 500 "${quick[@]}"
expect_true '.runs[] | select(.proto == "tcp") | reasons == []'
expect_field '.runs[] | select(.proto == "mptcp") | .invalid_reasons[0]' \
  'fell back to TCP on 10 of 10 connections'
expect_stdout '(mptcp get 1k at 500 req/s) is not a result: '\
'fell back to TCP on 10 of 10 connections.'
