#!/bin/bash
# Tests that `git bisect run ab.sh --bisect` finds the one bad commit of eight, in a repository made
# from a kernel's net/mptcp. The bad commit makes reinjection slower, one commit does not build, and
# the others change nothing measurable.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/uml_tree.sh"

find_tree
lock_tree
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
git_here() {
  git -C "$tree" -c user.name=test -c user.email=test@localhost -c gc.auto=0 \
    -c advice.detachedHead=false "$@"
}
die() { echo "FAIL  $1"; echo '0 passed, 1 failed, 0 skipped'; exit 1; }
results=$(mktemp -d "${TMPDIR:-/tmp}/bisect_test.XXXXXX")
clean() { rm -rf "$tree/.git" "$results"; }
trap clean EXIT
rm -rf "$tree/.git"
need_base || die 'the kernel does not build'
restore_tree

# comment NUMBER: changes the source, so that it is compiled again, but not its meaning.
comment() { echo "/* commit $1 */" >>"$tree/net/mptcp/protocol.c"; }
apply() { apply_patch "$1" || die "$1 does not apply"; }
commit() { git_here commit -q -a -m "$1" || die 'git commit failed'; }

git_here init -q -b main && echo '*' >"$tree/.git/info/exclude" && git_here add -f net/mptcp &&
  commit 'begin' || die 'git failed'
git_here tag good
comment 1 && commit 'comment on it'
apply refactor && commit 'give the linger time a function of its own'
comment 3 && commit 'comment once more'
# Git tries this commit first.
echo 'this is not C' >>"$tree/net/mptcp/sched.c" && commit 'break the build'
git_here show HEAD~1:net/mptcp/sched.c >"$tree/net/mptcp/sched.c" && commit 'repair the build'
apply slower-reinjection && commit 'wait longer before data is sent again'
git_here tag bad
comment 7 && commit 'comment a third time'
comment 8 && commit 'comment a last time'

git_here checkout -q main
git_here bisect start main good >/dev/null || die 'git bisect start failed'
read -ra options <<<"$(sed -n 's/^Cell: //p' "$here/patches/slower-reinjection.patch")"
log=$(git_here bisect run "$here/ab.sh" --bisect --base "$kernels/base" --new "$tree" --seeds 8 \
  --out "$results" -- "${options[@]}" 2>&1 8>&-)
status=$?
printf '%s\n' "$log"
found=$(git_here rev-parse refs/bisect/bad) wanted=$(git_here rev-parse bad)
[ $status = 0 ] && [ "$found" = "$wanted" ] ||
  die "found $(git_here log -1 --format=%s "$found"), exit $status"
git_here bisect log | grep -q '^# skip:.*break the build' ||
  die 'the commit that does not build was not skipped'
echo "ok    found: $(git_here log -1 --format=%s "$found")"
echo '1 passed, 0 failed, 0 skipped'
