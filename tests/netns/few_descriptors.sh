#!/bin/bash
# With too few file descriptors, each step fails at once with an error and leaves nothing behind. It
# does not hang or write a broken result.
. "$(dirname "$0")/lib.sh"
need_links
for ((limit = 8; limit <= 40; limit += 2)); do
  status=0
  (ulimit -n $limit && exec timeout -s KILL 20 "$bench" --quiet --store builtin --proto tcp \
    --op get --size 4k -c 2 --warmup 0s --duration 100ms -o "$result") \
    >"$work/out" 2>"$work/err" </dev/null || status=$?
  case $status in
    0) ;;
    1 | 2 | 77) grep -q '^mptcp-bench: ' "$work/err" || [ -e "$result" ] ||
      fail "limit $limit: exit status $status without a message" ;;
    *) fail "limit $limit: exit status $status" ;;
  esac
  nothing_left || fail "limit $limit"
done
