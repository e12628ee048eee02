#!/usr/bin/env bash
# Makes the source tree of the packages: the tracked files of this checkout, and the sources of Vega
# in debian/vega, so that nothing is fetched while a package is built.
#
#   tests/package/source.sh FOLDER     FOLDER must not exist
#
# All files get the time of SOURCE_DATE_EPOCH, by default that of the entry in debian/changelog.
set -euo pipefail
target=$(realpath -m "$1")
cd "$(dirname "$0")/../.."
[ ! -e "$target" ] || { echo "source.sh: $target exists; name another folder" >&2 && exit 2; }
mkdir -p "$target/debian/vega/node_modules"
git ls-files -z | tar -c --null -T - | tar -x -C "$target"

# The lock pins these packages with their checksums. The others belong to command lines.
plots/setup.sh
packages=build/plots/node_modules
(cd "$packages" && ls -d vega* d3-* internmap topojson-client delaunator robust-predicates) |
  grep -vx vega-typings |
  while read -r name; do
    mkdir "$target/debian/vega/node_modules/$name"
    # No nested packages: Vega is released with the versions of the top. Nothing that was built, and
    # no programs. The sources of D3 that npm has are its modules (dist/*.mjs).
    tar -c -C "$packages/$name" --exclude=node_modules --exclude='*.min.*' --exclude='*.map' \
      --exclude='*.d.ts' --exclude=./build --exclude=./bin --exclude=./umd --exclude=./schema.js \
      --exclude=./dist/'*.js' . | tar -x -C "$target/debian/vega/node_modules/$name"
  done

epoch=${SOURCE_DATE_EPOCH:-$(dpkg-parsechangelog -l debian/changelog -S Timestamp)}
chmod -R u=rwX,go=rX "$target"
find "$target" -exec touch -h -d "@$epoch" {} +
