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
compared=0
for file in "$work"/second/*.{deb,dsc,tar.xz}; do
  cmp "$file" "$packages/${file##*/}" || fail "${file##*/} differs"
  compared=$((compared + 1))
done
[ $compared -ge 5 ] || fail "only $compared files were compared"
echo "$compared files are the same, byte for byte"
