#!/bin/bash
# A link with a larger MTU carries larger segments in both directions, and every run reads the MTU
# back from the interfaces.
. "$(dirname "$0")/lib.sh"
need_links
need nsenter redis-benchmark
echo '{"links": [{"name": "link1", "rate": "50mbit", "delay": "1ms"},
                 {"name": "link2", "rate": "50mbit", "delay": "1ms", "mtu": "8000b"}]}' \
  >"$work/mixed.json"
echo '{"links": [{"name": "link1", "rate": "50mbit", "delay": "1ms", "mtu": "8000b"}]}' \
  >"$work/large.json"

# packets SCENARIO: sends 100 values of 16 KiB in each direction. A value takes 12 segments at 1500
# bytes and 3 at 8000, besides the acknowledgements.
packets() {
  expect_exit 0 "$bench" lab "$work/$1.json" --store builtin -- sh -c '
    redis-benchmark -q -h $STORE_HOST -t set,get -d 16384 -c 2 -n 100 >/dev/null
    ip -s -j link show dev link1'
  sent=$(jq '.[0].stats64.tx.packets' "$work/out")
  received=$(jq '.[0].stats64.rx.packets' "$work/out")
}
packets mixed
[ "$sent" -ge 1200 ] && [ "$received" -ge 1200 ] ||
  fail "$sent packets sent and $received received with an MTU of 1500"
packets large
[ "$sent" -ge 300 ] && [ "$sent" -lt 1000 ] && [ "$received" -ge 300 ] &&
  [ "$received" -lt 1000 ] || fail "$sent packets sent and $received received with an MTU of 8000"

# The check of the links sends full frames, and reads the MTU of both ends back.
timeout 100 "$bench" lab "$work/mixed.json" --check >"$work/out" 2>"$work/err"
[ "$(grep -cE '^  link1 +(up|down) +1500 \(1500\) ' "$work/out")" = 2 ] &&
  [ "$(grep -cE '^  link2 +(up|down) +8000 \(8000\) +[0-9]' "$work/out")" = 2 ] ||
  fail 'the table does not have both MTUs'

# One connection over both links.
expect_run 0 --scenario "$work/mixed.json" --store builtin --op get --size 256k --proto mptcp \
  --warmup 500ms --duration 500ms -c 20
expect_field '[.scenario.links[] | .up.mtu // "standard"] | join(" ")' 'standard 8000b'
expect_true '.runs[0].links | all(.client_rx_bytes > 100000)'

# As a condition of a grid, also where client and server are joined without an emulator. A reply of
# 16 KiB takes 12 segments at 1500 bytes and 2 at 9000.
for grid in 'two-clean-links link*.mtu' 'stack-cost link1.mtu'; do
  expect_run 0 --scenario "${grid% *}" --store builtin --op get --size 16k --proto tcp \
    --grid "${grid#* }=1500b,9000b" "${quick[@]}"
  expect_field '[.runs[] | {mtu: .conditions[], segments: (.kernel.server.TcpOutSegs / .requests)}]
    | sort_by(.mtu) | map("\(.mtu) \(.segments >= 10) \(.segments < 8)") | join(",")' \
    '1500b true false,9000b false true'
done

# Behind our back: another program changes the MTU.
"$bench" --quiet --scenario "$work/mixed.json" --store builtin --op get --size 1k --proto mptcp \
  --warmup 200ms --duration 3s -c 4 -o "$result" >"$work/out" 2>"$work/err" &
run=$!
wait_until process_of 'load .*--events'
load=$(process_of 'load .*--events')
nsenter --net="/proc/$load/ns/net" ip link set dev link2 mtu 4000
wait $run
[ $? = 1 ] || fail 'exit status is not 1'
expect_true '.runs[0].invalid_reasons
  | index("the MTU of the client'\''s link2 is 4000 bytes instead of 8000")'
