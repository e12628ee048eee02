#!/bin/bash
# get_kernel.sh, with programs in place of apt's: which source it takes, and what it reports if
# there is none.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/get_kernel_test.XXXXXX")
trap 'rm -rf "$work"' EXIT
die() { echo "FAIL  $*" >&2; exit 1; }

# SID and OWN are the versions that sid, and this host's own entries, offer.
mkdir "$work/bin"
cat >"$work/bin/apt-get" <<'END'
#!/bin/bash
case " $* " in
  *' indextargets '*) echo 'http://mirror.example/debian Debian Debian' ;;
  *sid.list*' update '*) echo 'W: sid cannot be reached' ;;
  *' update '*) echo 'E: the mirror cannot be reached' ;;
  *' download '*)
    mkdir -p usr/src "${!#}"
    echo "${!#}" >"${!#}/Makefile"
    tar -cf "usr/src/${!#}.tar.xz" "${!#}"
    tar -cf "${!#}_1_all.deb" ./usr/src ;;
esac
END
cat >"$work/bin/apt-cache" <<'END'
#!/bin/bash
if [[ " $* " = *sid.list* ]]; then offered=${SID:-}; else offered=${OWN:-}; fi
for version in $offered; do echo "linux-source-$version"; done
END
cat >"$work/bin/dpkg-deb" <<'END'
#!/bin/sh
cat "$2"
END
printf '#!/bin/sh\n' >"$work/bin/xz"
chmod +x "$work"/bin/*

# fetch STATUS FOLDER: expects this exit status. Messages are in $work/stderr.
fetch() {
  local status=0
  PATH=$work/bin:$PATH "$here/get_kernel.sh" "$work/$2" >"$work/stdout" 2>"$work/stderr" ||
    status=$?
  [ $status = "$1" ] || { cat "$work/stderr" >&2; die "exit status $status instead of $1"; }
}
# expect_tree FOLDER NAME
expect_tree() {
  [ "$(cat "$work/stdout")" = "$work/$1/$2" ] || die "not $2, but $(cat "$work/stdout")"
  [ "$(cat "$work/$1/$2/Makefile")" = "$2" ] || die "$2 has other files"
  [ ! -e "$work/$1/partial" ] || die 'partial files are left'
}

# The newest version, not the last name; other packages of that name are not sources.
export SID='7.2 7.10 6.12-rt 6.18 7.9' OWN='6.12 8.0'
fetch 0 sid
expect_tree sid linux-source-7.10
grep -qF 'http://mirror.example/debian sid main' "$work/sid/sid.list" ||
  die 'not the mirror of this host'
# It is fetched once.
SID=9.0 fetch 0 sid
expect_tree sid linux-source-7.10
SID='' fetch 0 own
expect_tree own linux-source-8.0
SID='' OWN='' fetch 77 none
grep -qF "(from sid: W: sid cannot be reached; from this host's own sources: E: the mirror" \
  "$work/stderr" ||
  die "the reasons are missing: $(cat "$work/stderr")"
[ -z "$(cat "$work/stdout")" ] || die 'a tree is printed'
echo 'ok    get_kernel.sh'
