#!/bin/bash
# Tests that ab.sh detects the effect of a change of the kernel, and nothing else: applies each
# patch of patches/ to a kernel, and compares the answers with those that the patch announces, one
# for each of its cells.
#
# usage: tests/vm/patches_test.sh [NAME...]      (default: all)
#
# The kernel is that of get_kernel.sh, or the source tree that MPB_KERNEL_SOURCE names. A patch that
# does not apply fails with its name. For each patch the script prints the output of ab.sh and the
# time that it took.
#   SEEDS  number of seeds (8)
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
seeds=${SEEDS:-8}
passed=0 failed=0
. "$here/uml_tree.sh"

field() { sed -n "s/^$1: //p" "$here/patches/$2.patch"; }

# answers NAME CELL EXPECTED: ab.sh gives this answer in this cell, and TCP is unchanged.
answers() {
  local name=$1 expected=$3 options output status=0
  read -ra options <<<"$2"
  output=$("$here/ab.sh" --base "$kernels/base" --new "$kernels/$name" --seeds "$seeds" \
    --out "$results" -- "${options[@]}" 8>&-) || status=$?
  printf '%s\n' "$output"
  case $status in 0 | 3) ;; *) echo "FAIL  $name: ab.sh ended with $status"; return 1 ;; esac
  grep -q ' tcp  *identical ' <<<"$output" ||
    { echo "FAIL  $name: the control is not identical"; return 1; }
  # Not a word of its details.
  grep -qE " mptcp  +(differs with [0-9]+ of [0-9]+ seeds?, )?$expected(:| with )" <<<"$output" ||
    { echo "FAIL  $name: not \"$expected\""; return 1; }
}

# check NAME: ab.sh gives the answer that this patch announces for each of its cells.
check() {
  local name=$1 begin=$SECONDS cells expected output index
  mapfile -t cells < <(field Cell "$name")
  mapfile -t expected < <(field Expected "$name")
  [ ${#cells[@]} -gt 0 ] && [ ${#cells[@]} = ${#expected[@]} ] ||
    { echo "FAIL  $name: the patch does not announce one answer for each cell"; return 1; }
  restore_tree
  if ! output=$(apply_patch "$name"); then
    echo "FAIL  $name: does not apply to ${source##*/}: $output"
    return 1
  fi
  build_tree "$name" || { echo "FAIL  $name: does not build"; return 1; }
  for index in "${!cells[@]}"; do
    answers "$name" "${cells[index]}" "${expected[index]}" || return
  done
  echo "ok    $name: $(field Expected "$name" | paste -sd ,) ($((SECONDS - begin)) s)"
}

results=$(mktemp -d "${TMPDIR:-/tmp}/patches_test.XXXXXX")
trap 'rm -rf "$results"' EXIT
find_tree
lock_tree
need_base || exit
if [ $# = 0 ]; then
  for patch in "$here"/patches/*.patch; do set -- "$@" "$(basename "$patch" .patch)"; done
fi
for name; do
  if check "$name"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
done
echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
