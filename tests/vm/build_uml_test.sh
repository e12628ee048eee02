#!/bin/bash
# Tests build_uml.sh with a tree that only looks like a kernel's: the calls of make, and the
# messages about options that the kernel does not have.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/build_uml_test.XXXXXX")
trap 'rm -rf "$work"' EXIT
die() { echo "FAIL  $*" >&2; exit 1; }
for program in make gcc flex bison bc; do
  command -v $program >/dev/null && continue
  [ "${MPB_MUST:-0}" != 1 ] || die "$program is not installed"
  echo "skip  $program is not installed" >&2
  exit 77
done

tree=$work/tree
mkdir -p "$tree/arch/um" "$tree/scripts/kconfig"
sed -n 's/^CONFIG_\([A-Z0-9_]*\)=.*/config \1/p' "$here/uml.config" >"$tree/Kconfig"
# This kernel grants all options except those that match $(DENIED).
cat >"$tree/Makefile" <<'END'
VERSION = 7
PATCHLEVEL = 2
KERNELVERSION = $(VERSION).$(PATCHLEVEL)
KERNELRELEASE = $(KERNELVERSION)$(shell cat localversion* 2>/dev/null)
kernelversion: ; @echo $(KERNELVERSION)
tinyconfig: ; : >$(O)/.config
olddefconfig: ; sed -i -E '/=n$$/d; /$(or $(DENIED),^$$)/d' $(O)/.config
linux: ; echo $(KERNELRELEASE) >$(O)/linux
END
printf '#!/bin/sh\ncat "$5" >>"$4"\n' >"$tree/scripts/kconfig/merge_config.sh"
chmod +x "$tree/scripts/kconfig/merge_config.sh"

# build STATUS [OUTPUT]: expects this exit status. Messages are in $work/stderr.
build() {
  local status=0
  "$here/build_uml.sh" "$tree" "${2:-$work/output}" >"$work/stdout" 2>"$work/stderr" || status=$?
  [ $status = "$1" ] || { cat "$work/stderr" >&2; die "exit status $status instead of $1"; }
}
expect() {
  grep -qF -- "$1" "$work/stderr" || { cat "$work/stderr" >&2; die "stderr lacks: $1"; }
}

build 0
[ "$(cat "$work/stdout")" = "$work/output/linux" ] || die 'the path of the program is not printed'
echo -next-20261126 >"$tree/localversion-next"
build 0 "$work/other"
cmp "$work/output/linux" "$work/other/linux" || die 'two states of one version have two releases'

export DENIED=NET_SCH_FQ=
build 1 "$work/denied"
expect 'does not grant CONFIG_NET_SCH_FQ=y,'
sed -i '/^config NET_SCH_FQ$/d' "$tree/Kconfig"
build 1 "$work/denied"
expect 'this kernel has no option CONFIG_NET_SCH_FQ:'
expect "$here/uml.config"
[ ! -e "$work/denied/linux" ] || die 'the kernel was built nevertheless'
unset DENIED

# make cannot build in these.
cp -r "$tree" "$work/a tree"
build_tree=$tree tree="$work/a tree"
build 2
expect "white space or a colon: $work/a tree"
tree=$build_tree
build 2 "$work/out:put"
expect "white space or a colon: $work/out:put"

sed -i 's/^linux:.*/linux: ; echo "cc: No space left on device" >\&2; false/' "$tree/Makefile"
build 77 "$work/full"
expect "the disk is full: $work/full"

# A signal ends make and all that it started, and releases the lock.
# shellcheck disable=SC2016
sed -i 's/^linux:.*/linux: ; echo $$$$ >$(O)\/pid \&\& exec sleep 1000/' "$tree/Makefile"
"$here/build_uml.sh" "$tree" "$work/ended" >"$work/stdout" 2>"$work/stderr" &
builder=$!
for _ in $(seq 200); do
  [ ! -s "$work/ended/pid" ] || break
  sleep 0.1
done
compiler=$(cat "$work/ended/pid")
kill -TERM "$builder"
status=0
wait "$builder" || status=$?
[ $status = 143 ] || die "exit status $status instead of 143"
! kill "$compiler" 2>/dev/null || die 'what make started is still running'
flock -n "$work/ended/lock" true || die 'the lock is still held'
echo 'ok    build_uml.sh'
