#!/bin/bash
# A link behaves as its scenario describes: a round trip takes at least twice the delay, and no
# transfer is faster than the rate. The bounds allow for a busy machine: the round trip may take
# half as long again, and the queue bridges pauses.
. "$(dirname "$0")/lib.sh"
need_links
need redis-benchmark
echo '{"links": [{"name": "long", "rate": "20mbit", "delay": "40ms", "queue": "1000p"}]}' \
  >"$work/long.json"
echo '{"links": [{"name": "slow", "rate": "20mbit", "delay": "8ms", "queue": "1000p"}]}' \
  >"$work/slow.json"
over_links() {
  expect_exit 0 "$bench" lab "$work/$1.json" --store builtin -- \
    sh -c "redis-benchmark -h \$STORE_HOST --csv $2"
}
column() { tail -n 1 "$work/out" | tr -d '"' | cut -d, -f "$1"; } # test,rps,avg,min,p50,p95,p99,max
over_links long '-t ping_mbulk -c 1 -n 30'
awk "BEGIN { exit !($(column 4) >= 80 && $(column 5) < 120) }" ||
  fail "round trips of $(column 4) to $(column 8) ms with 40 ms each way"
# This key is not stored, so the replies do not fill a link, but they show that the store answers.
over_links slow '-t get -c 8 -n 1 -d 16384 -r 1'
over_links slow '-t set -c 8 -n 400 -d 16384'
# 16384 bytes in full frames of 1514 bytes: 16384 * 1514 / 1448 at 20 Mbit/s are 145.9 a second.
awk "BEGIN { exit !($(column 2) <= 146 && $(column 2) > 100) }" ||
  fail "$(column 2) SETs of 16k a second over 20 Mbit/s"
