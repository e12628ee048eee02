#!/usr/bin/env bash
# Makes a current userland next to the host's: Valkey with native MPTCP, and an iperf3, a tc and a
# mptcpd of the same age, from Debian's unstable distribution. An installed mptcpd would start as a
# service and change the endpoints of the host; this one only runs when it is called.
#
#   tests/userland/make.sh [DIRECTORY]     (default: build/userland; made once)
#
# DIRECTORY/bin contains valkey-server, valkey-cli, valkey-benchmark, iperf3 and mptcpd, each of
# which runs with the libraries of DIRECTORY/debian. Put it first in PATH. DIRECTORY/sbin contains
# only tc, for netem's seeds with the host's other programs. Exit status 77, with the reason on
# stdout, if the userland cannot be made: that needs root and Debian's packages, and those of
# unstable change.
set -euo pipefail
target=$(realpath -m "${1:-$(dirname "$0")/../../build/userland}")
programs=(bin/valkey-server bin/valkey-cli bin/valkey-benchmark bin/iperf3 bin/mptcpd sbin/tc)
packages=valkey-server,valkey-tools,iperf3,iproute2,mptcpd,mptcpd-plugins

cannot() { echo "no current userland: $*" && exit 77; }

[ "$(id -u)" = 0 ] || cannot 'making one needs root'
mkdir -p "$(dirname "$target")"
exec 9>"$target.lock"
flock 9
[ ! -e "$target/bin/mptcpd" ] || exit 0  # older versions of this script made none
command -v debootstrap >/dev/null || cannot 'debootstrap is not installed'

partial=$target.partial
rm -rf "$partial"
mkdir -p "$partial/bin" "$partial/sbin"
trap 'rm -rf "$partial"' EXIT
if ! debootstrap --variant=minbase --include="$packages" sid \
  "$partial/debian" >"$target.log" 2>&1; then
  cannot "debootstrap failed: $(tail -n 1 "$target.log")"
fi
rm -rf "$partial"/debian/var/cache/apt/archives "$partial"/debian/var/lib/apt/lists \
  "$partial"/debian/usr/share/{doc,man,locale}

# The loader and the libraries of its own tree run each program. That needs no privileges, which the
# stores of mptcp-bench do not have, and keeps the caller's working directory. Without the mask the
# loader would search folders that depend on the processor.
loader=$(cd "$partial/debian" && find usr/lib -name 'ld-linux*.so.*' | head -n 1)
libraries=${loader%/*}
for program in "${programs[@]}"; do
  file=$program more=
  if [ "$program" = bin/mptcpd ]; then
    file=libexec/mptcpd more=" --plugin-dir=\"$target/debian/$libraries/mptcpd\""
  fi
  printf '#!/bin/sh\nexec "%s" --glibc-hwcaps-mask none --library-path "%s" "%s"%s "$@"\n' \
    "$target/debian/$loader" "$target/debian/$libraries" \
    "$target/debian/usr/$file" "$more" >"$partial/$program"
  chmod +x "$partial/$program"
  version=--version
  [ "$program" != sbin/tc ] || version=-V
  "$partial/debian/$loader" --library-path "$partial/debian/$libraries" \
    "$partial/debian/usr/$file" $version >/dev/null 2>"$target.log" ||
    cannot "its $program does not run here: $(tail -n 1 "$target.log")"
done
rm -rf "$target"
mv "$partial" "$target"
