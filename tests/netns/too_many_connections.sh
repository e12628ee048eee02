#!/bin/bash
# More connections than this shell may have open files are reported once, with the remedy, and not
# once per run.
. "$(dirname "$0")/lib.sh"
need_links
need setpriv
expect_exit 77 setpriv --bounding-set=-sys_resource bash -c 'ulimit -n 128 && exec "$@"' - \
  "$bench" --quiet --store builtin --proto tcp --op set --size 1k,4k --warmup 0s --duration 200ms \
  -c 200 -o "$result"
expect_error "200 connections need 264 open files, more than this shell's hard limit; raise it \
with: ulimit -Hn 264"
[ ! -e "$result" ] || fail 'a result was written without a run'
