#!/bin/bash
# A backup link has a subflow on every connection, and carries almost no data while the other link
# works.
. "$(dirname "$0")/lib.sh"
need_links
share='.runs[0].links | map(.client_rx_bytes) | .[1] / add'
# The links limit the load even on a busy machine, and their queues overflow, so that one link is
# not enough.
jq 'del(.events) | .links[] += {rate: "20mbit", delay: "20ms", queue: "100p"}' \
  "$root/netns/backup-link.json" >"$work/backup.json"
jq 'del(.links[].backup)' "$work/backup.json" >"$work/both.json"
for links in backup both; do
  expect_run 0 --scenario "$work/$links.json" --store builtin --congestion reno --proto mptcp \
    --op get --size 16k -c 40 --warmup 500ms --duration 2s
  expect_true '.runs[0].mptcp | .fallbacks == 0 and .subflows_min == 2'
  # Each subflow reports its flag itself.
  if [ $links = backup ]; then flags='[false,true]'; else flags='[false,false]'; fi
  expect_true "[.runs[0].timeline.subflows[] | select(.link) | {link, backup}] | group_by(.link)
    | map(unique | .[].backup) == $flags"
  if [ $links = backup ]; then expect_true "($share) < 0.01"; else expect_true "($share) > 0.1"; fi
done
