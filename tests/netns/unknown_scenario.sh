#!/bin/bash
# An unknown scenario or workload: the error suggests the most similar name, or lists all of them.
. "$(dirname "$0")/lib.sh"
expect_exit 2 "$bench" --scenario two-losy-links
expect_error 'unknown scenario "two-losy-links"; did you mean "two-lossy-links"?'
expect_exit 2 "$bench" --scenario zzz
expect_stderr 'unknown scenario "zzz"; choose one of backup-link, ec2-single-flow, '
expect_exit 2 "$bench" --workload defalt
expect_error 'unknown workload "defalt"; did you mean "default"?'
expect_exit 2 "$bench" --scenario ./no/such.json
expect_error './no/such.json: cannot be read: No such file or directory'
expect_exit 2 "$bench" lab two-losy-links -- true
expect_error 'unknown scenario "two-losy-links"; did you mean "two-lossy-links"?'
