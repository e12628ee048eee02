#!/usr/bin/env bash
# Measures the packet scheduler of MPTCP and two changes of it, for scheduler.md: builds the kernels
# in which it differs, and compares them in User Mode Linux.
#
#   docs/answers/scheduler.sh             all parts: about an hour of one processor
#   docs/answers/scheduler.sh PART...     some of them: decisions, closed, open
#
# Each run has a machine of its own and leaves its result in build/answers/scheduler. A later call
# makes only those that are missing, so this script can be stopped at any time. SEEDS is the number
# of runs of each kernel in each cell (default: 8). MPB_KERNEL_SOURCE names another kernel source.
# Without PART the output goes to docs/answers/scheduler.txt.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD/tests/vm work=build/answers
# shellcheck source-path=SCRIPTDIR/../.. source=tests/vm/uml_tree.sh
. tests/vm/uml_tree.sh

is_built() {  # NAME PATCH...
  local patch
  [ -e "$kernels/$1" ] || return 1
  for patch in "${@:2}"; do
    [ "$kernels/$1" -nt "$here/patches/$patch.patch" ] || return 1
  done
}

# Builds a kernel with some of patches/.
build() {  # NAME PATCH...
  local patch
  ! is_built "$@" || return 0
  restore_tree
  for patch in "${@:2}"; do
    patch -s -p1 --fuzz=0 --no-backup-if-mismatch -d "$tree" <"$here/patches/$patch.patch"
  done
  build_tree "$1"
}

find_tree
lock_tree
build base
build base-events features/scheduler-events
for name in ties-by-pace queue-ignored; do
  build $name $name
  build $name-events $name features/scheduler-events
done
exec 8>&-

mkdir -p $work
# For a tc that supports netem's seeds, if tests/userland/make.sh has fetched one.
PATH=$PWD/build/userland/sbin:$PATH
python3 docs/answers/scheduler.py --kernels "$kernels" --out $work/scheduler \
  --seeds "${SEEDS:-8}" "$@" >$work/scheduler.part
cat $work/scheduler.part
[ $# -gt 0 ] || cp $work/scheduler.part docs/answers/scheduler.txt
