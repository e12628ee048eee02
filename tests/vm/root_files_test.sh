#!/bin/bash
# root_files.sh lists what a script of tests/userland/make.sh starts: another tc is another machine,
# even if the script that starts it is the same.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/root_files_test.XXXXXX")
trap 'rm -rf "$work"' EXIT
die() { echo "FAIL  $*" >&2; exit 1; }
loader=$(ldd /bin/true | sed -n 's/^[^/]*\(\/[^ ]*ld-linux[^ ]*\) (0x.*/\1/p')
[ -n "$loader" ] || { echo 'skip  this host has another loader' >&2; exit 77; }

tree=$work/debian
mkdir -p "$work/sbin" "$tree/usr/sbin" "$tree/lib64" "$tree/usr/lib/x86_64-linux-gnu"
cp -L "$loader" "$tree/lib64/ld-linux-x86-64.so.2"
library=$(ldd /bin/true | sed -n 's/.*libc\.so\.6 => \([^ ]*\) .*/\1/p')
cp -L "$library" "$tree/usr/lib/x86_64-linux-gnu/"
cp /bin/true "$tree/usr/sbin/tc"
printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$tree/lib64/ld-linux-x86-64.so.2" "$tree/usr/sbin/tc" \
  >"$work/sbin/tc"
chmod +x "$work/sbin/tc"

files() { PATH=$work/sbin:$PATH "$here/root_files.sh" "$work/none"; }
before=$(files)
for path in run/host/programs/tc userland/{tc,libc.so.6,ld-linux-x86-64.so.2}; do
  grep -q "  /$path\$" <<<"$before" || die "/$path is not listed"
done
for path in uml_init machine.sh pin_host.c; do
  grep -q "  /mptcp-bench/tests/vm/$path\$" <<<"$before" || die "$path is not listed"
done
[ "$(files)" = "$before" ] || die 'two lists of the same files differ'
cp /bin/false "$tree/usr/sbin/tc"
[ "$(files)" != "$before" ] || die 'another program has the same list'
# Any other script counts as its text.
rm -r "$tree"
files | grep -q '  /run/host/programs/tc$' || die 'a script that starts nothing is not listed'
echo 'ok    root_files.sh'
