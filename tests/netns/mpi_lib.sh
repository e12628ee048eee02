# shellcheck shell=bash disable=SC2034
# Sourced by the tests under mpirun.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need mpirun redis-cli meson
[ -x "${bench%/*}/mptcp-bench-mpi" ] ||
  skip 'mptcp-bench was built without MPI; install libopenmpi-dev and configure the build again'

# Open MPI refuses root, and more ranks than processors, without these. Its files are the test's.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_btl_vader_backing_directory=$work TMPDIR=$work
host=$(uname -n)
short=(--op get --size 1k -r 100 --warmup 200ms)

# The number of keys in the store is 0.
keys_gone() { [ "$(redis-cli -h "${STORE%:*}" -p 7379 dbsize)" = 0 ]; }

# rank_process RANK PATTERN: prints the process of that rank whose command line matches.
rank_process() {
  local directory
  for directory in /proc/[0-9]*; do
    grep -zqx "OMPI_COMM_WORLD_RANK=$1" "$directory/environ" &&
      tr '\0' ' ' <"$directory/cmdline" | grep -q -- "$2" && echo "${directory#/proc/}" && return
  done 2>/dev/null
  return 1
}
