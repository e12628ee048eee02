# A kernel's source tree that a test may change; tests source this. $source is the original tree,
# $tree the copy, and $kernels the folder of the kernels that were built from it. Only net/mptcp is
# copied, and the other files are hard links if possible, so a test must not change those.
# shellcheck shell=bash disable=SC2034,SC2154  # the test that sources this sets $here

cache=$here/../../build/vm-cache  # that of build_uml.sh

# Ends with 77, and the reason as the last line on stderr. In CI, too: it could not install anything
# that would help.
give_up() {
  echo '0 passed, 0 failed, 1 skipped'
  echo "skip  $1" >&2
  exit 77
}

# In CI a missing program is a failure, because CI could have installed it.
fail_in_ci() { [ "${MPB_MUST:-0}" != 1 ] || { echo "$1" >&2; exit 1; }; }

# Prints what a kernel depends on, if it is built of this tree: its files, or their names, sizes and
# times where git does not know them.
state_of() {  # TREE
  local top
  if top=$(git -C "$1" rev-parse --show-toplevel 2>/dev/null) && [ "$top" = "$1" ]; then
    git -C "$1" rev-parse HEAD
    git -C "$1" diff --binary HEAD
    git -C "$1" ls-files -z --others --exclude-standard | (cd "$1" && xargs -0r sha256sum --)
  else
    find "$1" -name .git -prune -o -type f -printf '%P %s %T@\n' | LC_ALL=C sort
  fi
}

find_tree() {
  source=${MPB_KERNEL_SOURCE:-}
  if [ -z "$source" ]; then
    if ! source=$("$here/get_kernel.sh" 2>&1); then
      source=${source##*$'\n'}
      case $source in *'is not installed'*) fail_in_ci "$source" ;; esac
      give_up "no kernel source is available here: $source"
    fi
    source=${source##*$'\n'}
  fi
  source=$(realpath "$source")
  # A change of the source, or of the way to build it, needs a new kernel.
  local source_and_build
  source_and_build=$(
    { echo "$source" && state_of "$source" &&
      cat "$here"/{uml.config,build_uml.sh} && "${CC:-gcc}" --version; } 2>/dev/null |
      sha256sum | cut -c 1-8
  )
  tree=$cache/${source##*/}-$source_and_build kernels=$cache/kernels-$source_and_build
}

# Only one test at a time may change the copy.
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

# Makes the copy equal to the original. All of net/mptcp is then newer than its objects.
restore_tree() { rm -rf "$tree/net/mptcp" && cp -r "$source/net/mptcp" "$tree/net/mptcp"; }

# apply_patch NAME: applies a patch of patches/ to the copy, in the lines and the function that it
# names. Otherwise prints the reason and fails.
apply_patch() {
  local patch=$here/patches/$1.patch file changed
  command -v patch >/dev/null || { echo 'patch is not installed'; return 1; }
  # --fuzz=0: with other lines around it, the patch would be a different change.
  patch -s -p1 --fuzz=0 --no-backup-if-mismatch -d "$tree" <"$patch" 2>&1 || return
  file=$(sed -n 's,^+++ b/,,p' "$patch")
  changed=$(diff -up "$source/$file" "$tree/$file" | functions_of)
  [ "$changed" = "$(functions_of <"$patch")" ] ||
    { echo "it would change $(echo $changed) instead"; return 1; }
}
# The functions that the hunks of a patch name.
functions_of() { sed -n 's/^@@.*@@ //p' | cut -c 1-40; }

# build_tree NAME: builds the copy in its present state as $kernels/NAME.
build_tree() {
  local kernel status=0
  kernel=$("$here/build_uml.sh" "$tree" 8>&-) || status=$?
  if [ $status = 77 ]; then
    fail_in_ci 'a kernel cannot be built here'
    give_up 'a kernel cannot be built here'
  fi
  [ $status = 0 ] && cp "$kernel" "$kernels/$1.part" && mv "$kernels/$1.part" "$kernels/$1"
}

# Builds the unchanged kernel, $kernels/base, if it does not exist.
need_base() { [ -e "$kernels/base" ] || { restore_tree && build_tree base; }; }
