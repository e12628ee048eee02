#!/bin/bash
# Every cell runs under each condition of a grid: the links really have its delays and rates.
. "$(dirname "$0")/lib.sh"
need_links

expect_run 0 --scenario two-clean-links --store builtin --op get --size 16k --proto tcp,mptcp \
  --grid link1.delay=1ms,30ms --grid 'link*.rate=4mbit,40mbit' --warmup 300ms --duration 1s -c 4
expect_field '[.runs[] | "\(.conditions["link1.delay"]) \(.conditions["link*.rate"]) \(.proto)"]
  | sort | join(",")' \
  '1ms 40mbit mptcp,1ms 40mbit tcp,1ms 4mbit mptcp,1ms 4mbit tcp,'\
'30ms 40mbit mptcp,30ms 40mbit tcp,30ms 4mbit mptcp,30ms 4mbit tcp'
# Both contestants of a condition run one directly after the other.
expect_true '[.runs[] | .conditions] | [range(0; 8; 2) as $i | .[$i] == .[$i + 1]] | all'
# The first byte of a reply needs a round trip. TCP uses the first link alone.
first='[.runs[] | select(.proto == "tcp" and .conditions["link*.rate"] == "40mbit")'
expect_true "$first"' | select(.conditions["link1.delay"] == "30ms")
  | .latency_ns.first_byte.histogram.min >= 60e6] == [true]'
expect_true "$first"' | select(.conditions["link1.delay"] == "1ms")
  | .latency_ns.first_byte.histogram.min < 30e6] == [true]'
# The counters of the links: no more than the rate, and more than the other rate.
expect_true '[.runs[] | select(.conditions["link*.rate"] == "4mbit")
  | .links[].client_rx_bytes * 8 / .duration_s <= 4.4e6] | all'
expect_true '[.runs[] | select(.proto == "tcp" and .conditions == {"link1.delay": "1ms",
  "link*.rate": "40mbit"}) | .links[0].client_rx_bytes * 8 / .duration_s > 8e6] == [true]'
# The wire model takes the rates of the condition: at 4 Mbit, TCP fills its link.
expect_true '[.explanations[] | select(.proto == "tcp" and .conditions == {"link1.delay": "1ms",
  "link*.rate": "4mbit"}) | .of_links.link1 | . > 0.7 and . < 1.2] == [true]'
expect_true '[.figures[].cell] | index("get_16k_c4_link1.delay=30ms_link_.rate=4mbit") != null'
expect_stdout 'GET 16k: throughput of mptcp as a ratio to tcp'
expect_stdout 'GET 16k, link1.delay 30ms, link*.rate 4mbit'

# Links that nothing shapes have no conditions.
expect_exit 2 "$bench" --scenario stack-cost --store builtin --grid link1.delay=5ms,20ms
expect_error '--grid: link1.delay: client and server of stack-cost are joined directly, without a '\
'link that can be shaped; add --links netem or --links tun'
