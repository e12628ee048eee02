#!/bin/bash
# The Debian package has no errors of lintian. It installs in a bare Debian 12 and measures there,
# its page has charts without npm, and it can be removed without a trace.
. "$(dirname "$0")/lib.sh"
need lintian dpkg-buildpackage esbuild jq python3
built make_deb
deb=$(ls "$packages"/mptcp-bench_*.deb)
lintian --fail-on error "$packages"/mptcp-bench_*.changes >"$work/out" 2>&1 ||
  fail 'lintian has errors'
cat "$work/out"

make_bare
cp "$deb" "$bare/tmp/"
begin=$SECONDS
apt_in_bare "/tmp/${deb##*/}"
first_look $begin "$bare/look.json" in_bare mptcp-bench
expect_charts mptcp-bench
for file in man/man1/mptcp-bench.1.gz bash-completion/completions/mptcp-bench \
  doc/mptcp-bench/{copyright,vega-sources.tar.xz} mptcp-bench/results/result.schema.json; do
  [ -s "$bare/usr/share/$file" ] || fail "the package has no /usr/share/$file"
done

in_bare dpkg --purge mptcp-bench || fail 'the package cannot be removed'
find "$bare" -xdev -path '*mptcp-bench*' -not -path "$bare/tmp/*" -not -path '*/var/lib/apt/*' \
  >"$work/out"
[ ! -s "$work/out" ] || fail 'the package leaves files behind'
