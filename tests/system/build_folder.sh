#!/bin/bash
# A build finds the data of its source tree wherever its folder is, even after both have moved.
. "$(dirname "$0")/../netns/lib.sh"
need meson ninja
# The build is configured but not compiled. It contains the program under test.
mkdir "$work/source"
cp -a "$root"/{meson.build,meson_options.txt,src,tests,docs,netns,plots,results,workloads} \
  "$work/source"
expect_exit 0 meson setup "$work/elsewhere/build" "$work/source"
cp "$bench" "$work/elsewhere/build/"
expect_exit 0 "$work/elsewhere/build/mptcp-bench" --dry-run --links tun --store builtin \
  --scenario wifi-and-lte
mkdir "$work/moved" && mv "$work/source" "$work/elsewhere" "$work/moved"
expect_exit 0 "$work/moved/elsewhere/build/mptcp-bench" --dry-run --links tun --store builtin \
  --scenario wifi-and-lte
expect_exit 0 "$work/moved/elsewhere/build/mptcp-bench" report "$root/tests/golden/result.json" \
  -o "$work/report.html"
expect_stderr "plots/setup.sh $work/moved/elsewhere/build fetches it"
rm "$work/moved/source/netns/wifi-and-lte.json"
expect_exit 2 "$work/moved/elsewhere/build/mptcp-bench" --dry-run --links tun --store builtin \
  --scenario wifi-and-lte
expect_stderr 'unknown scenario "wifi-and-lte"'
