#!/bin/bash
# An installed program finds its data, also in a staging folder. It writes results to ./results if
# that exists, else to the current folder, and never to its own folder.
. "$(dirname "$0")/lib.sh"
need_links
need meson
build=$(dirname "$bench")
[ -f "$build/meson-private/build.dat" ] || skip "$build is not a build folder"
expect_exit 0 meson install -C "$build" --no-rebuild --destdir "$work/stage"
bench=$(find "$work/stage" -path '*/bin/mptcp-bench' -type f)
find "$work/stage" | sort >"$work/installed"

# On a busy machine the run may be invalid (1), but it still has a result.
run_here() {
  local status=0
  timeout -k 5 60 "$bench" --quiet --links tun --store builtin --proto tcp --op get --size 1k \
    "${quick[@]}" >"$work/out" 2>"$work/err" || status=$?
  [ $status -le 1 ] || fail "exit status $status"
}
run_here
files=(*)
[ ${#files[@]} = 1 ] && [[ ${files[0]} == two-lossy-links-*Z.json ]] ||
  fail "expected one result in the current folder: ${files[*]}"
expect_stdout "result: ${files[0]}"
rm "${files[0]}" && mkdir results
run_here
files=(* results/*)
[ ${#files[@]} = 2 ] && [[ ${files[1]} == results/two-lossy-links-*Z.json ]] ||
  fail "expected one result in results/: ${files[*]}"
expect_stdout "result: ${files[1]}"
rm -r results
find "$work/stage" | sort | diff "$work/installed" - || fail 'a run has changed the installation'
