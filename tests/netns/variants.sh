#!/bin/bash
# Variants of the MPTCP set-up compete in one block. Each run reads its set-up back from the kernel,
# and a run with another set-up is invalid.
. "$(dirname "$0")/lib.sh"
need_links
need nsenter

# Every mode has its number of subflows, in order: of "contestant subflows".
expect_run 0 --scenario two-clean-links --store builtin --op get --size 1k --proto tcp,mptcp \
  --vary endpoints=subflow,signal,maintainers,fullmesh,backup,none "${quick[@]}"
expect_field '[.runs[] | select(.proto == "mptcp")
  | "\(.settings.endpoints // "subflow") \(.mptcp.subflows_min)-\(.mptcp.subflows_max)"]
  | sort | join(",")' \
  'backup 2-2,fullmesh 4-4,maintainers 2-2,none 1-1,signal 2-2,subflow 2-2'
expect_field '[.runs[] | select(.proto == "tcp")] | length' 1
expect_stdout 'mptcp+signal'
expect_field '[.comparisons[] | select(.metric == "throughput") | .name | sub(".*/"; "")
  | gsub("\\+congestion=[a-z0-9]*"; "")] | sort | join(" ")' \
  'mptcp+endpoints=backup-vs-mptcp mptcp+endpoints=fullmesh-vs-mptcp '\
'mptcp+endpoints=maintainers-vs-mptcp mptcp+endpoints=none-vs-mptcp '\
'mptcp+endpoints=signal-vs-mptcp mptcp-vs-tcp'
# The time to each subflow is a result if there are more than two.
expect_field '[.runs[] | select(.connecting_ns | has("further_subflows")) | .settings.endpoints]
  | unique | join(" ")' fullmesh
expect_true '.runs[] | select(.settings.endpoints == "fullmesh")
  | .mptcp.connections as $all | .connecting_ns
  | (.further_subflows | map(.count)) == [$all, $all, $all]
    and .further_subflows[2].max == .all_subflows.max'
# A second link that is a backup carries nothing.
expect_true '[.runs[] | select(.settings.endpoints == "backup") | .links[1].client_rx_bytes < 20000]
  | all'

# Several subflows a link, and the links that carry them.
expect_run 0 --scenario two-clean-links --store builtin --op get --size 16k --proto mptcp \
  --vary subflows-per-link=1,4 --warmup 200ms --duration 500ms -c 20
expect_field '[.runs[] | "\(.settings["subflows-per-link"] // "1") \(.mptcp.subflows_min)"]
  | sort | join(",")' '1 2,4 8'
expect_true '.runs[] | select(.settings["subflows-per-link"] == "4") | .timeline.subflows
  | [.[] | select(.link)] | group_by(.connection)
  | all(map(.link) | sort == (["link1", "link2"] | map([., ., ., .]) | add))'

# Laminar endpoints, which Debian 12 and 13 have no word for in ip(8).
case $(uname -r) in
  [1-5].* | 6.[0-9].* | 6.1[0-7].*) ;;
  *)
    expect_run 0 --scenario two-clean-links --store builtin --op get --size 1k --proto mptcp \
      --vary endpoints=laminar "${quick[@]}"
    expect_field '.runs[0].mptcp | "\(.subflows_min) \(.subflows_max)"' '2 2' ;;
esac

# A sysctl by its own name.
expect_run 0 --scenario two-clean-links --store builtin --op get --size 1k --proto mptcp \
  --vary net.mptcp.stale_loss_cnt=1,8 --sysctl net.ipv4.tcp_sack=0 "${quick[@]}"
expect_field '[.runs[].settings["net.mptcp.stale_loss_cnt"]] | sort | join(" ")' '1 8'
expect_field '.environment.namespaces.client.sysctls["net.ipv4.tcp_sack"]' 0
expect_field '.parameters.sysctls["net.ipv4.tcp_sack"]' 0

# A sysctl that belongs to the host, one that does not exist, and a value that the kernel rounds.
host=net.core.netdev_budget
expect_exit 77 "$bench" --quiet --sysctl $host=600 --store builtin -o "$result"
expect_error "no setting $host in a network namespace: this kernel does not have it, or it belongs \
to the whole host"
expect_exit 2 "$bench" --sysctl kernel.panic=1
expect_error '--sysctl: "kernel.panic" belongs to the whole host; a namespace has settings of '\
'net. only'

# Behind our back: another program removes the endpoint, and changes a sysctl.
"$bench" --quiet --scenario two-clean-links --store builtin --op get --size 1k --proto mptcp \
  --sysctl net.mptcp.stale_loss_cnt=4 --warmup 200ms --duration 3s -c 4 -o "$result" \
  >"$work/out" 2>"$work/err" &
run=$!
wait_until process_of 'load .*--events'
sleep 1
load=$(process_of 'load .*--events')
nsenter --net="/proc/$load/ns/net" ip mptcp endpoint flush
nsenter --net="/proc/$load/ns/net" sysctl -qw net.mptcp.stale_loss_cnt=2
wait $run
[ $? = 1 ] || fail 'exit status is not 1'
expect_true '.runs[0].invalid_reasons
  | index("the client'\''s MPTCP endpoints are none instead of 10.0.2.1 dev link2 subflow")'
expect_true '.runs[0].invalid_reasons
  | index("net.mptcp.stale_loss_cnt of the client is 2 instead of 4")'
