# shellcheck shell=bash
# Every test in this folder sources this first. It sources tests/netns/lib.sh and provides a current
# userland (tests/userland).
userland=$(dirname "$(realpath "${MPTCP_BENCH:-build/mptcp-bench}")")/userland
# Before the test has its own network, over which it could not fetch packages.
if [ -z "${MPB_TEST_INSIDE:-}" ]; then
  no_userland=$("$(dirname "$0")/../userland/make.sh" "$userland") ||
    : "${no_userland:=no current userland: making it failed}"
  export no_userland
fi
. "$(dirname "$0")/../netns/lib.sh"

# Gives the userland priority in PATH. If it cannot be made, the cause is the machine, or a change
# of Debian's unstable distribution.
need_userland() {
  [ -z "$no_userland" ] || skip_always "$no_userland"
  PATH=$userland/bin:$PATH
}
