#!/bin/bash
# Before the first run: the number of runs, and about how long they take. Then a line for each
# finished run with the time left, or on a terminal a line that is rewritten.
. "$(dirname "$0")/lib.sh"
with_store --proto tcp
run=("$bench" --target "$STORE" --proto tcp --op 'get,set' --size 1k --rate 500 "${quick[@]}")

# Their figures do not matter here, nor whether this machine was too busy for them.
timeout -k 5 60 "${run[@]}" -o "$result" >"$work/out" 2>"$work/err" </dev/null
expect_stderr 'mptcp-bench: 2 runs, about 3 s'
grep -qE '^mptcp-bench: run 1/2  get 1k tcp at 500 req/s: .+; about [0-9]+ s left$' "$work/err" ||
  fail 'no line with the time left for the first run'
grep -qE '^mptcp-bench: run 2/2  set 1k tcp at 500 req/s: ' "$work/err" ||
  fail 'no line for the second run'
[ "$(grep -c ' left$' "$work/err")" = 1 ] || fail 'time is left after the last run'

for silent in --quiet --json; do
  timeout -k 5 60 "${run[@]}" $silent -o "$work/silent.json" >"$work/out" 2>"$work/err" </dev/null
  [ ! -s "$work/err" ] || fail "$silent does not suppress the progress"
done

command -v script >/dev/null || exit 0
timeout -k 5 60 script -qc "${run[*]} -o $result" "$work/terminal" \
  >"$work/out" 2>"$work/err" </dev/null
grep -qaE 'run 1/2  get 1k tcp at 500 req/s: [a-z ]+; about [0-9]+ s left' "$work/terminal" ||
  fail 'the terminal does not show the time left'
