#!/bin/bash
# Links that are too fast for the emulator on this host. Two of 10 Gbit/s are so on every host: the
# run is invalid, and says that it was the emulator. Two of 1 Gbit/s are on many: such a run is
# invalid, or the links were full.
. "$(dirname "$0")/lib.sh"
[ -c /dev/net/tun ] || skip 'there is no /dev/net/tun'
need_links

# measure_at RATE: a run over two links of that rate; its exit status is in $status.
measure_at() {
  jq -n --arg rate "$1" '{links: ["link1", "link2"] | map({name: ., rate: $rate, delay: "1ms"})}' \
    >"$work/links.json"
  rm -f "$result"
  timeout -k 5 60 "$bench" --quiet --links tun --scenario "$work/links.json" --store builtin \
    --proto tcp-split --op get --size 16k -c 200 --congestion reno --warmup 500ms --duration 2s \
    --timeline off -o "$result" >"$work/out" 2>"$work/err" </dev/null
  status=$?
  [ -s "$result" ] || fail "no result at $1"
}

emulator='the link emulator (used|was late|did nothing)|read by the link emulator'
measure_at 10gbit
[ $status = 1 ] || fail "exit status $status, expected 1"
expect_true "any(.runs[0].invalid_reasons[]; test(\"$emulator\"))"

# A link of 1 Gbit/s carries 7250 replies of 16k a second.
measure_at 1gbit
expect_true ".runs[0] | (.invalid_reasons | length) > 0 or .throughput_rps > 0.8 * 2 * 7250"
