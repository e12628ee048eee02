#!/bin/bash
# Fetches the newest kernel source that Debian packages, and prints the path of its tree. If FOLDER
# already contains one, its path is printed at once, so remove FOLDER to get a newer one.
#
# usage: tests/vm/get_kernel.sh [FOLDER]      (default: build/vm-cache/source, 2 GB)
#
# The source comes from Debian's unstable distribution, sid, or, if that cannot be reached, from the
# distribution that this host runs. apt gets a separate sources entry for each, with lists and a
# cache in FOLDER, so the packages of this host do not change, and nothing needs root.
#
# Exit status: 0, 2 bad usage, 77 no source is available here (the reason is on stderr).
set -euo pipefail

die() { echo "tests/vm/get_kernel.sh: $2" >&2; exit "$1"; }
usage() { sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; }

case ${1:-} in
  -h | --help) usage; exit 0 ;;
  -*) die 2 "unknown option $1; see --help" ;;
esac
[ $# -le 1 ] || die 2 "one folder at most; see --help"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$(realpath -m "${1:-$here/../../build/vm-cache/source}")

print_tree() {  # fails if there is none
  local tree
  tree=$(find "$folder" -mindepth 1 -maxdepth 1 -type d -name 'linux-source-*' 2>/dev/null |
    sort -V | tail -n 1)
  [ -n "$tree" ] && echo "$tree"
}

{ mkdir -p "$folder" && exec 9>"$folder/lock"; } 2>/dev/null ||
  die 77 "cannot write to $folder; name another folder"
flock 9
! print_tree || exit 0
for program in apt-get apt-cache dpkg-deb xz; do
  command -v "$program" >/dev/null ||
    die 77 "$program is not installed; give build_uml.sh your own kernel tree"
done

# shellcheck source-path=SCRIPTDIR source=own_apt.sh
. "$here/own_apt.sh"
trap 'rm -rf "$partial"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# Unpacks the newest source that the entries in $sources offer. Fails if there is none, with the
# reason in $why.
fetch() {
  local package archive
  begin_apt
  mkdir "$partial/tree"
  # One of several sources may be missing; the next command shows whether another one suffices.
  own_apt apt-get update >"$log" 2>&1 || true
  package=$(own_apt apt-cache pkgnames linux-source- | grep -E '^linux-source-[0-9.]+$' |
    sort -V | tail -n 1) || true
  if [ -z "$package" ]; then
    why=$(grep -E '^[EW]:' "$log" | head -n 1) || why='it has no linux-source'
    return 1
  fi
  echo "tests/vm/get_kernel.sh: fetching $package into $folder" >&2
  (cd "$partial" && own_apt apt-get download "$package") >"$log" 2>&1 ||
    { why=$(tail -n 1 "$log"); return 1; }
  why="cannot unpack $package into $folder: is the disk full?"
  dpkg-deb --fsys-tarfile "$partial/$package"_*.deb | tar -x -C "$partial" ./usr/src || return
  archive=$(find "$partial/usr/src" -name "$package.tar.*")
  tar -x -C "$partial/tree" --strip-components=1 -f "$archive" || return
  mv "$partial/tree" "$folder/$package"
}

own_sources sid
why=''
if fetch; then print_tree; exit; fi
reason="from sid: $why"
sources=()
if fetch; then print_tree; exit; fi
die 77 "cannot fetch a kernel source ($reason; from this host's own sources: $why)"
