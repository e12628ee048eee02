#!/bin/bash
# lab --check sends packets over the links to test whether they match the scenario. It names each
# link that does not, and the exit status shows it.
. "$(dirname "$0")/lib.sh"
need_links
cat >"$work/links.json" <<'JSON'
{"links": [{"name": "lossy", "rate": "20mbit", "delay": "8ms", "loss": "5%", "queue": "200p"},
           {"name": "uneven", "rate": "8mbit", "delay": "20ms", "jitter": "3ms",
            "up": {"rate": "2mbit", "delay": "30ms"}}]}
JSON
within() { awk "BEGIN { exit !($1 >= $2 && $1 <= $3) }" || fail "$1 is not between $2 and $3"; }
# On a busy machine packets are late, and its pauses leave a line idle. Each direction must match
# once in five attempts. Otherwise the last attempt may report that it is a little late or slow, and
# nothing else.
declare -A rate=([lossy up]=20 [lossy down]=20 [uneven up]=2 [uneven down]=8) \
  delay=([lossy up]=8 [lossy down]=8 [uneven up]=30 [uneven down]=20)
declare -A right_rate right_delay
for _ in 1 2 3 4 5; do
  timeout 100 "$bench" lab "$work/links.json" --check >"$work/out" 2>"$work/err"
  status=$?
  [ "$(grep -cE ' (ok|OFF)$' "$work/out")" = 4 ] || fail 'the table does not have four verdicts'
  while read -r link way mbit _ median _; do
    right_rate[$link $way]=$mbit right_delay[$link $way]=$median
  done < <(grep ' ok$' "$work/out")
  [ $status != 0 ] && [ ${#right_rate[@]} -lt 4 ] || break
done
for direction in "${!rate[@]}"; do
  if [ -n "${right_rate[$direction]:-}" ]; then
    within "${right_rate[$direction]}" "$((rate[$direction] * 97)) / 100" \
      "$((rate[$direction] * 103)) / 100"
    [ "$direction" != 'uneven up' ] || within "${right_delay[$direction]}" 26.95 34.5
    continue
  fi
  clauses=$(sed -nE "s/^  $direction: (.*)\.$/\1/p" "$work/out" | sed 's/; /\n/g')
  [ -n "$clauses" ] || fail "$direction never matched the scenario"
  while read -r clause; do
    case $clause in
      'the rate is '*)
        within "$(cut -d ' ' -f 4 <<<"$clause")" "$((rate[$direction] * 80)) / 100" \
          "$((rate[$direction] * 103)) / 100" ;;
      'the '*' delay is '*)
        within "$(cut -d ' ' -f 5 <<<"$clause")" "${delay[$direction]}" \
          $((delay[$direction] + 15)) ;;
      *) fail "$direction: $clause" ;;
    esac
  done <<<"$clauses"
done
# No machine here can do this, so it is reported, with the figure.
echo '{"links": [{"name": "fast", "rate": "100gbit"}]}' >"$work/fast.json"
expect_exit 1 "$bench" lab "$work/fast.json" --check
expect_stdout 'fast up: the rate is '
expect_stdout 'Mbit/s instead of 100000'
expect_exit 2 "$bench" lab "$work/links.json" --check -- true
expect_error '--check: sends its own packets, so it does not go with a command'
