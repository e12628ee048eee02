#!/bin/bash
# With a busy loop on every CPU a run is invalid, although no request waits long: throughput is a
# few per cent lower.
. "$(dirname "$0")/lib.sh"
[ -c /dev/net/tun ] || skip 'there is no /dev/net/tun'
need_links
for ((cpu = $(nproc); cpu > 0; --cpu)); do
  while [ $SECONDS -lt 30 ]; do :; done &
  children+=($!)
done
expect_exit 1 "$bench" --quiet --links tun --store builtin --proto tcp --op get --size 4k -c 50 \
  --congestion reno --warmup 500ms --duration 2s --timeline off -o "$result"
expect_true '.runs[0].invalid_reasons | any(test("other programs or the hypervisor took .* of a "
  + "CPU .limit 25 %., and (a load thread|the store) waited"))'
