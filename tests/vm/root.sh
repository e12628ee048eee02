#!/bin/bash
# Makes a folder that can be the whole root of the machine that tests/vm/run.sh --uml starts:
# mptcp-bench with its scenarios and workloads, the programs that it may start, a shell and a few
# other programs, and their libraries. Prints the environment.machine.root_sha256 that results will
# have, and the folder. The folder can be copied to another host.
#
# usage: tests/vm/root.sh [--build DIR] [FOLDER]
#
#   FOLDER        40 MB (default: build/vm-cache/root of this checkout)
#   --build DIR   where mptcp-bench was built (default: build)
#
#   tests/vm/root.sh
#   tests/vm/run.sh --uml "$linux" --root build/vm-cache/root -- mptcp-bench --links tun -o r.json
#
# Everything comes from this host. PATH determines which programs mptcp-bench will start. A program
# that is a script outside the folders of the system is left out, with a message, unless
# tests/userland/make.sh made it. If this script made FOLDER, FOLDER is replaced.
#
# Exit status: 0, 1 the folder cannot be made, 2 bad usage, 77 programs are missing (all are named).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$(cd "$here/../.." && pwd)
# shellcheck source-path=SCRIPTDIR source=libraries.sh
. "$here/libraries.sh"

# For uml_init, machine.sh and the command. root_files.sh lists the programs of mptcp-bench.
needed=(bash sh mount umount pivot_root stty tar timeout ip tc ss ethtool cat chmod cp ln mkdir
        mkfifo seq sleep sync touch)
wanted=(cmp cut date dd df diff dmesg du echo env false find grep head hostname id jq kill ldd ls
        mktemp mv nproc nstat ps pwd readlink realpath rm rmdir sed setpriv sha256sum sort stat
        strace sysctl tail tcpdump tee test tr true uname unshare wc xargs)

die() { echo "tests/vm/root.sh: $2" >&2; exit "$1"; }
usage() { sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; }

build=$project/build
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --build)
      [ $# -ge 2 ] || die 2 "$1 needs a value; see --help"
      build=$2
      shift 2 ;;
    -*) die 2 "unknown option $1; see --help" ;;
    *) break ;;
  esac
done
[ $# -le 1 ] || die 2 "one folder is enough; see --help"
folder=$(realpath -m "${1:-$project/build/vm-cache/root}")
[ ! -e "$folder" ] || [ -e "$folder/mptcp-bench/files" ] || [ -z "$(ls -A "$folder")" ] ||
  die 2 "$folder exists, and this script did not make it; name another folder"
[ -x "$build/mptcp-bench" ] ||
  die 2 "$build/mptcp-bench does not exist; build it: meson setup $build && ninja -C $build"

missing=()
system=/usr/sbin:/usr/bin:/sbin:/bin
paths=()
for program in "${needed[@]}" "${wanted[@]}"; do
  if path=$(PATH=$system type -P "$program"); then
    paths+=("$path")
  elif [[ " ${needed[*]} " = *" $program "* ]]; then
    missing+=("$program")
  fi
done
command -v ldconfig >/dev/null || PATH=$PATH:/sbin:/usr/sbin
command -v ldconfig >/dev/null || missing+=(ldconfig)
[ ${#missing[@]} = 0 ] ||
  die 77 "these programs are missing: ${missing[*]}; install the packages that have them"

umask 022
part=$folder.part
mkdir -p "${folder%/*}" 2>/dev/null && rm -rf "$part" && mkdir "$part" 2>/dev/null ||
  die 2 "cannot write to ${folder%/*}; name another folder"
trap 'rm -rf "$part"' EXIT
mkdir -p "$part"/{dev,proc,sys,tmp,run,mnt,root,etc,var} "$part"/usr/{bin,sbin,lib} \
  "$part/mptcp-bench/build"
chmod 1777 "$part/tmp"
# On most systems these are links to folders of /usr.
for name in bin sbin lib lib32 lib64 libx32; do
  if [ -L "/$name" ]; then
    cp -P "/$name" "$part/$name"
    mkdir -p "$part/usr/$name"
  elif [ -d "/$name" ]; then
    mkdir "$part/$name"
  fi
done
copy() { cp -L --parents -t "$part" -- "$@"; }

copy "${paths[@]}"
mapfile -t libraries < <(libraries_of "${paths[@]}")
copy "${libraries[@]}"
bench=/mptcp-bench/build/mptcp-bench
files=$("$here/root_files.sh" "$build/mptcp-bench")
while read -r _ path; do
  case $path in
    /userland/*) continue ;;  # comes with its script
    /mptcp-bench/tests/vm/*) continue ;;  # of the checkout that starts the machine
    "$bench") cp -L "$build/mptcp-bench" "$part$bench" ;;
    /run/host/programs/*)
      from=$(type -P "${path##*/}") path=/usr/sbin/${path##*/}
      if [ "$(head -c 2 "$from" | tr -d '\0')" != '#!' ]; then
        cp -L --remove-destination "$from" "$part$path"
      elif ! take_from_userland "$from" "$part" /usr/sbin; then
        echo "tests/vm/root.sh: leaving out $from, a script: the root may lack what it starts" >&2
        continue
      fi ;;
    *) copy "$path" ;;
  esac
  [ "$path" = "$bench" ] || echo "$path" >>"$part/mptcp-bench/files"
done <<<"$files"
grep -qE '(redis|valkey)-server$' <<<"$files" ||
  echo "tests/vm/root.sh: no redis-server or valkey-server: only --store builtin runs in it" >&2
[ ! -d "$part/userland" ] || (cd "$part" && printf '/%s\n' userland/*) >>"$part/mptcp-bench/files"

cp -r "$project/netns" "$project/workloads" "$part/mptcp-bench/"
echo .. >"$part/mptcp-bench/build/mptcp-bench.source"
mkdir -p "$part/mptcp-bench/tests/vm"
cp "$here/machine.sh" "$part/mptcp-bench/tests/vm/"

printf '%s:x:%d:%d::/:/bin/bash\n' root 0 0 nobody 65534 65534 >"$part/etc/passwd"
printf '%s:x:%d:\n' root 0 nogroup 65534 >"$part/etc/group"
echo '127.0.0.1 localhost mptcp-bench-vm' >"$part/etc/hosts"
for path in /etc/iproute2 /etc/ld.so.conf /etc/ld.so.conf.d /etc/os-release /etc/protocols \
  /usr/lib/iproute2 /usr/lib/locale/C.utf8 /usr/lib/*/gconv/gconv-modules.cache; do
  [ ! -e "$path" ] || cp -rL --parents -t "$part" "$path"
done
# Without ld.so.cache, the loader would search folders that depend on the processor.
ldconfig -X -r "$part"

if [ -e "$folder" ]; then
  mv -T "$folder" "$part.old"
  trap 'rm -rf "$part" "$part.old"' EXIT
fi
mv -T "$part" "$folder"
digest=$("$here/root_files.sh" "$folder$bench" "$folder" | sha256sum)
echo "${digest%% *}  $folder"
