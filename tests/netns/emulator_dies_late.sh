#!/bin/bash
# The link emulator dies right after each of its answers in turn. The run is valid only after the
# last one: by then the window has closed, its counters have been read, and no packet was lost
# except on the links. The processes are killed next anyway.
. "$(dirname "$0")/lib.sh"
[ -c /dev/net/tun ] || skip 'there is no /dev/net/tun'
need_links
export DIED=$work/died DIE_AFTER ASAN_OPTIONS=verify_asan_link_order=0
valid=()
for ((DIE_AFTER = 1; DIE_AFTER < 50; DIE_AFTER++)); do
  rm -f "$DIED" "$result"
  status=0
  LD_PRELOAD=$DIE_AFTER_LIBRARY timeout -k 5 60 "$bench" --quiet --links tun --store builtin \
    --proto tcp --op set --size 1k --timeline off \
    "${quick[@]}" -o "$result" >"$work/out" 2>"$work/err" </dev/null || status=$?
  [ -e "$DIED" ] || break
  if [ $status = 0 ] || { [ -s "$result" ] &&
    query '[.runs[] | reasons[]] == []' >/dev/null; }; then
    expect_true '.runs | length == 1 and all(.requests > 0 and (.links | length) == 2)'
    valid+=("$DIE_AFTER")
  elif [ -e "$result" ]; then
    expect_true '.runs | length == 1 and all(reasons[0] | startswith("the link emulator died"))'
  else
    expect_stderr 'the link emulator died'
  fi
done
[ ! -e "$DIED" ] || fail 'the emulator answers more than 50 times'
[ "$DIE_AFTER" -gt 5 ] || fail "the emulator answered only $((DIE_AFTER - 1)) times"
[ "${valid[*]}" = $((DIE_AFTER - 1)) ] ||
  fail "a run was valid although the emulator died after answer ${valid[*]} of $((DIE_AFTER - 1))"
