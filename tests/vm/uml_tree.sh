# A kernel's source tree that may be changed, for the tests that source this: $source is the tree
# that it is of, $tree the copy, $kernels the folder of the kernels that were built from it. Only
# net/mptcp is copied, the rest are hard links where that can be: nothing else may be changed.
# shellcheck shell=bash disable=SC2034,SC2154  # $here is that of who sources this

cache=$here/../../build/vm-cache  # that of build_uml.sh

# Ends with 77; the reason is the last line on stderr. In CI, too: without a source there is nothing
# that CI could install.
give_up() {
  echo '0 passed, 0 failed, 1 skipped'
  echo "skip  $1" >&2
  exit 77
}

# What CI could have installed is a failure there.
fail_in_ci() { [ "${MPB_MUST:-0}" != 1 ] || { echo "$1" >&2; exit 1; }; }

find_tree() {
  source=${MPB_KERNEL_SOURCE:-}
  if [ -z "$source" ]; then
    if ! source=$("$here/get_kernel.sh" 2>&1); then
      source=${source##*$'\n'}
      case $source in *'is not installed'*) fail_in_ci "$source" ;; esac
      give_up "no kernel source can be had here: $source"
    fi
    source=${source##*$'\n'}
  fi
  source=$(realpath "$source")
  # Of another source, or built in another way, it is another kernel.
  local state
  state=$({ echo "$source" && head -n 6 "$source/Makefile" && cat "$source"/net/mptcp/*.[ch] &&
    cat "$here"/{uml.config,build_uml.sh} && "${CC:-gcc}" --version; } 2>/dev/null |
    sha256sum | cut -c 1-8)
  tree=$cache/${source##*/}-$state kernels=$cache/kernels-$state
}

# One at a time changes it.
lock_tree() {
  mkdir -p "$kernels"
  exec 8>"$kernels/lock"
  flock 8
  [ ! -d "$tree" ] || return 0
  rm -rf "$tree.part"
  cp -al "$source" "$tree.part" 2>/dev/null ||
    { rm -rf "$tree.part" && cp -a --reflink=auto "$source" "$tree.part"; } || exit
  mv "$tree.part" "$tree"
}

# Everything of net/mptcp is newer then than what was built of it.
restore_tree() { rm -rf "$tree/net/mptcp" && cp -r "$source/net/mptcp" "$tree/net/mptcp"; }

# build_tree NAME: the tree as it is becomes $kernels/NAME.
build_tree() {
  local kernel status=0
  kernel=$("$here/build_uml.sh" "$tree" 8>&-) || status=$?
  if [ $status = 77 ]; then
    fail_in_ci 'a kernel cannot be built here'
    give_up 'a kernel cannot be built here'
  fi
  [ $status = 0 ] && cp "$kernel" "$kernels/$1.part" && mv "$kernels/$1.part" "$kernels/$1"
}

# The kernel without any change, $kernels/base.
need_base() { [ -e "$kernels/base" ] || { restore_tree && build_tree base; }; }
