# shellcheck shell=bash disable=SC2034
# Sourced by every test in this folder. Exit status: 0 passed, 1 failed, 77 skipped, with the reason
# on stdout. MPB_MUST=1 turns a skip into a failure.
#
# The packages and a bare Debian 12 are made in the build folder, once for a state of the checkout.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
packages=$root/build/packages

skip() {
  echo "skipped: $*"
  [ "${MPB_MUST:-0}" = 1 ] && exit 1
  exit 77
}
fail() {
  echo "FAILED: $*"
  [ ! -s "$work/out" ] || tail -n 40 "$work/out"
  exit 1
}
need() {
  local program
  for program; do command -v "$program" >/dev/null || skip "$program is not installed"; done
}

# All mounts of a test are in a namespace of its own, so none is left behind.
[ "$(id -u)" = 0 ] || skip 'the tests of packages need root'
if [ -z "${MPB_TEST_INSIDE:-}" ]; then
  MPB_TEST_INSIDE=1 exec unshare --mount --pid --fork --kill-child --mount-proc bash "$0" "$@"
fi
work=$(mktemp -d)
bare=$work/bookworm
finish() {
  local status=$?
  umount -q --lazy "$bare"/{dev,proc} "$bare" 2>/dev/null
  rm -rf --one-file-system "$work"
  exit $status
}
trap finish EXIT

# Without unit tests and debug information, a build takes a third of the time.
export DEB_BUILD_OPTIONS='nocheck noautodbgsym' DEB_CXXFLAGS_STRIP=-g

# The state of everything that is in a package. Of the tests, only the scripts that make it matter.
state() {
  (cd "$root" && git ls-files -- . ':!tests' && ls tests/package/{make_*,source.sh,static.ini}) |
    (cd "$root" && xargs -d '\n' sha256sum) | sha256sum
}

# built MAKER: runs tests/package/MAKER.sh, unless it has run in this state.
built() {
  mkdir -p "$packages"
  exec 9>"$packages/$1.lock"
  flock 9
  [ "$(cat "$packages/$1.state" 2>/dev/null)" != "$(state)" ] || return 0
  "$here/$1.sh" "$packages" >"$work/out" 2>&1 || fail "$1.sh failed"
  state >"$packages/$1.state"
}

# Makes $bare, a Debian 12 with only its required packages and apt.
make_bare() {
  need debootstrap
  local cache=$root/build/package-cache/bookworm
  mkdir -p "${cache%/*}"
  exec 8>"$cache.lock"
  flock 8
  if [ ! -d "$cache" ]; then
    rm -rf "$cache.part"
    debootstrap --variant=minbase bookworm "$cache.part" >"$cache.log" 2>&1 ||
      skip "debootstrap failed: $(tail -n 1 "$cache.log")"
    mv "$cache.part" "$cache"
  fi
  exec 8>&-
  cp -a "$cache" "$bare"
  cp -L /etc/resolv.conf "$bare/etc/"
  mount --bind "$bare" "$bare" && mount -t proc proc "$bare/proc" &&
    mount --rbind /dev "$bare/dev" || fail 'cannot mount /proc and /dev'
}

# in_bare COMMAND...: the output is in $work/out. The root is changed as for a container, because
# chroot does not change the root of the mounts.
in_bare() {
  DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin unshare --mount bash -c '
    cd "$0" && pivot_root . . && umount --lazy . && cd / && exec "$@"' "$bare" "$@" \
    >"$work/out" 2>&1 </dev/null
}
apt_in_bare() {
  in_bare apt-get update -qq || fail 'apt-get update failed'
  in_bare apt-get install -qq -y --no-install-recommends "$@" || fail "cannot install $*"
}
expect() { grep -qF -- "$1" "$work/out" || fail "the output does not contain: $1"; }
expect_exit() {
  local want=$1 status=0
  shift
  "$@" || status=$?
  [ $status = "$want" ] || fail "exit status $status, expected $want: $*"
}

# first_look BEGIN FILE COMMAND...: GET 4k over TCP and MPTCP, which must end within a minute of
# BEGIN, the value of SECONDS before the installation. FILE is here the name of the result that
# COMMAND writes as look.json in its current folder. A run counts if it is valid, or invalid only
# because this machine was busy with other programs.
first_look() {
  local begin=$1 result=$2 installed=$SECONDS status=0
  shift 2
  "$@" --op get --size 4k -o look.json || status=$?
  [ $status -le 1 ] || fail "the first look ended with $status"
  jq -e '(.runs | length) == 2 and ([.runs[].invalid_reasons[]
    | select(contains("this machine is too busy") | not)] == [])' "$result" >/dev/null ||
    fail 'the first look is not valid'
  echo "installed in $((installed - begin)) s, first look in $((SECONDS - installed)) s more:"
  cat "$work/out"
  [ $((SECONDS - begin)) -le 60 ] ||
    fail "from the installation to the first look: $((SECONDS - begin)) s, at most 60"
}

# expect_charts PROGRAM: a page that it writes in $bare has charts, which a browser draws.
expect_charts() {
  need node chromium
  python3 "$root/tests/page/make_result.py" 2 >"$bare/matrix.json"
  in_bare "$1" report matrix.json -o page.html || fail 'report failed'
  TMPDIR=$work node "$root/tests/page/browser.mjs" "$bare/page.html" \
    --eval 'document.querySelectorAll("figure[data-chart] .panel svg").length' >"$work/out" 2>&1 ||
    fail 'the browser cannot open the page'
  jq -e '.said == [] and .value > 3' "$work/out" >/dev/null || fail 'the charts are not drawn'
}
