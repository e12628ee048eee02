#!/bin/bash
# A backup link has its subflow on every connection and carries next to nothing while the other link works.
. "$(dirname "$0")/lib.sh"
need_links
share='.runs[0].links | map(.client_rx_bytes) | .[1] / add'
jq 'del(.events)' "$root/netns/backup-link.json" >"$work/backup.json"
jq 'del(.events, .links[].backup)' "$root/netns/backup-link.json" >"$work/both.json"
for links in backup both; do
  expect_run 0 --scenario "$work/$links.json" --store builtin --proto mptcp --op get --size 16k -c 100 --warmup 500ms --duration 1s
  expect_true '.runs[0].mptcp | .fallbacks == 0 and .subflows_min == 2'
  if [ $links = backup ]; then expect_true "($share) < 0.01"; else expect_true "($share) > 0.1"; fi
done
