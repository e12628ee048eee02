#!/bin/bash
# The options of variants refuse wrong values, and --dry-run prints the world of each variant.
. "$(dirname "$0")/../netns/lib.sh"

# refused MESSAGE OPTION...
refused() {
  expect_exit 2 "$bench" --dry-run "${@:2}"
  expect_error "$1"
}
refused '--vary: "endpoints" is not a setting; write NAME=V1,V2 such as endpoints=subflow,signal' \
  --vary endpoints
refused '--vary: "endpoint" cannot vary; did you mean "endpoints"?' --vary endpoint=signal
refused '--vary: endpoints: unknown mode "sgnal"; did you mean "signal"?' --vary endpoints=sgnal
refused '--vary: endpoints is given twice; list all values once' \
  --vary endpoints=subflow --vary endpoints=signal
refused '--vary: congestion is given twice; list all values once' \
  --congestion cubic --vary congestion=cubic,bbr
refused '--vary: endpoints concerns none of the protocols tcp, mptcp-one; add mptcp to --proto' \
  --proto tcp,mptcp-one --vary endpoints=subflow,signal
refused '--vary: does not vary with --slo, which finds the rates for one set-up; start one '\
'experiment for each' --vary endpoints=subflow,signal --slo 'p99 < 20ms'
refused '--base: "mptcp+signal" does not run; choose from tcp, mptcp' --base mptcp+signal
refused '--target: uses a store and a network that exist already; leave out --scenario, --store, '\
'--links, --congestion, --ip, --vary and --sysctl' --target 127.0.0.1:1 --vary endpoints=signal
refused '--sysctl: "net.mptcp.enabled" is not a setting; write KEY=VALUE such as '\
'net.mptcp.enabled=1' --sysctl net.mptcp.enabled
for i in 1 2 3 4; do echo "{\"name\": \"link$i\"}"; done | jq -s '{links: .}' >"$work/four.json"
case $(uname -r) in [1-6].* | 7.[01].*)
  refused '--vary: mptcp+fullmesh: 16 subflows are too many: with this kernel a connection has at '\
'most 9; use fewer links' --scenario "$work/four.json" --vary endpoints=fullmesh
  refused '--vary: mptcp+subflows-per-link=5: 10 subflows are too many: with this kernel a '\
'connection has at most 9; use fewer links, or a smaller subflows-per-link' \
    --vary subflows-per-link=1,5
esac
refused '--vary: subflows-per-link: "0" is not a number from 1 to 65' --vary subflows-per-link=0
refused '--vary: mptcp+signal+subflows-per-link=2: subflows-per-link goes with the endpoints '\
'subflow and backup, in which the client opens all subflows' \
  --vary endpoints=signal --vary subflows-per-link=2

expect_exit 0 "$bench" --dry-run --op get --size 4k --store builtin --links tun --seed 1 \
  --vary endpoints=subflow,signal
expect_stdout '# the world of the next run does not have [client] ip mptcp endpoint add 10.0.2.1 '\
'dev link2 subflow'
expect_stdout '# the world of the next run has [server] ip mptcp endpoint add 10.1.2.1 dev '\
'link2 signal'
expect_stdout 'mptcp+signal get 4k'

# Named variants of a workload file.
workload() { printf '{"variants": %s}' "$1" >"$work/named.json"; }
workload '{"announced": {"endpoints": "signal", "net.mptcp.stale_loss_cnt": "8"}}'
expect_exit 0 "$bench" --dry-run --op get --size 4k --store builtin --links tun --seed 1 \
  --workload "$work/named.json"
expect_stdout '# the world of the next run has [server] ip mptcp endpoint add 10.1.2.1 dev '\
'link2 signal'
expect_stdout '# the world of the next run has [client] sysctl -w net.mptcp.stale_loss_cnt=8'
expect_stdout 'mptcp+announced get 4k'
named() { # VARIANTS MESSAGE
  workload "$1"
  refused "$2" --workload "$work/named.json"
}
named '{"a": {"endpoints": "sgnal"}}' \
  '--workload: /variants/a: endpoints: unknown mode "sgnal"; did you mean "signal"?'
named '{"a": {"congestion": "bbr"}}' \
  '--workload: /variants/a: congestion concerns TCP too; compare its values with --vary'
named '{"a": {"kernel.hostname": "x"}}' '--workload: /variants/a: "kernel.hostname" cannot vary; '\
'choose from congestion, ip, endpoints, subflows-per-link, path-manager, scheduler, store-mptcp, '\
'net.mptcp.NAME or any other sysctl'
named '{"a": {"endpoints": 1}}' \
  "$work/named.json: /variants/a/endpoints: 1 is not text; write \"8\""
named '{"a b c/": {"endpoints": "signal"}}' "$work/named.json: /variants/a b c/: cannot be a name; \
use letters, digits, -, _ and ."
refused '--vary: "variant" cannot vary; choose from congestion, ip, endpoints, subflows-per-link, '\
'path-manager, scheduler, store-mptcp, net.mptcp.NAME or any other sysctl' --vary variant=a
workload '{"a": {"endpoints": "signal"}}'
refused '--target: the variants of the workload file need links and a store of our own' \
  --target 127.0.0.1:1 --workload "$work/named.json"
