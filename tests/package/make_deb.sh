#!/usr/bin/env bash
# Builds the Debian package of this checkout, and its source package, with dpkg-buildpackage.
#
#   tests/package/make_deb.sh [FOLDER]     default: build/packages
#
# The packages that the build needs are those of debian/control. DEB_BUILD_OPTIONS=nocheck leaves
# out the unit tests, which take longer than the rest. A build in another folder or at another time
# gives the same files, byte for byte.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "${1:-$here/../../build/packages}"
target=$(realpath "${1:-$here/../../build/packages}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$here/source.sh" "$work/mptcp-bench"
cd "$work/mptcp-bench"
dpkg-buildpackage --no-sign >"$target/deb.log" 2>&1 || {
  tail -n 40 "$target/deb.log" >&2
  echo "make_deb.sh: dpkg-buildpackage failed; $target/deb.log has its output" >&2
  exit 1
}
mv ../mptcp-bench*_* "$target/"
ls "$target"/mptcp-bench_*.deb
