#!/bin/bash
# tcp-split distributes connections over the links in proportion to their rates, and in an open loop
# requests in proportion to the connections.
. "$(dirname "$0")/lib.sh"
need_links
link='"delay": "20ms", "queue": "100p"'
echo "{\"links\": [{\"name\": \"a\", \"rate\": \"20mbit\", $link},
  {\"name\": \"b\", \"rate\": \"5mbit\", $link}]}" >links.json
split=(--scenario ./links.json --store builtin --congestion reno --proto tcp-split --op get
  --warmup 500ms)
expect_run 0 "${split[@]}" --size 16k -c 40 --rate 100 --duration 3s
expect_true '.runs[0].commands | any(contains(" --split 32,8 "))'
# 300 requests, a fifth of them over b: within four standard deviations, and far from half of them.
expect_true '.runs[0].links | .[1].client_rx_bytes / (.[0].client_rx_bytes + .[1].client_rx_bytes)
  | . > 0.1 and . < 0.3'
expect_run 0 "${split[@]}" --size 1k -c 1 --duration 500ms
expect_true '.runs[0].links | .[0].client_rx_bytes > 0 and .[1].client_rx_bytes == 0'
expect_stdout 'b got no connection, because there are fewer connections than links'
rm links.json
