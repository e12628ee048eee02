#!/bin/bash
# Links carry IPv6 too, for every protocol, and a connection can have subflows of both versions of
# IP. Each run counts its connections by version.
. "$(dirname "$0")/lib.sh"
need_links
need nsenter

# versions PROTO IP: "link1 v6, link2 v4" of that run.
versions() {
  query "[.runs[] | select(.proto == \"$1\" and (.settings.ip // \"v4\") == \"$2\")
    | .ip_versions // {} | to_entries[] | \"\(.key) \(.value | keys | join(\"+\"))\"]
    | join(\", \")"
}
expect_versions() {
  [ "$(versions "$1" "$2")" = "$3" ] || fail "$1 with $2 used $(versions "$1" "$2"), expected $3"
}
expect_run 0 --scenario two-clean-links --store builtin --op get --size 4k \
  --proto tcp,tcp-split,mptcp,mptcp-one --ip v4,v6,dual --vary endpoints=signal "${quick[@]}"
expect_field '.runs | length' 12
expect_versions mptcp v4 ''
expect_versions tcp v6 'link1 v6'
expect_versions mptcp-one v6 'link1 v6'
expect_versions tcp-split v6 'link1 v6, link2 v6'
expect_versions mptcp v6 'link1 v6, link2 v6'
expect_versions tcp dual 'link1 v6'
expect_versions tcp-split dual 'link1 v6, link2 v4'
expect_versions mptcp dual 'link1 v6, link2 v4'
expect_true '[.runs[] | select(.proto == "mptcp") | .mptcp.subflows_min == 2] | all'
expect_true '.runs[] | select(.proto == "mptcp" and .settings.ip == "dual") | .timeline.subflows
  | [.[] | select(.link) | "\(.link) \(.local)"] | unique
  == ["link1 [fd00:0:1::1]", "link2 10.0.2.1"]'

# Both versions carry data once the first link is full.
expect_run 0 --scenario two-clean-links --store builtin --op get --size 16k --proto mptcp \
  --ip v6,dual --vary endpoints=signal --warmup 500ms --duration 500ms -c 100
expect_true '.runs | all(.links | all(.client_rx_bytes > 100000))'

# Every mode of endpoints over IPv6, and several subflows on a link.
expect_run 0 --scenario two-clean-links --store builtin --op get --size 1k --proto mptcp --ip v6 \
  --vary endpoints=subflow,maintainers,fullmesh,backup,none "${quick[@]}"
expect_field '[.runs[] | "\(.settings.endpoints // "subflow") \(.mptcp.subflows_max)"]
  | sort | join(",")' 'backup 2,fullmesh 4,maintainers 2,none 1,subflow 2'
expect_run 0 --scenario two-clean-links --store builtin --op get --size 1k --proto mptcp --ip v6 \
  --vary subflows-per-link=2 "${quick[@]}"
expect_field '.runs[0].mptcp.subflows_min' 4
expect_run 0 --scenario two-clean-links --store builtin --op get --size 1k --proto mptcp \
  --ip dual --vary endpoints=maintainers "${quick[@]}"
expect_field '.runs[0].mptcp | "\(.subflows_min) \(.subflows_max)"' '2 2'

# A link without anything to emulate, and another store.
expect_run 0 --scenario stack-cost --store builtin --op get --size 1k --proto tcp --ip v6 \
  "${quick[@]}"
expect_field '.runs[0].ip_versions.link1 | keys[0]' v6
expect_true '(.store.command | index("::")) and (.environment.commands
  | any(startswith("[client] ip -6 address add fd00:0:1::1")))'
if command -v redis-server mptcpize >/dev/null; then
  expect_run 0 --scenario two-clean-links --store redis --op get --size 1k --proto mptcp \
    --ip dual --vary endpoints=signal "${quick[@]}"
  expect_field '.runs[0].mptcp | "\(.fallbacks) \(.subflows_min)"' '0 2'
fi

expect_exit 0 "$bench" lab two-clean-links --store builtin --ip v6 -- \
  sh -c 'echo "$STORE_HOST"; ip -6 -br address show dev link2'
expect_stdout 'fd00:1:1::1'
expect_stdout 'fd00:0:2::1'

expect_exit 2 "$bench" --dry-run --ip v4,v7
expect_error '--ip: ip: unknown version "v7"; did you mean "v4"?'
expect_exit 2 "$bench" --dry-run --ip dual
expect_error '--vary: mptcp+dual: ip dual: with the endpoints subflow a client does not learn the '\
'server'\''s address of the other version of IP; add --vary endpoints=signal, in which the server '\
'announces it'
expect_exit 2 "$bench" --dry-run --ip v6 --vary path-manager=mptcpd
expect_error '--vary: mptcp+v6+mptcpd: ip v6: mptcpd would make endpoints of the client'\''s IPv4 '\
'addresses too; use v4, or path-manager=kernel'
