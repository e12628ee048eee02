#!/usr/bin/env bash
# Fetches Vega and Vega-Lite, as pinned by plots/package-lock.json, into the build folder, where
# `mptcp-bench report` finds them. Does nothing if they are there and the lock has not changed.
#
#   plots/setup.sh [BUILD]     BUILD is build/ of this checkout by default
set -euo pipefail
build=$(realpath -m "${1:-$(dirname "$0")/../build}")
cd "$(dirname "$0")/.."
. netns/setup.sh

folder=$build/plots
cmp -s plots/package-lock.json "$folder/package-lock.json" &&
  [ -f "$folder/node_modules/.package-lock.json" ] && exit 0
command -v npm >/dev/null || ensure_packages nodejs npm
mkdir -p "$folder"
cp plots/package.json plots/package-lock.json "$folder/"
# None of these packages needs to run a script when it is installed.
if ! npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --loglevel=error >&2; then
  rm -rf "$folder"
  say "npm could not fetch Vega"
  exit 1
fi
