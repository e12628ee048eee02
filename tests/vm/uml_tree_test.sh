#!/bin/bash
# uml_tree.sh, with trees that only look like a kernel's: any change of the source, or of the way to
# build it, makes another kernel, and nothing else does.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/uml_tree_test.XXXXXX")
trap 'rm -rf "$work"' EXIT
die() { echo "FAIL  $*" >&2; exit 1; }
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null

kernels_of() {  # TREE
  # shellcheck source-path=SCRIPTDIR source=uml_tree.sh
  (MPB_KERNEL_SOURCE=$1 && . "$here/uml_tree.sh" && find_tree && echo "$kernels")
}
same() { [ "$(kernels_of "$tree")" = "$before" ] || die "another kernel $1"; }
differs() { [ "$(kernels_of "$tree")" != "$before" ] || die "the same kernel $1"; }

tree=$work/plain
mkdir -p "$tree"/net/{mptcp,ipv4}
echo 'VERSION = 7' >"$tree/Makefile"
echo 'int a;' | tee "$tree/net/mptcp/a.c" >"$tree/net/ipv4/tcp.c"
before=$(kernels_of "$tree")
same 'without a change'
echo 'int b;' >>"$tree/net/ipv4/tcp.c"
differs 'after a change of net/ipv4'
before=$(kernels_of "$tree")
CC='gcc -O1' differs 'with another compiler'

tree=$work/repository
cp -r "$work/plain" "$tree"
git -C "$tree" init -q -b main
git -C "$tree" add .
commit() { git -C "$tree" -c user.name=test -c user.email=test@localhost commit -q -a -m "$1"; }
commit begin
before=$(kernels_of "$tree")
touch -d '1 hour ago' "$tree/net/ipv4/tcp.c"
same 'after another time of a file that git knows'
echo 'int c;' >>"$tree/net/ipv4/tcp.c"
differs 'after a change of net/ipv4 in a repository'
git -C "$tree" checkout -q .
same 'after a change was taken back'
echo 'int d;' >"$tree/net/ipv4/new.c"
differs 'with a new file'
before=$(kernels_of "$tree")
echo 'int e;' >"$tree/net/ipv4/new.c"
differs 'after a change of the new file'
git -C "$tree" add .
commit another
before=$(kernels_of "$tree")
git -C "$tree" checkout -q --detach HEAD~1
differs 'at another commit'
echo 'ok    uml_tree.sh'
