#!/usr/bin/env bash
# Installs missing packages, builds, and runs every test tier: unit, system (loopback), netns (needs
# root or user namespaces), stores (Valkey, Redis and other programs over MPTCP), page (reports in a
# browser), vm (kernels in virtual machines).
#
#   ./tests/run.sh                all tiers; the last line is "N passed, N failed, N skipped"
#   ./tests/run.sh unit system    these tiers only
#   ./tests/run.sh package        packages as users install them: not one of all tiers
#
# A test that this host cannot run is skipped with its reason. With MPB_MUST=1, as in CI, that is a
# failure.
set -euo pipefail
cd "$(dirname "$0")/.."
. netns/setup.sh
. tests/setup.sh

[ $# -gt 0 ] || set -- unit system netns stores page vm
ensure_packages "${build_packages[@]}"
prepare_tests "$@"
build
suites=()
for suite in "$@"; do suites+=(--suite "$suite"); done
rc=0
# One more than there are processors, because some of the tests that run in parallel mostly wait.
meson test -C build --no-rebuild --num-processes $(($(nproc) + 1)) \
  --print-errorlogs "${suites[@]}" || rc=$?
python3 tests/count.py build/meson-logs/testlog.json || rc=1
exit "$rc"
