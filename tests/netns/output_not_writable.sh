#!/bin/bash
# If the result cannot be written, the error comes before the first run, not after the last.
. "$(dirname "$0")/lib.sh"
mkdir "$work/locked" && mount -t tmpfs -o ro none "$work/locked"
expect_exit 2 "$bench" --quiet -o "$work/locked/x.json"
expect_error "$work/locked/x.json: cannot write to $work/locked: Read-only file system; \
choose another folder with -o FILE"
expect_exit 2 "$bench" --quiet -o "$work/no/such/x.json"
expect_error "$work/no/such/x.json: cannot write to $work/no/such: No such file or directory; \
choose another folder with -o FILE"
expect_exit 2 "$bench" --quiet -o "$work"
expect_error "$work: is a directory; name a file"
umount "$work/locked"
