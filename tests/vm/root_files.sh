#!/bin/bash
# Prints the files that a run of mptcp-bench in User Mode Linux executes: mptcp-bench, the programs
# that it may start, and the libraries that these load, each with its SHA-256 and its path in the
# machine, sorted. The digest of this list is the environment.machine.root_sha256 of a result.
#
# usage: tests/vm/root_files.sh MPTCP_BENCH [ROOT]
#
#   MPTCP_BENCH   the program, which may be missing
#   ROOT          the machine's root, a folder of tests/vm/root.sh (default: the host's files)
#
# A program that is a script counts as its text alone.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=libraries.sh
. "$here/libraries.sh"

# mptcpize(8) preloads libmptcpwrap.
started=(ip tc ethtool sh mptcpize redis-server valkey-server iperf3)
preloaded=(/usr/lib/*/mptcpize/libmptcpwrap.so.*)

bench=$1 root=${2:-}
places=() paths=()  # on the host, and in the machine
take() { places+=("$1") paths+=("$2"); }

[ ! -x "$bench" ] || take "$bench" /mptcp-bench/build/mptcp-bench
if [ -n "$root" ]; then
  while IFS= read -r path; do take "$root$path" "$path"; done <"$root/mptcp-bench/files"
else
  for program in "${started[@]}"; do
    # run_uml.sh does the same: the caller's PATH decides, and then the machine's.
    path=$(type -P "$program") || path=/usr/bin/$program
    if [[ $path =~ ^(/usr)?/s?bin/ ]]; then
      path=$(PATH=/usr/sbin:/usr/bin:/sbin:/bin type -P "$program") || continue
      take "$path" "$path"
    else
      take "$path" "/run/host/programs/$program"
    fi
  done
  for path in "${preloaded[@]}"; do [ ! -f "$path" ] || take "$path" "$path"; done
  for path in $(libraries_of "${places[@]}"); do take "$path" "$path"; done
fi

digests=$(sha256sum -- "${places[@]}")
index=0
while read -r digest _; do
  # A backslash: the name has one, and the digest therefore, too.
  echo "${digest#\\}  ${paths[index++]}"
done <<<"$digests" | LC_ALL=C sort
