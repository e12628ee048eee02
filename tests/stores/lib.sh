# shellcheck shell=bash
# Sourced by every test in this folder, before everything else: tests/netns/lib.sh and a current
# userland (tests/userland) in PATH.
userland=$(dirname "$(realpath "${MPTCP_BENCH:-build/mptcp-bench}")")/userland
# Before the test has a network of its own, over which no package could be fetched.
if [ -z "${MPB_TEST_INSIDE:-}" ]; then
  no_userland=$("$(dirname "$0")/../userland/make.sh" "$userland") ||
    : "${no_userland:=no current userland: making it failed}"
  export no_userland
fi
. "$(dirname "$0")/../netns/lib.sh"

# Puts it first in PATH. That it cannot be had is a fact about the machine, or about a distribution
# that moves.
need_userland() {
  [ -z "$no_userland" ] || skip_always "$no_userland"
  PATH=$userland/bin:$PATH
}
