#!/bin/bash
# Runs COMMAND as root in a small virtual machine, whose kernel is the one to test, or has features
# that the host's kernel lacks (sch_netem above all).
#
# usage: tests/vm/run.sh [OPTIONS] [--] COMMAND [ARGUMENT...]
#
# Without --uml, QEMU emulates a computer. With it, the kernel is a process of this host (User Mode
# Linux):
#   --uml KERNEL       start this program, which tests/vm/build_uml.sh builds. Its clock is virtual
#                      and exact: equal runs give equal results, to the nanosecond. Needs no root,
#                      and takes less time than a real network
#   --seed N           seed of the random numbers of that kernel (default: 1)
#   --root FOLDER      give the machine the files of this folder, which tests/vm/root.sh makes, and
#                      none of the host's. mptcp-bench comes from the folder, too, without --build
#
#   --kernel IMAGE     boot this bzImage instead of Debian's kernel. It needs an initramfs, the 8250
#                      console, devtmpfs and virtio_pci + virtio_console, built in or in --modules,
#                      and for mptcp-bench the options of tests/vm/kernel.config:
#                      `make defconfig kvm_guest.config &&
#                      scripts/kconfig/merge_config.sh .config .../kernel.config`
#   --modules DIR      modules of IMAGE: its lib/modules/VERSION folder, as `make modules_install`
#                      leaves it
#   --virtual-time     make the clock of the emulated machine count executed instructions, one per
#                      nanosecond, and skip idle time. Use it whenever figures matter
#
#   --build DIR        folder in which mptcp-bench was built (default: build); only read
#   --out DIR          folder for the files that COMMAND leaves in its working directory, and for
#                      the kernel's log, console.log (default: the current folder, without the log)
#   --copy PATH        copy this file or folder into the machine as well (may be repeated)
#   --memory MIB       memory of the machine (default: 1024)
#   --timeout SECONDS  longest time for COMMAND, by the machine's clock (default: 300)
#
# COMMAND's working directory is /out, which is empty at first. This checkout is in /mptcp-bench
# (build/mptcp-bench, netns/, workloads/, tests/). build/mptcp-bench, ip, tc and, if the host has
# them, redis-server, ss, mptcpize and others are in PATH. The output and the exit status of COMMAND
# become those of this script. The machine has no network and no KVM, and 2 processors with QEMU, 1
# with User Mode Linux.
#
# With User Mode Linux and without --root, COMMAND can read the host's other files as well, but not
# change them, and not see those in /tmp and /run. With QEMU, a program that is a script on the host
# is left out, with a message, unless tests/userland/make.sh made it. mptcp-bench writes the host's
# kernel and the kind of clock to its result, and with --uml the digests of the kernel, of its
# configuration, and of the programs and libraries that take part in a run.
#
# An emulated processor is some 30 times slower than the host's, and slower still while the host is
# busy. --virtual-time hides that: the machine appears as a processor of 10^9 instructions per
# second whose timers are never late. A busy second of it takes some 4 to 8 of the host's, an idle
# one 0.3. With --uml, computing takes no virtual time at all; only waiting does, and each system
# call a microsecond or less.
#
#   tests/vm/run.sh --virtual-time -- mptcp-bench --links netem --size 4k -o netem.json
#   tests/vm/run.sh --kernel ~/linux/arch/x86/boot/bzImage -- mptcp-bench doctor
#   tests/vm/run.sh --uml "$(tests/vm/build_uml.sh ~/linux)" -- \
#     mptcp-bench --links netem --size 4k -o exact.json
#
# Exit status: COMMAND's own (if it failed, the missing options of the kernel are named), or 2 bad
# usage, 77 cannot run on this host, 124 COMMAND exceeded its time, 125 the machine failed before
# COMMAND ended (the end of the kernel's log is shown).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$(cd "$here/../.." && pwd)
boot_timeout=90

# Programs that the machine gets from the host, if the host has them. BusyBox provides the rest.
programs=(bash ip tc ss bridge ethtool nft sysctl unshare nsenter setpriv timeout date stat sort
          grep ldd nstat strace jq tcpdump iperf3 mptcpize redis-server redis-cli redis-benchmark
          valkey-server valkey-cli valkey-benchmark)

die() { echo "tests/vm/run.sh: ${*:2}" >&2; exit "$1"; }
usage() { sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

kernel='' module_tree='' uml='' seed='' root='' build='' out='' memory=1024 timeout=300 copies=()
virtual_time=''
# Two processors, each a thread of the host. The machine uses the host's clock.
slowness=1 accelerator=(-accel 'tcg,thread=multi' -smp 2)
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --) shift; break ;;
    --virtual-time)
      # One processor: two would take turns, and share each virtual second.
      virtual_time=1 slowness=10 \
        accelerator=(-accel 'tcg,thread=single' -smp 1 -icount 'shift=0,sleep=off')
      shift ;;
    --kernel | --modules | --uml | --seed | --root | --build | --out | --copy | --memory | \
      --timeout)
      [ $# -ge 2 ] || die 2 "$1 needs a value; see --help"
      case $1 in
        --kernel) kernel=$2 ;;
        --modules) module_tree=$2 ;;
        --uml) uml=$2 ;;
        --seed) seed=$2 ;;
        --root) root=$2 ;;
        --build) build=$2 ;;
        --out) out=$2 ;;
        --copy) copies+=("$2") ;;
        --memory) memory=$2 ;;
        --timeout) timeout=$2 ;;
      esac
      shift 2 ;;
    -*) die 2 "unknown option $1; see --help" ;;
    *) break ;;
  esac
done
[ $# -gt 0 ] || die 2 "no command to run; see --help"
command=("$@")
[[ $timeout =~ ^[1-9][0-9]*$ ]] || die 2 "--timeout $timeout is not a whole number of seconds"
[ -z "$uml" ] || [ -z "$kernel$module_tree" ] ||
  die 2 "--kernel and --modules are QEMU's options; --uml names another kernel"
if [ -n "$kernel" ]; then
  [ -f "$kernel" ] || die 2 "--kernel $kernel is not a file"
  [ -r "$kernel" ] || die 2 "--kernel $kernel cannot be read"
  # QEMU would complain about a missing "PVH ELF Note", or boot it as a floppy disk.
  [ "$(od -An -c -j 514 -N 4 "$kernel" | tr -d ' ')" = HdrS ] ||
    die 2 "--kernel $kernel is not a bzImage (of x86: arch/x86/boot/bzImage; vmlinux is not one)"
fi
[ -z "$module_tree" ] || [ -n "$kernel" ] || die 2 "--modules belongs to a --kernel"
[ -z "$module_tree" ] || [ -r "$module_tree/modules.dep" ] ||
  die 2 "--modules $module_tree has no modules.dep; give the lib/modules/VERSION folder" \
    "that 'make modules_install' made"
for path in "${copies[@]}"; do [ -e "$path" ] || die 2 "--copy $path does not exist"; done
[[ $memory =~ ^[1-9][0-9]{0,6}$ ]] || die 2 "--memory $memory is not a whole number of MiB"
if [ -n "$uml" ]; then
  fault=$("$here/check_uml.sh" "$uml") || die 2 "--uml $fault"
  uml=$(realpath "$uml") seed=${seed:-1} virtual_time=uml slowness=10
fi
[ -z "$seed" ] || [ -n "$uml" ] || die 2 "--seed belongs to --uml"
[[ ${seed:-0} =~ ^[0-9]{1,18}$ ]] || die 2 "--seed $seed is not a whole number of at most 18 digits"
if [ -n "$root" ]; then
  [ -n "$uml" ] || die 2 "--root belongs to --uml"
  [ -s "$root/mptcp-bench/files" ] ||
    die 2 "--root $root is not a folder that tests/vm/root.sh made"
  root=$(realpath "$root")
fi
checkout=${root:+$root/mptcp-bench}
checkout=${checkout:-$project}
build=${build:-$checkout/build}
[ "$1" != mptcp-bench ] || [ -x "$build/mptcp-bench" ] ||
  die 2 "$build/mptcp-bench does not exist; build it: meson setup $build && ninja -C $build"
[ -z "$out" ] || mkdir -p "$out" 2>/dev/null || die 2 "--out $out cannot be created"
[ -w "${out:-.}" ] ||
  die 2 "cannot write files to ${out:-the current folder}; name another folder with --out"
[ "$(uname -m)" = x86_64 ] ||
  die 77 "the machine runs this host's programs, so the host must be x86_64, not $(uname -m)"

# However this script ends, it ends its own machine and removes its own folder, and nothing else.
work=$(mktemp -d "${TMPDIR:-/tmp}/mptcp-bench-vm.XXXXXX")
children=()
# shellcheck disable=SC2317  # the traps call it
cleanup() {
  [ ${#children[@]} = 0 ] || kill "${children[@]}" 2>/dev/null || true
  wait
  [ ! -s "$work/session" ] || kill -KILL -- "-$(cat "$work/session")" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

machine_record=''  # in JSON, for the result

# Writes the script that every machine runs as /command.
write_command() {  # FILE
  {
    echo '#!/bin/bash'
    printf 'export MPTCP_BENCH_HOST_KERNEL=%q MPTCP_BENCH_VIRTUAL_TIME=%q\n' \
      "$(uname -s) $(uname -r) $(uname -v)" "$virtual_time"
    [ -z "$machine_record" ] || printf 'export MPTCP_BENCH_MACHINE=%q\n' "$machine_record"
    printf 'exec timeout --kill-after=10 %d' "$timeout"
    printf ' %q' "${command[@]}"
    echo
  } >"$1"
  chmod 755 "$1"
}

# Prints the path in the machine of a file or folder of the host.
path_in_machine() {  # PATH
  local path
  path=$(realpath -s "$1")
  [[ $path != "$project"/* ]] || path=/mptcp-bench${path#"$project"}
  echo "$path"
}

cache=$project/build/vm-cache  # for files that are fetched or made once

# Starts the machine and waits for its end. It writes to stdout and stderr. It leaves console.log,
# status (the last line counts) and out (a tar) in $work, and sets
#   timeout_status  exit status of timeout(1)
#   time_limit      seconds after which timeout(1) ends the machine
#   silence_hint    a possible reason why the kernel printed nothing
#   hang_hint       a possible reason why the machine did not end
machine=qemu
[ -z "$uml" ] || machine=uml
# shellcheck source-path=SCRIPTDIR source=run_qemu.sh source=run_uml.sh
. "$here/run_$machine.sh"

[ -z "$out" ] || cp "$work/console.log" "$out/console.log" 2>/dev/null || true
[ ! -s "$work/out" ] || tar -C "${out:-.}" -xf "$work/out" --no-same-owner --no-overwrite-dir ||
  die 125 "cannot write the machine's files to ${out:-the current folder}"
# Prints the group of PATTERN in each line that the machine's kernel or init printed.
in_console() {  # PATTERN
  tr -d '\r' <"$work/console.log" | sed -n "s/^.*$1/\1/p"
}
state=$(tail -n 1 "$work/status" 2>/dev/null || true)
case $state in
  'exit 0') exit 0 ;;
  exit\ *)
    in_console 'init: \(lacks .*\)' | sed 's/^/tests\/vm\/run.sh: the kernel /' >&2
    exit "${state#exit }" ;;
esac

tail -n 60 "$work/console.log" "$work/emulator.log" >&2 2>/dev/null || true
why=$(in_console '\(Kernel panic - not syncing: .*\)' | head -n 1)
[ -n "$why" ] || why=$(in_console 'init: \(no .*\)' | head -n 1)
[ -s "$work/console.log" ] || [ -n "$state" ] || why="its kernel printed nothing: $silence_hint"
[ "$timeout_status" != 124 ] || why=${why:-$hang_hint}
state=${state:-starting up}${why:+ ($why)}
[ "$timeout_status" != 124 ] ||
  die 125 "the machine was still $state after $time_limit s; the end of its kernel's log is above"
die 125 "the machine ended while it was $state; the end of its kernel's log is above"
