#!/bin/bash
# Builds the User Mode Linux kernel that tests/vm/run.sh --uml starts, and prints the path of its
# program. The first build takes minutes, the next one only what a change of the source costs:
# seconds.
#
# usage: tests/vm/build_uml.sh KERNEL_TREE [OUTPUT]
#        (default: build/vm-cache/uml-NAME of this checkout, 120 MB)
#
#   tests/vm/build_uml.sh "$(tests/vm/get_kernel.sh)"
#   tests/vm/build_uml.sh ~/linux /tmp/new
#   tests/vm/run.sh --uml /tmp/new/linux -- mptcp-bench doctor
#
# Nothing is written to KERNEL_TREE, so kernels of several states of it can be kept, each in an
# OUTPUT of its own. The configuration is tinyconfig with tests/vm/uml.config, whatever OUTPUT had
# before. MAKEFLAGS (default: -j with the number of processors) and CC are make's.
#
# Exit status: 0, 1 the build failed or the kernel lacks an option, 2 bad usage, 77 a program is
# missing (all are named), or the disk is full.
set -euo pipefail

die() { echo "tests/vm/build_uml.sh: ${*:2}" >&2; exit "$1"; }
usage() { sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; }

case ${1:-} in
  -h | --help) usage; exit 0 ;;
  -*) die 2 "unknown option $1; see --help" ;;
esac
[ $# -ge 1 ] && [ $# -le 2 ] ||
  die 2 "a kernel tree is needed, and at most one folder more; see --help"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
wanted=$here/uml.config
[ -e "$1/Kconfig" ] && [ -d "$1/arch/um" ] ||
  die 2 "$1 is not a kernel tree: it has no Kconfig, or no arch/um"
tree=$(realpath "$1")
# Trees of one name are built apart.
name=${tree##*/}-$(sha256sum <<<"$tree" | cut -c 1-8)
output=$(realpath -m "${2:-$here/../../build/vm-cache/uml-$name}")
for path in "$tree" "$output" "$here"; do
  [[ $path != *[[:space:]:]* ]] ||
    die 2 "make cannot build where a path has white space or a colon: $path; use another folder"
done
[ "$output" != "$tree" ] || die 2 "the output cannot be $tree itself; name another folder"
# make refuses such a tree, too, but says to clean it, which would cost its owner the build.
[ ! -e "$tree/.config" ] && [ ! -d "$tree/include/config" ] ||
  die 2 "$tree has been built in place, which bars a build elsewhere; take a clean one:" \
    "git worktree add, or make mrproper"
missing=()
CC=${CC:-gcc}
for program in make "$CC" flex bison bc; do
  command -v "${program%% *}" >/dev/null || missing+=("$program")
done
[ ${#missing[@]} = 0 ] ||
  die 77 "these programs are missing: ${missing[*]}; install the packages of these names"
mkdir -p "$output/config" 2>/dev/null && [ -w "$output" ] || die 2 "cannot write to $output"
exec 9>"$output/lock"
flock 9

log=$output/build.log
export MAKEFLAGS=${MAKEFLAGS:--j$(nproc)}
# uname(2) goes into the kernel's random numbers: builds of two commits must not differ in it. So
# the release is the version alone, without the additions of localversion files and git.
export KBUILD_BUILD_VERSION=1 KBUILD_BUILD_TIMESTAMP='1970-01-01'
export KBUILD_BUILD_USER=mptcp-bench KBUILD_BUILD_HOST=mptcp-bench
release=$(make -s --no-print-directory -C "$tree" ARCH=um kernelversion </dev/null) ||
  die 1 "make kernelversion fails in $tree"

# A signal ends all programs of make, which is a process group. None of them holds the lock.
building=''
stop() {  # SIGNAL
  trap '' HUP INT TERM
  [ -z "$building" ] || kill -TERM -- "-$building" 2>/dev/null || true
  wait
  exit $((128 + $1))
}
trap 'stop 1' HUP
trap 'stop 2' INT
trap 'stop 15' TERM
kernel_make() {
  local status=0
  set -m
  make -s -C "$tree" ARCH=um KERNELRELEASE="$release" CC="$CC" "$@" >>"$log" 2>&1 </dev/null 9>&- &
  building=$!
  set +m
  wait "$building" || status=$?
  building=''
  [ $status != 0 ] || return 0
  ! grep -q 'No space left on device' "$log" || die 77 "the disk is full: $output"
  grep -E '(error:|\*\*\*|undefined reference)' "$log" | head -n 20 >&2 || tail -n 20 "$log" >&2
  die 1 "the build failed; all of its output is in $log"
}

# The configuration is made aside, for make looks at every file again when it is written. Making it
# takes longer than to build after a change, so it is only made when one of the things that it
# follows from is another one.
: >"$log"
config=$output/config/.config
follows_from() {
  cat "$wanted"
  head -n 5 "$tree/Makefile"  # the version
  echo "$tree"
  $CC --version
}
if ! cmp -s <(follows_from) "$output/config/follows-from" ||
  [ -n "$(find "$tree" '(' -name 'Kconfig*' -o -name 'tiny*.config' ')' -newer "$config" \
    -print -quit)" ]; then
  rm -f "$output/config/follows-from"
  kernel_make O="$output/config" tinyconfig
  "$tree/scripts/kconfig/merge_config.sh" -m -O "$output/config" "$config" "$wanted" >>"$log" 2>&1
  kernel_make O="$output/config" olddefconfig
  touch "$config"
  follows_from >"$output/config/follows-from"
fi
has_option() {  # NAME
  grep -rqE --include='Kconfig*' "^[[:space:]]*(menu)?config[[:space:]]+$1[[:space:]]*\$" "$tree"
}
unknown='' denied=''
while IFS= read -r option; do
  case $option in
    *=n) ! grep -q "^${option%n}" "$config" || denied+=" $option" ;;
    *)
      ! grep -qxF "$option" "$config" || continue
      name=${option%%=*}
      if has_option "${name#CONFIG_}"; then denied+=" $option"; else unknown+=" $name"; fi ;;
  esac
done < <(grep -o '^CONFIG_[^ ]*' "$wanted")
[ -z "$unknown" ] ||
  die 1 "this kernel has no option$unknown: renamed, removed, or not there yet. Write its new" \
    "name into $wanted, or take the line out if the machine runs without"
[ -z "$denied" ] ||
  die 1 "this kernel does not grant$denied, which $wanted asks for: set the options there that it" \
    "depends on, too"
cmp -s "$config" "$output/.config" || cp "$config" "$output/.config"

[ -e "$output/linux" ] ||
  echo "tests/vm/build_uml.sh: building in $output, which takes minutes the first time" >&2
kernel_make O="$output" linux
echo "$output/linux"
