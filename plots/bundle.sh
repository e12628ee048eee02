#!/usr/bin/env bash
# Makes the scripts of the page from the sources of Vega, for packages of mptcp-bench: with them
# `report` draws charts, and nobody needs npm. esbuild has a Debian package of that name.
#
#   plots/bundle.sh SOURCES FOLDER     SOURCES contains node_modules, as tests/package/source.sh
#                                      makes it; FOLDER/node_modules gets three scripts
set -euo pipefail
[ -d "$1/node_modules" ] || {
  echo "bundle.sh: $1 has no sources of Vega; tests/package/source.sh makes a tree with them" >&2
  exit 2
}
sources=$(realpath "$1")/node_modules
mkdir -p "$2/node_modules"
target=$(realpath "$2/node_modules")

# The packages of Vega name files that their own builds make. These are the sources instead.
from_sources=()
for package in "$sources"/vega-*; do
  for file in index.browser.js index.js src/index.ts; do
    [ -e "$package/$file" ] || continue
    from_sources+=("--alias:${package##*/}=$package/$file")
    break
  done
done
# Vega-Lite and the interpreter share the Vega of the page.
shared=$(mktemp --suffix=.js)
trap 'rm -f "$shared"' EXIT
echo 'module.exports = globalThis.vega;' >"$shared"
from_page=()
for name in vega vega-util vega-expression vega-event-selector; do
  from_page+=("--alias:$name=$shared")
done

# bundle NAME OPTION...: the source on stdin, as if it were a file of the package NAME.
bundle() {
  (cd "$sources/$1" && esbuild --bundle --minify --format=iife --legal-comments=inline \
    --log-level=warning --outfile="$target/$1/build/$1.min.js" "${@:2}")
}
# esbuild of Debian 12 does not know this new syntax, and needs none for JSON.
sed "s/ with { type: 'json' }//" "$sources/vega/index.js" |
  bundle vega --global-name=vega "${from_sources[@]}"
echo "export * from './src/index.js'" | bundle vega-lite --global-name=vegaLite "${from_page[@]}"
echo "import { expressionInterpreter } from './index.js';
  globalThis.vega.expressionInterpreter = expressionInterpreter;" |
  bundle vega-interpreter "${from_page[@]}"
