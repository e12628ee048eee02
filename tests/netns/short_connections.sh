#!/bin/bash
# A workload may have a new connection for every request. Their subflows join in time or not, which
# is noted and makes no run invalid.
. "$(dirname "$0")/lib.sh"
need_links
expect_run 0 --scenario two-clean-links --workload short-connections --store builtin \
  --proto tcp,tcp-split,mptcp,mptcp-one "${quick[@]}"
expect_field '.runs | length' 4
expect_true '.runs | all(.ended_connections.connections > 10 and .errors == {})'
# To connect, the PING and the request take 10 ms each, and 10 connections are open at a time.
expect_true '.runs | all(.throughput_rps <= 360 and .reconnects == 0)'
expect_true '.runs | all(.requests <= .ended_connections.connections + 10)'
expect_true '.runs[] | select(.proto == "mptcp") | .notes
  | any(test("^[0-9]+ of [0-9]+ connections that ended in the window .* had all 2 subflows"))'
# A busy machine may have made every run invalid. There are then no figures.
if query 'any(.runs[]; .valid)' >/dev/null; then
  expect_field '.figures[0].cell' get_1k_c10_1perconn
fi

# Connections of many requests over short links mostly have all subflows when they end.
echo '{"requests_per_connection": 50, "ops": ["get"], "sizes": ["1k"]}' >"$work/fifty.json"
expect_run 0 --scenario two-clean-links --workload "$work/fifty.json" --store builtin \
  --proto mptcp --warmup 200ms --duration 2s -c 5
expect_true '.runs[0].ended_connections | .complete > 0 and .complete >= .connections / 2
  and .fallbacks == 0'
"$bench" report "$result" -o "$work/report.html" >"$work/out" 2>"$work/err" || fail 'no report'
