#!/bin/bash
# Prints the files that a run of mptcp-bench in User Mode Linux executes: mptcp-bench, the programs
# that it may start, their libraries, and the files of this folder that make the machine, each with
# its SHA-256 and its path in the machine, sorted.
# The digest of this list is the environment.machine.root_sha256 of a result.
#
# usage: tests/vm/root_files.sh MPTCP_BENCH [ROOT]
#
#   MPTCP_BENCH   the program, which may be missing
#   ROOT          the machine's root, a folder of tests/vm/root.sh (default: the host's files)
#
# The program that a script of tests/userland/make.sh starts, and its libraries, are listed as
# /userland/NAME. Of any other script only its text counts, not the programs that it starts.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=libraries.sh
. "$here/libraries.sh"

# mptcpize(8) preloads libmptcpwrap.
started=(ip tc ethtool sh mptcpize redis-server valkey-server iperf3)
preloaded=(/usr/lib/*/mptcpize/libmptcpwrap.so.*)

bench=$1 root=${2:-}
host_paths=() paths=()  # on the host, and in the machine
scripts=()
take() { host_paths+=("$1") paths+=("$2"); }

[ ! -x "$bench" ] || take "$bench" /mptcp-bench/build/mptcp-bench
if [ -n "$root" ]; then
  while IFS= read -r path; do take "$root$path" "$path"; done <"$root/mptcp-bench/files"
else
  for program in "${started[@]}"; do
    # As in run_uml.sh: the caller's PATH determines the program, and then the machine's.
    path=$(type -P "$program") || path=/usr/bin/$program
    if [[ $path =~ ^(/usr)?/s?bin/ ]]; then
      path=$(PATH=/usr/sbin:/usr/bin:/sbin:/bin type -P "$program") || continue
      take "$path" "$path"
    else
      take "$path" "/run/host/programs/$program"
      [ "$(head -c 2 "$path" | tr -d '\0')" != '#!' ] || scripts+=("$path")
    fi
  done
  for path in "${preloaded[@]}"; do [ ! -f "$path" ] || take "$path" "$path"; done
  for path in $(libraries_of "${host_paths[@]}"); do take "$path" "$path"; done
  mapfile -t their_files < <(
    for path in "${scripts[@]}"; do userland_files "$path" || true; done | LC_ALL=C sort -u
  )
  for path in "${their_files[@]}"; do take "$path" "/userland/${path##*/}"; done
fi

# The first process, what it shares with run_qemu.sh, and what pins the sources of randomness.
for name in uml_init machine.sh pin_host.c; do
  take "$here/$name" "/mptcp-bench/tests/vm/$name"
done

digests=$(sha256sum -- "${host_paths[@]}")
index=0
while read -r digest _; do
  # sha256sum puts a backslash before the digest if the name contains one.
  echo "${digest#\\}  ${paths[index++]}"
done <<<"$digests" | LC_ALL=C sort
