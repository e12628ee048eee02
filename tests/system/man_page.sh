#!/bin/bash
# The man page has the options of each --help and no others, and its texts begin with those of
# --help.
. "$(dirname "$0")/../netns/lib.sh"
need python3
page=$root/docs/mptcp-bench.1

expect_exit 0 python3 "$root/tests/system/man_page.py" "$page" "$bench"

# refused SCRIPT TEXT: a page that sed has changed is refused with this text.
refused() {
  sed "$1" "$page" >"$work/page.1"
  expect_exit 1 python3 "$root/tests/system/man_page.py" "$work/page.1" "$bench"
  expect_stdout "$work/page.1: $2"
}
refused 's/^Connections to the store/Connections/' \
  'OPTIONS: -c,--connections does not begin with: Connections to the store (default: 50)'
refused '/SS load/,/SS serve/s/(default: 6379)/(default: 6380)/' \
  'load: -p,--port does not begin with: Port of the store (default: 6379)'
refused '/^\.B ....aa$/d' 'OPTIONS: lacks --aa'
refused 's/ ....aa$/ --ab/' 'OPTIONS: describes --ab, unknown to --help'
refused 's/^List the shipped/Lists the shipped/' 'list: the section does not begin with: List the'
refused 's/^\.SS serve/.SS served/' 'serve: lacks a section'
refused 's/^Resume the/Use --again to resume the/' 'names --again, unknown to every --help'
