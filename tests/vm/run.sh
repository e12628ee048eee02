#!/bin/bash
# Runs COMMAND as root in a small virtual machine whose kernel has what the host's may lack (sch_netem above all).
#
# usage: tests/vm/run.sh [OPTIONS] [--] COMMAND [ARGUMENT...]
#
#   --kernel IMAGE     boot this bzImage, not Debian's; it needs an initramfs, the 8250 console, devtmpfs and
#                      virtio_pci + virtio_console, built in or in --modules, and for mptcp-bench what tests/vm/kernel.config
#                      lists: `make defconfig kvm_guest.config && scripts/kconfig/merge_config.sh .config …/kernel.config`
#   --modules DIR      the modules of IMAGE: its lib/modules/VERSION folder, as `make modules_install` leaves it
#   --build DIR        where mptcp-bench was built (default: build); only read
#   --out DIR          the files that COMMAND leaves in its working directory come back here, with the kernel's log as
#                      console.log (default: into the current folder, without the log)
#   --copy PATH        take this file, or folder, into the machine as well (may be repeated)
#   --timeout SECONDS  COMMAND may take this long, by the machine's clock (default: 300)
#   --virtual-time     the machine's clock counts what it executes, an instruction a nanosecond, and leaps over idle time:
#                      for every figure that is to be believed
#
# COMMAND's working directory is /out, which is empty at first. It finds this checkout in /mptcp-bench
# (build/mptcp-bench, netns/, workloads/, tests/); build/mptcp-bench, ip, tc, ss and, when the host has them, redis-server,
# mptcpize and others are in PATH. Its output and its exit status become this script's; it has 2 processors, 1 GiB, no
# network, and no KVM. A program that is a script on the host is left out, and named, unless tests/userland/make.sh made it.
# mptcp-bench writes the host's kernel and --virtual-time into its result.
#
# An emulated processor is some 30 times slower than this host's, and slower still while the host is busy. With
# --virtual-time that cannot be noticed inside: the machine is a processor of 10^9 instructions a second whose timers are
# never late, and takes as long as it takes (a busy second some 4 to 8 of the host's, an idle one 0.3).
#
#   tests/vm/run.sh --virtual-time -- mptcp-bench --links netem --size 4k -o netem.json
#   tests/vm/run.sh --kernel ~/linux/arch/x86/boot/bzImage -- mptcp-bench doctor
#
# Exit status: COMMAND's own (when it failed, what the kernel lacks is said), or 2 bad usage, 77 cannot run on this host,
# 124 COMMAND was out of time, 125 the machine failed before COMMAND ended (the end of the kernel's log is shown).
#
# How: an initramfs is made anew for every run out of files of the host (ldd says which libraries), and QEMU emulates
# the machine (TCG). Everything that leaves the machine does so through one virtio-serial port each: stdout, stderr,
# status, and /out as a tar stream. init is the other half of this file. Debian's packages are kept in build/vm-cache
# of this checkout, whatever --build says; remove that folder to have newer ones.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$(cd "$here/../.." && pwd)
boot_timeout=90

# What the machine has of the host's programs, when the host has them; BusyBox provides the rest.
programs=(bash ip tc ss bridge ethtool nft sysctl unshare nsenter setpriv timeout date stat sort grep ldd nstat strace
          jq tcpdump iperf3 mptcpize redis-server redis-cli redis-benchmark valkey-server valkey-cli valkey-benchmark)
# What is loaded at boot, each with what it depends on; a name the kernel has built in, or lacks, is passed over.
modules=(virtio_pci virtio_console veth tun dummy ifb bridge sch_netem sch_tbf sch_htb sch_fq sch_ingress cls_u32
         cls_matchall act_mirred tcp_bbr tcp_diag mptcp_diag nf_tables nft_numgen)

die() { echo "tests/vm/run.sh: $2" >&2; exit "$1"; }
usage() { sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

kernel='' module_tree='' build=$project/build out='' timeout=300 virtual_time='' copies=()
# Two processors, each with a thread of the host's; the machine's clock is the host's.
slowness=1 accelerator=(-accel 'tcg,thread=multi' -smp 2)
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --) shift; break ;;
    --virtual-time)
      # One processor: two would take turns, and a virtual second be shared between them.
      virtual_time=1 slowness=10 accelerator=(-accel 'tcg,thread=single' -smp 1 -icount 'shift=0,sleep=off')
      shift ;;
    --kernel | --modules | --build | --out | --copy | --timeout)
      [ $# -ge 2 ] || die 2 "$1 needs a value; see --help"
      case $1 in
        --kernel) kernel=$2 ;;
        --modules) module_tree=$2 ;;
        --build) build=$2 ;;
        --out) out=$2 ;;
        --copy) copies+=("$2") ;;
        --timeout) timeout=$2 ;;
      esac
      shift 2 ;;
    -*) die 2 "unknown option $1; see --help" ;;
    *) break ;;
  esac
done
[ $# -gt 0 ] || die 2 "no command to run; see --help"
[[ $timeout =~ ^[1-9][0-9]*$ ]] || die 2 "--timeout $timeout is not a whole number of seconds"
if [ -n "$kernel" ]; then
  [ -f "$kernel" ] || die 2 "--kernel $kernel is not a file"
  [ -r "$kernel" ] || die 2 "--kernel $kernel cannot be read"
  # QEMU would print a line about a missing "PVH ELF Note", or boot it as a floppy disk.
  [ "$(od -An -c -j 514 -N 4 "$kernel" | tr -d ' ')" = HdrS ] ||
    die 2 "--kernel $kernel is not a bzImage (of x86: arch/x86/boot/bzImage; vmlinux is not one)"
fi
[ -z "$module_tree" ] || [ -n "$kernel" ] || die 2 "--modules belongs to a --kernel"
[ -z "$module_tree" ] || [ -r "$module_tree/modules.dep" ] ||
  die 2 "--modules $module_tree has no modules.dep; give the lib/modules/VERSION folder that 'make modules_install' made"
for path in "${copies[@]}"; do [ -e "$path" ] || die 2 "--copy $path does not exist"; done
[ "$1" != mptcp-bench ] || [ -x "$build/mptcp-bench" ] ||
  die 2 "$build/mptcp-bench is not there; build it: meson setup $build && ninja -C $build"
[ -z "$out" ] || mkdir -p "$out" 2>/dev/null || die 2 "--out $out cannot be created"
[ -w "${out:-.}" ] || die 2 "files cannot come back into ${out:-the current folder}, which cannot be written to; name another with --out"
[ "$(uname -m)" = x86_64 ] || die 77 "the machine runs this host's programs, so the host must be x86_64, not $(uname -m)"

# Whatever ends this script ends its own QEMU and removes its own folder, and nothing else.
work=$(mktemp -d "${TMPDIR:-/tmp}/mptcp-bench-vm.XXXXXX")
children=()
# shellcheck disable=SC2317  # the traps call it
cleanup() {
  [ ${#children[@]} = 0 ] || kill "${children[@]}" 2>/dev/null || true
  wait
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# --- QEMU, Debian's kernel and a static BusyBox: fetched once; no kernel is installed on the host ---

fetch() {  # PACKAGE NAME: PACKAGE's files become $cache/NAME
  local name=$2
  echo "tests/vm/run.sh: fetching $1 into $cache" >&2
  mkdir "$work/deb"
  (cd "$work/deb" && apt-get download -q -o APT::Sandbox::User=root "$1") >"$work/apt.log" 2>&1 ||
    die 77 "cannot download $1 ($(tail -n 1 "$work/apt.log")); try: apt-get update"
  mkdir -p "$cache"
  rm -rf "$cache/$name.part"
  dpkg -x "$work"/deb/*.deb "$cache/$name.part" || die 77 "cannot unpack $1 into $cache: is the disk full?"
  mv "$cache/$name.part" "$cache/$name"
  rm -rf "$work/deb"
}

cache=$project/build/vm-cache
{ mkdir -p "$cache" && exec 9>"$cache/lock"; } 2>/dev/null || die 77 "cannot write to $cache, where the kernel is kept; run as the owner of $project"
flock 9
if ! command -v qemu-system-x86_64 >/dev/null; then
  command -v apt-get >/dev/null || die 77 "qemu-system-x86_64 is not installed; install your distribution's QEMU for x86"
  echo "tests/vm/run.sh: installing the Debian package qemu-system-x86" >&2
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends qemu-system-x86 \
    >"$work/apt.log" 2>&1 </dev/null ||
    die 77 "cannot install qemu-system-x86 ($(tail -n 1 "$work/apt.log")); try: apt-get update"
fi
if [ ! -d "$cache/busybox" ]; then
  command -v apt-get >/dev/null || die 77 "apt-get is needed, to fetch busybox-static and a kernel; this is not Debian or Ubuntu"
  fetch busybox-static busybox
fi
busybox=$(find "$cache/busybox" -path '*/bin/busybox' -type f | head -n 1)
if [ -z "$kernel" ]; then
  if [ ! -d "$cache/kernel" ]; then
    package=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
    [ -n "$package" ] || die 77 "apt knows no linux-image-cloud-amd64 (apt-get update?); give a kernel of yours: --kernel IMAGE"
    fetch "$package" kernel
  fi
  kernel=$(find "$cache/kernel/boot" -name 'vmlinuz-*')
  module_tree=$(find "$cache/kernel" -path '*/lib/modules/*' -prune -type d)
  [ -s "$module_tree/modules.dep" ] || "$busybox" depmod -b "${module_tree%/lib/modules/*}" "${module_tree##*/}"
fi
flock -u 9

# --- the initramfs ---

root=$work/root
mkdir -p "$root"/{dev,proc,sys,tmp,run,out,root,etc,var,modules,mptcp-bench/build} "$root"/usr/{bin,sbin,lib,lib64}
for dir in bin sbin lib lib64; do ln -s usr/$dir "$root/$dir"; done
ln -s ../run "$root/var/run"
for applet in $("$busybox" --list); do ln -s busybox "$root/usr/bin/$applet"; done
cp --remove-destination "$busybox" "$root/usr/bin/busybox"
printf '%s:x:%d:%d::/:/bin/bash\n' root 0 0 tester 1000 1000 nobody 65534 65534 >"$root/etc/passwd"
printf '%s:x:%d:\n' root 0 tester 1000 nogroup 65534 >"$root/etc/group"
echo '127.0.0.1 localhost mptcp-bench-vm' >"$root/etc/hosts"

# A program of tests/userland/make.sh has a C library newer than the host's, so it runs by the loader of its own tree.
take_from_userland() {  # PATH: of the script that starts it
  local program=${1##*/} tree=${1%/*/*}/debian
  local installed=$tree/usr/${1#"${1%/*/*}/"}
  local loader=$tree/lib64/ld-linux-x86-64.so.2 libraries=$tree/usr/lib/x86_64-linux-gnu
  [ -x "$installed" ] && [ -x "$loader" ] || return
  mkdir -p "$root/userland"
  {
    printf '%s\n' "$loader" "$installed"
    "$loader" --library-path "$libraries" --list "$installed" | sed -n 's/.* => \(\/[^ ]*\) (0x.*/\1/p'
  } | sort -u | xargs -d '\n' cp -L -t "$root/userland"
  # shellcheck disable=SC2016
  printf '#!/bin/sh\nexec /userland/%s --library-path /userland /userland/%s "$@"\n' "${loader##*/}" "$program" >"$work/launcher"
  install --mode=755 "$work/launcher" "$root/usr/bin/$program"
}

# The host's programs take the place of BusyBox's of the same name. What a script starts may not be in the machine; ldd is a script
# that only needs bash.
PATH=$PATH:/usr/sbin:/sbin
found=()
for program in "${programs[@]}"; do
  mapfile -t paths < <(type -aP "$program")
  for path in "${paths[@]}"; do
    if [ "$program" = ldd ] || [ "$(head -c 2 "$path" | tr -d '\0')" != '#!' ]; then
      cp -L --remove-destination "$path" "$root/usr/bin/"
      found+=("$path")
      break
    fi
    ! take_from_userland "$path" || break
    echo "tests/vm/run.sh: leaving out $path, a script: what it starts may not be in the machine" >&2
  done
done
for path in /usr/lib/*/mptcpize/libmptcpwrap.so.* /usr/lib/*/libgcc_s.so.1 /etc/iproute2/* /etc/protocols; do
  [ ! -f "$path" ] || { cp -L --parents -t "$root" "$path"; found+=("$path"); }
done

for path in "$project"/{netns,workloads,tests}; do [ ! -d "$path" ] || cp -a "$path" "$root/mptcp-bench/"; done
echo .. >"$root/mptcp-bench/build/mptcp-bench.source"
[ ! -x "$build/mptcp-bench" ] || { cp -L "$build/mptcp-bench" "$root/mptcp-bench/build/"; found+=("$build/mptcp-bench"); }
for path in "${copies[@]}"; do
  path=$(realpath -s "$path")
  inside=$path
  [[ $path != "$project"/* ]] || inside=/mptcp-bench${path#"$project"}
  mkdir -p "$root${inside%/*}"
  if [ -d "$path" ]; then cp -a -T "$path" "$root$inside"; else cp -L "$path" "$root$inside"; found+=("$path"); fi
done
{ ldd "${found[@]}" 2>/dev/null || true; } | sed -n 's/^[^/]*\(\/[^ ]*\) (0x.*/\1/p' | sort -u | xargs -r cp -L --parents -t "$root"

# modules.dep names what a module needs; the numbers keep the order in which they have to be inserted.
if [ -n "$module_tree" ]; then
  awk -v want="${modules[*]}" '
    function visit(name,  i, n, need) {
      if (!(name in path) || seen[name]++) return
      n = split(needs[name], need, " ")
      for (i = 1; i <= n; ++i) visit(base(need[i]))
      print path[name]
    }
    function base(file) { sub(/.*\//, "", file); sub(/\.ko.*/, "", file); gsub(/-/, "_", file); return file }
    { file = $1; sub(/:$/, "", file); path[base(file)] = file; $1 = ""; needs[base(file)] = $0 }
    END { n = split(want, name, " "); for (i = 1; i <= n; ++i) visit(name[i]) }' "$module_tree/modules.dep" |
    while read -r path; do
      case $path in *.zst) expand='zstd -dc' ;; *.xz) expand='xz -dc' ;; *.gz) expand='gzip -dc' ;; *) expand='cat' ;; esac
      number=$((${number:-1000} + 1)) name=${path##*/}
      $expand <"$module_tree/$path" >"$root/modules/$number-${name%%.ko*}.ko" || exit 1
    done || die 2 "cannot read the modules that $module_tree/modules.dep names; run 'make modules_install' again"
fi

cp "$here/init" "$root/init"
{
  echo '#!/bin/bash'
  printf 'export MPTCP_BENCH_HOST_KERNEL=%q MPTCP_BENCH_VIRTUAL_TIME=%q\n' "$(uname -s) $(uname -r) $(uname -v)" "$virtual_time"
  printf 'exec timeout --kill-after=10 %d' "$timeout"
  printf ' %q' "$@"
} >"$root/command"
chmod 755 "$root/init" "$root/command"
(cd "$root" && find . -print0 | "$busybox" cpio -0 -o -H newc -R 0:0) >"$work/initramfs" 2>/dev/null ||
  die 125 "cannot write the initramfs to $work: is the disk full? (TMPDIR names another place)"
rm -rf "$root"

# --- the machine ---

ports=(stdout stderr status out)
arguments=()
for port in "${ports[@]}"; do
  arguments+=(-chardev "file,id=$port,path=$work/$port" -device "virtserialport,chardev=$port,name=$port")
done
mkfifo "$work/stdout" "$work/stderr"
# A reader that has gone (run.sh … | head) must not hold the machine up: the rest of the output goes nowhere.
{ cat || cat >/dev/null; } <"$work/stdout" 2>/dev/null &
children+=($!)
{ cat >&2 || cat >/dev/null; } <"$work/stderr" &
children+=($!)

# The TSC of an emulated processor is the host's clock, so it may be trusted: reading it takes 0.1 us, the HPET, which
# Linux would choose, 2.6 us. A plain processor, for emulated AVX makes string functions slower, not faster. Without cx16: with
# it, QEMU 7.2 makes Debian's kernel 6.12.95 panic in half of the boots (a double fault at cmpxchg16b).
megabytes=$((1024 + 2 * $(stat -c %s "$work/initramfs") / 1048576))
longest=$((boot_timeout + timeout * slowness))
setpriv --pdeathsig TERM timeout --kill-after=5 $longest \
  qemu-system-x86_64 "${accelerator[@]}" -machine q35 -cpu qemu64,+rdrand,-cx16 -m "$megabytes" \
  -nodefaults -no-user-config -nic none -display none -no-reboot \
  -kernel "$kernel" -initrd "$work/initramfs" -append 'console=ttyS0 panic=-1 tsc=reliable' \
  -serial "file:$work/console.log" -device virtio-serial-pci "${arguments[@]}" \
  </dev/null >"$work/qemu.log" 2>&1 &
qemu=$!
children+=("$qemu")
ended=0
wait "$qemu" || ended=$?
# Should QEMU have ended before it opened them, the two readers still wait for a writer.
: 3<>"$work/stdout" 4<>"$work/stderr"
wait "${children[@]:0:2}" || true
children=()

[ -z "$out" ] || cp "$work/console.log" "$out/console.log" 2>/dev/null || true
[ ! -s "$work/out" ] || tar -C "${out:-.}" -xf "$work/out" --no-same-owner --no-overwrite-dir ||
  die 125 "cannot write what came from the machine to ${out:-the current folder}"
told() { tr -d '\r' <"$work/console.log" | sed -n "s/^.*$1/\1/p"; }  # what the machine's kernel or init said
state=$(tail -n 1 "$work/status" 2>/dev/null || true)
case $state in
  'exit 0') exit 0 ;;
  exit\ *)
    told 'init: \(lacks .*\)' | sed 's/^/tests\/vm\/run.sh: the kernel /' >&2
    exit "${state#exit }" ;;
esac

tail -n 60 "$work/console.log" "$work/qemu.log" >&2 2>/dev/null || true
why=$(told '\(Kernel panic - not syncing: .*\)' | head -n 1)
[ -n "$why" ] || why=$(told 'init: \(no .*\)' | head -n 1)
[ -s "$work/console.log" ] || why='its kernel said nothing: is CONFIG_SERIAL_8250_CONSOLE=y?'
state=${state:-starting up}${why:+ ($why)}
[ "$ended" != 124 ] || die 125 "the machine was still $state after $longest s; the end of its kernel's log is above"
die 125 "the machine ended while it was $state; the end of its kernel's log is above"
