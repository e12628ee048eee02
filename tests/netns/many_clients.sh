#!/bin/bash
# Several clients, each behind links of its own, load one store together. The result has the figures
# of all together and of each by itself. A client that is killed makes the run invalid by its name.
. "$(dirname "$0")/lib.sh"
need_links
cat >"$work/three.json" <<'END'
{ "clients": 3,
  "links": [ { "name": "a", "rate": "10mbit", "delay": "5ms", "queue": "200p" },
             { "name": "b", "rate": "10mbit", "delay": "5ms", "queue": "200p" } ] }
END
three=(--scenario "$work/three.json" --store builtin --op get)

expect_run 0 "${three[@]}" --proto tcp,mptcp,tcp-split --size 4k "${quick[@]}"
expect_true 'all(.runs[]; [.hosts[].name] == ["client", "client2", "client3"])'
expect_true 'all(.runs[]; [.hosts[].connections] == [4, 3, 3])'
expect_true 'all(.runs[]; .requests == ([.hosts[].requests] | add))'
expect_true 'all(.runs[].hosts[]; .requests > 0)'
expect_true 'all(.runs[]; .latency_ns.last_byte.count == ([.hosts[].latency_ns.count] | add))'
# All windows are the same, so the counters of the links belong to all of them.
expect_true 'all(.runs[]; all(.hosts[]; has("clock") | not))'
# Each has two links of its own, and all of its connections a subflow over each.
expect_true 'all(.runs[]; [.hosts[].links[]] == [.links[].name])'
expect_true 'all(.runs[].hosts[].links; length == 2)'
expect_true 'all(.runs[] | select(.proto == "mptcp") | .hosts[].mptcp;
  .fallbacks == 0 and .subflows_min == 2 and .subflows_max == 2)'
expect_true '.runs[] | select(.proto == "mptcp") | .mptcp.connections == 10'
# The values of a client come over its own links: TCP uses the first of them only.
expect_true 'all(.runs[] | select(.proto != "mptcp"); .proto as $proto | .links as $links
  | all(.hosts[]; [.links[] as $name | $links[] | select(.name == $name) | .client_rx_bytes > 50000]
    == (if $proto == "tcp" then [true, false] else [true, true] end)))'
expect_true 'all(.runs[].kernel; (keys - ["client", "client2", "client3", "server"]) == []
  and (["client", "client2", "client3", "server"] - keys) == [])'
expect_stdout 'The hosts from which the load came'
grep -qE '^  GET 4k +tcp +client +[0-9]' "$work/out" || fail 'the table lacks the first client'
grep -qE '^ +client3 +[0-9]' "$work/out" || fail 'the table lacks the last client'

# The rate is that of all clients together: 150 requests in half a second, up to chance (4 sigma).
expect_run 0 "${three[@]}" --proto tcp --size 1k --rate 300 "${quick[@]}"
expect_true '.runs[0].requests > 100 and .runs[0].requests < 200'

expect_exit 2 "$bench" "${three[@]}" -c 5 -t 2
expect_error '5 connections for 3 hosts with 2 threads each: some threads would have none; '\
'use at least 6 connections (-c)'

kill_in_second_run 'load .*--part 2/3 --events' \
  'the load generator of client2 was killed by signal 9 (Killed)' --scenario "$work/three.json"
