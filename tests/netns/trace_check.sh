#!/bin/bash
# lab --check measures that a link follows its trace, and sees a link that does not.
. "$(dirname "$0")/lib.sh"
need_links
printf '%s\n' time,rate,delay,loss 0,20mbit,2ms,2% 0.5,4mbit,8ms,0% 1,repeat >"$work/rates.csv"
seq 2 2 400 >"$work/six.trace"
echo '{"links": [{"name": "a", "queue": "100p", "up": {"trace": "six.trace", "delay": "3ms"},
                  "down": {"trace": "rates.csv"}}]}' >"$work/traced.json"
# As in lab_check, a busy machine may leave a line idle.
for _ in 1 2 3 4 5; do
  timeout 100 "$bench" lab "$work/traced.json" --check >"$work/out" 2>"$work/err" && break
done
[ "$(grep -c ' ok$' "$work/out")" = 2 ] || fail 'a direction never matched its trace'
expect_stdout '(trace: 6.06)'
expect_stdout '(trace: 12.0)'
