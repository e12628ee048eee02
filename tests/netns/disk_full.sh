#!/bin/bash
# If the disk is full, an existing file stays as it is, and no part of the new one remains.
. "$(dirname "$0")/lib.sh"
need_links
mkdir "$work/small" && mount -t tmpfs -o size=16k none "$work/small"
echo '{"an": "older result"}' >"$work/small/x.json"
expect_exit 1 "$bench" --quiet --store builtin --proto tcp --op get --size 1k "${quick[@]}" \
  -o "$work/small/x.json"
expect_error "writing $work/small/x.json: No space left on device; make room, or choose another \
place with -o FILE"
! grep -q '^result: ' "$work/out" || fail 'the output names a result that was not written'
[ "$(ls -A "$work/small")" = x.json ] || fail "left in the folder: $(ls -A "$work/small")"
[ "$(cat "$work/small/x.json")" = '{"an": "older result"}' ] || fail 'the older result is damaged'
umount "$work/small"
