#!/bin/bash
# Fetches the kernel of Debian 13 (trixie, Linux 6.12) for QEMU, and prints the paths of its image
# and of its modules, which are the values of run.sh --kernel and --modules. If FOLDER already
# contains them, they are printed at once.
#
# usage: tests/vm/get_image.sh [FOLDER]      (default: build/vm-cache/trixie, 150 MB)
#
# apt gets a sources entry of its own, with lists and a cache in FOLDER, so the packages of this
# host do not change, and nothing needs root.
#
# Exit status: 0, 2 bad usage, 77 no kernel is available here (the reason is on stderr).
set -euo pipefail

die() { echo "tests/vm/get_image.sh: $2" >&2; exit "$1"; }
usage() { sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; }

case ${1:-} in
  -h | --help) usage; exit 0 ;;
  -*) die 2 "unknown option $1; see --help" ;;
esac
[ $# -le 1 ] || die 2 "one folder at most; see --help"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$(realpath -m "${1:-$here/../../build/vm-cache/trixie}")

print_paths() {  # fails if there are none
  [ -e "$folder/image" ] && find "$folder/image" -name 'vmlinuz-*' &&
    find "$folder/image" -path '*/lib/modules/*' -prune -type d
}

{ mkdir -p "$folder" && exec 9>"$folder/lock"; } 2>/dev/null ||
  die 77 "cannot write to $folder; name another folder"
flock 9
! print_paths || exit 0
for program in apt-get apt-cache dpkg-deb; do
  command -v "$program" >/dev/null ||
    die 77 "$program is not installed; give run.sh your own kernel: --kernel IMAGE"
done

# shellcheck source-path=SCRIPTDIR source=own_apt.sh
. "$here/own_apt.sh"
trap 'rm -rf "$partial"' EXIT
begin_apt
own_sources trixie
reason() { grep -E '^[EW]:' "$log" | head -n 1 || tail -n 1 "$log"; }

own_apt apt-get update >"$log" 2>&1 || die 77 "cannot read the packages of trixie: $(reason)"
package=$(own_apt apt-cache pkgnames linux-image-6. |
  grep -E '^linux-image-[0-9.]+\+deb13-cloud-amd64$' | sort -V | tail -n 1) ||
  die 77 "trixie has no linux-image for a cloud: $(reason)"
echo "tests/vm/get_image.sh: fetching $package into $folder" >&2
(cd "$partial" && own_apt apt-get download "$package" busybox-static) >"$log" 2>&1 ||
  die 77 "cannot fetch $package: $(reason)"
dpkg-deb -x "$partial/$package"_*.deb "$partial/image" &&
  dpkg-deb -x "$partial"/busybox-static_*.deb "$partial/busybox" ||
  die 77 "cannot unpack $package into $folder: is the disk full?"
modules=$(find "$partial/image" -path '*/lib/modules/*' -prune -type d)
busybox=$(find "$partial/busybox" -path '*/bin/busybox' -type f)
"$busybox" depmod -b "${modules%/lib/modules/*}" "${modules##*/}" 2>"$log" ||
  die 77 "cannot list the modules of $package: $(tail -n 1 "$log")"
mv "$partial/image" "$folder/image"
print_paths
