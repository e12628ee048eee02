#!/bin/bash
# A second build of the packages, in another folder, time zone, language and mask, gives the same
# files.
. "$(dirname "$0")/lib.sh"
need dpkg-buildpackage esbuild
built make_deb
built make_tarball
umask 077
export TZ=Pacific/Chatham LC_ALL=C.UTF-8 TMPDIR=$work/another/folder
mkdir -p "$TMPDIR"
for maker in make_deb make_tarball; do
  "$here/$maker.sh" "$work/second" >"$work/out" 2>&1 || fail "$maker.sh failed"
done
for file in "$work"/second/mptcp-bench_*.deb "$work"/second/mptcp-bench-*.tar.xz; do
  cmp "$file" "$packages/${file##*/}" || fail "${file##*/} differs"
done
