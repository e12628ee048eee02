#!/usr/bin/env bash
# Measures the lines of src/ that tests execute, in a build folder of its own, build-clang. The
# build also shows that clang has no warning, and that each source includes every header that it
# uses, because it is compiled alone.
#
#   tests/coverage.sh            the tiers unit and system
#   tests/coverage.sh unit       these tiers only
#
# Its last lines are the figures; build-clang/coverage/index.html shows each file. Processes that
# end by a signal write no counters, so the load generator, the stores and the emulator count only
# where a test lets them end by themselves.
set -euo pipefail
cd "$(dirname "$0")/.."
. netns/setup.sh
. tests/setup.sh

[ $# -gt 0 ] || set -- unit system
ensure_packages "${build_packages[@]}" clang libclang-rt-14-dev llvm gcovr
[ "$*" = unit ] || prepare_tests "$@" # unit tests need no other program
folder=build-clang
# Not optimised, so that a line is what was written. Several threads count in the same counters.
[ -f $folder/build.ninja ] ||
  CC=clang CXX=clang++ meson setup $folder -Dwerror=true -Db_coverage=true -Doptimization=0 \
    -Ddebug=false -Dunity=off -Dcpp_args=-fprofile-update=atomic >/dev/null
ninja -C $folder --quiet
find $folder -name '*.gcda' -delete # of earlier runs
suites=()
for suite in "$@"; do suites+=(--suite "$suite"); done
rc=0
# The program is slower by a multiple, and the simulations make the same calls of stats ten thousand
# times. A test that fails has executed lines all the same.
export GTEST_FILTER='-Simulation.*:Search.IsUnbiased*'
meson test -C $folder --no-rebuild --timeout-multiplier 3 --print-errorlogs "${suites[@]}" || rc=$?
mkdir -p $folder/coverage
gcovr -j 2 --gcov-executable 'llvm-cov gcov' --root . --filter src/ --exclude-throw-branches \
  --exclude-unreachable-branches --html-details $folder/coverage/index.html --print-summary \
  $folder
exit "$rc"
