#!/bin/bash
# Where rates follow from what was measured, an interrupted experiment goes on as if nothing had been: probes are not made again, and a search
# takes its next step from the runs that there are.
. "$(dirname "$0")/resume_lib.sh"

interrupt INT 1 --rate auto
go_on
expect_kept
expect_true '(.capacity_probes | length == 2) and (.runs | length >= 16)'
interrupt KILL 5 --slo 'p50 < 300ms'
go_on
expect_kept
expect_true '(.slo.answers | length == 2) and (.runs | length >= 4) and ([.runs[].order] == [range(.runs | length)])'
expect_exit 2 "$bench" --resume "$result" --repeat 3
expect_error '--repeat: a search with --slo decides itself how many runs there are'
