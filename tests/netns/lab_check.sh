#!/bin/bash
# Whether the links are what the scenario says is found out by sending over them; a link that is not is named, and the exit status says so.
. "$(dirname "$0")/lib.sh"
need_links
cat >"$work/links.json" <<'JSON'
{"links": [{"name": "lossy", "rate": "20mbit", "delay": "8ms", "loss": "5%", "queue": "200p"},
           {"name": "uneven", "rate": "8mbit", "delay": "20ms", "jitter": "3ms", "up": {"rate": "2mbit", "delay": "30ms"}}]}
JSON
measured() { awk -v link="$1" -v way="$2" '$1 == link && $2 == way { print $'"$3"' }' "$work/out"; }
within() { awk "BEGIN { exit !($1 >= $2 && $1 <= $3) }" || fail "$1 is not between $2 and $3"; }
# A busy machine is late. So each direction is to be found right once, or else late by some milliseconds, as is then said, and nothing else.
declare -A least=([lossy up]=8 [lossy down]=8 [uneven up]=30 [uneven down]=20) right
for _ in 1 2 3 4 5; do
  timeout 100 "$bench" lab "$work/links.json" --check >"$work/out" 2>"$work/err"
  status=$?
  [ "$(grep -cE ' (ok|OFF)$' "$work/out")" = 4 ] || fail 'not every direction has its verdict'
  while read -r link way median; do right[$link $way]=$median; done < <(awk '/ ok$/ { print $1, $2, $5 }' "$work/out")
  [ $status != 0 ] && [ ${#right[@]} -lt 4 ] || break
done
for direction in "${!least[@]}"; do
  [ -z "${right[$direction]:-}" ] || continue
  late=$(sed -nE "s/^  $direction: the (least|median) delay is ([0-9.]+) ms instead of [0-9.]+( to [0-9.]+)?\.$/\2/p" "$work/out")
  [ -n "$late" ] || fail "$direction was never taken as configured"
  within "$late" "${least[$direction]}" $((least[$direction] + 10))
done
[ -z "${right[uneven up]:-}" ] || within "${right[uneven up]}" 26.95 34.5
within "$(measured lossy up 3)" 19.4 20.6
within "$(measured uneven up 3)" 1.94 2.06
within "$(measured uneven down 3)" 7.76 8.24
# What no machine here can do: it is said, and with the figure.
echo '{"links": [{"name": "fast", "rate": "2000gbit"}]}' >"$work/fast.json"
expect_exit 1 "$bench" lab "$work/fast.json" --check
expect_stdout 'fast up: the rate is '
expect_stdout 'Mbit/s instead of 2000000'
expect_exit 2 "$bench" lab "$work/links.json" --check -- true
expect_error '--check: sends packets of its own; it does not go with a command'
