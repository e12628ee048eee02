#!/usr/bin/env bash
# Builds a tarball of mptcp-bench for any Linux of this processor: a program that needs no library
# of the host, with its data, its man page and its completion. Prints the name of the file.
#
#   tests/package/make_tarball.sh [FOLDER]     default: build/packages
#
# It needs the packages of debian/control. A build in another folder or at another time gives the
# same file, byte for byte.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "${1:-$here/../../build/packages}"
target=$(realpath "${1:-$here/../../build/packages}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$here/source.sh" "$work/source"
cd "$work/source"
version=$(sed -n "s/^  version: '\(.*\)',$/\1/p" meson.build)
name=mptcp-bench-$version-$(uname -m)
epoch=${SOURCE_DATE_EPOCH:-$(dpkg-parsechangelog -S Timestamp)}

{
  meson setup build --native-file tests/package/static.ini --prefix=/usr/local \
    -Dcpp_args="-ffile-prefix-map=$PWD=."
  ninja -C build mptcp-bench
  meson install -C build --no-rebuild --strip --destdir "$work/stage"
} >"$target/tarball.log" 2>&1 || {
  tail -n 40 "$target/tarball.log" >&2
  echo "make_tarball.sh: the build failed; $target/tarball.log has its output" >&2
  exit 1
}
mv "$work/stage/usr/local" "$work/$name"
plots/bundle.sh debian/vega "$work/$name/share/mptcp-bench/plots"

# The licences of everything in it: of the libraries in the program, and of the scripts in the page.
doc=$work/$name/share/doc/mptcp-bench
mkdir -p "$doc/libraries"
cp LICENSE debian/copyright docs/install.md docs/ci/virtme-exec-run.sh "$doc/"
for file in "$(g++ -print-file-name=libc.a)" "$(g++ -print-file-name=libstdc++.a)" \
  "$(g++ -print-file-name=libhiredis.a)" "$(g++ -print-file-name=libmd.a)" \
  /usr/include/{fmt/core.h,CLI/CLI.hpp,nlohmann/json.hpp,boost/math/distributions.hpp}; do
  package=$(dpkg-query -S "$(realpath "$file")")
  package=${package%%:*}
  cp -L "/usr/share/doc/$package/copyright" "$doc/libraries/$package"
done
archive() {
  chmod -R u=rwX,go=rX "$2"
  tar -C "$(dirname "$2")" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$epoch" \
    --format=gnu -c "$(basename "$2")" | xz >"$1"
}
archive "$doc/vega-sources.tar.xz" debian/vega/node_modules
archive "$target/$name.tar.xz" "$work/$name"
echo "$target/$name.tar.xz"
