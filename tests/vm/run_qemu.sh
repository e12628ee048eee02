# Starts the machine that QEMU emulates and waits for its end; run.sh sources this and describes the
# files and variables that it leaves.
# shellcheck shell=bash disable=SC2034,SC2154  # run.sh shares its variables with this file
#
# Each run has a new initramfs, made of files of the host (ldd lists the libraries), and QEMU
# emulates the machine (TCG). Four virtio-serial ports carry its output: stdout, stderr, status, and
# /out as a tar stream. init is the counterpart of this file in the machine. Debian's packages are
# kept in build/vm-cache of this checkout, whatever --build says; remove it to get newer ones.

# shellcheck source-path=SCRIPTDIR source=libraries.sh
. "$here/libraries.sh"

# Modules to load at boot, each with its dependencies. Names that the kernel has built in, or lacks,
# are skipped.
modules=(virtio_pci virtio_console veth tun dummy ifb bridge sch_netem sch_tbf sch_htb sch_fq
         sch_ingress cls_u32 cls_matchall act_mirred tcp_bbr tcp_diag mptcp_diag nf_tables
         nft_numgen)

# --- QEMU, Debian's kernel and a static BusyBox, fetched once; the host gets no kernel ---

fetch() {  # PACKAGE NAME: unpacks PACKAGE to $cache/NAME
  local name=$2
  echo "tests/vm/run.sh: fetching $1 into $cache" >&2
  mkdir "$work/deb"
  (cd "$work/deb" && apt-get download -q -o APT::Sandbox::User=root "$1") >"$work/apt.log" 2>&1 ||
    die 77 "cannot download $1 ($(tail -n 1 "$work/apt.log")); try: apt-get update"
  mkdir -p "$cache"
  rm -rf "$cache/$name.part"
  dpkg -x "$work"/deb/*.deb "$cache/$name.part" ||
    die 77 "cannot unpack $1 into $cache: is the disk full?"
  mv "$cache/$name.part" "$cache/$name"
  rm -rf "$work/deb"
}

{ mkdir -p "$cache" && exec 9>"$cache/lock"; } 2>/dev/null ||
  die 77 "cannot write to $cache, where the kernel is kept; run as the owner of $project"
flock 9
if ! command -v qemu-system-x86_64 >/dev/null; then
  command -v apt-get >/dev/null ||
    die 77 "qemu-system-x86_64 is not installed; install your distribution's QEMU for x86"
  echo "tests/vm/run.sh: installing the Debian package qemu-system-x86" >&2
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends qemu-system-x86 \
    >"$work/apt.log" 2>&1 </dev/null ||
    die 77 "cannot install qemu-system-x86 ($(tail -n 1 "$work/apt.log")); try: apt-get update"
fi
if [ ! -d "$cache/busybox" ]; then
  command -v apt-get >/dev/null ||
    die 77 "apt-get is needed to fetch busybox-static and a kernel; this is not Debian or Ubuntu"
  fetch busybox-static busybox
fi
busybox=$(find "$cache/busybox" -path '*/bin/busybox' -type f | head -n 1)
if [ -z "$kernel" ]; then
  if [ ! -d "$cache/kernel" ]; then
    package=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null |
      sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
    [ -n "$package" ] ||
      die 77 "apt lists no linux-image-cloud-amd64 (apt-get update?); name your own kernel:" \
        "--kernel IMAGE"
    fetch "$package" kernel
  fi
  kernel=$(find "$cache/kernel/boot" -name 'vmlinuz-*')
  module_tree=$(find "$cache/kernel" -path '*/lib/modules/*' -prune -type d)
  [ -s "$module_tree/modules.dep" ] ||
    "$busybox" depmod -b "${module_tree%/lib/modules/*}" "${module_tree##*/}"
fi
flock -u 9

# --- the initramfs ---

root=$work/root
mkdir -p "$root"/{dev,proc,sys,tmp,run,out,root,etc,var,modules,mptcp-bench/build} \
  "$root"/usr/{bin,sbin,lib,lib64}
for dir in bin sbin lib lib64; do ln -s usr/$dir "$root/$dir"; done
ln -s ../run "$root/var/run"
for applet in $("$busybox" --list); do ln -s busybox "$root/usr/bin/$applet"; done
cp --remove-destination "$busybox" "$root/usr/bin/busybox"
printf '%s:x:%d:%d::/:/bin/bash\n' root 0 0 tester 1000 1000 nobody 65534 65534 >"$root/etc/passwd"
printf '%s:x:%d:\n' root 0 tester 1000 nogroup 65534 >"$root/etc/group"
echo '127.0.0.1 localhost mptcp-bench-vm' >"$root/etc/hosts"

# The host's programs replace BusyBox's of the same name. Scripts are left out, because they may
# start programs that the machine does not have. ldd is a script that needs only bash.
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
    ! take_from_userland "$path" "$root" /usr/bin || break
    echo "tests/vm/run.sh: leaving out $path, a script: the machine may lack what it starts" >&2
  done
done
for path in /usr/lib/*/mptcpize/libmptcpwrap.so.* /usr/lib/*/libgcc_s.so.1 /etc/iproute2/* \
  /etc/protocols; do
  [ ! -f "$path" ] || { cp -L --parents -t "$root" "$path"; found+=("$path"); }
done

for path in "$project"/{netns,workloads,tests}; do
  [ ! -d "$path" ] || cp -a "$path" "$root/mptcp-bench/"
done
echo .. >"$root/mptcp-bench/build/mptcp-bench.source"
[ ! -x "$build/mptcp-bench" ] ||
  { cp -L "$build/mptcp-bench" "$root/mptcp-bench/build/"; found+=("$build/mptcp-bench"); }
for path in "${copies[@]}"; do
  inside=$(path_in_machine "$path")
  mkdir -p "$root${inside%/*}"
  if [ -d "$path" ]; then
    cp -a -T "$path" "$root$inside"
  else
    cp -L "$path" "$root$inside"; found+=("$path")
  fi
done
libraries_of "${found[@]}" | xargs -r cp -L --parents -t "$root"

# modules.dep lists the dependencies of each module. The numbers keep the order in which modules
# have to be inserted.
if [ -n "$module_tree" ]; then
  awk -v want="${modules[*]}" '
    function visit(name,  i, n, need) {
      if (!(name in path) || seen[name]++) return
      n = split(needs[name], need, " ")
      for (i = 1; i <= n; ++i) visit(base(need[i]))
      print path[name]
    }
    function base(file) {
      sub(/.*\//, "", file); sub(/\.ko.*/, "", file); gsub(/-/, "_", file); return file
    }
    { file = $1; sub(/:$/, "", file); path[base(file)] = file; $1 = ""; needs[base(file)] = $0 }
    END { n = split(want, name, " "); for (i = 1; i <= n; ++i) visit(name[i]) }' \
    "$module_tree/modules.dep" |
    while read -r path; do
      case $path in
        *.zst) expand='zstd -dc' ;;
        *.xz) expand='xz -dc' ;;
        *.gz) expand='gzip -dc' ;;
        *) expand='cat' ;;
      esac
      number=$((${number:-1000} + 1)) name=${path##*/}
      $expand <"$module_tree/$path" >"$root/modules/$number-${name%%.ko*}.ko" || exit 1
    done || die 2 "cannot read the modules that $module_tree/modules.dep names;" \
      "run 'make modules_install' again"
fi

cp "$here/init" "$root/init"
write_command "$root/command"
chmod 755 "$root/init"
(cd "$root" && find . -print0 | "$busybox" cpio -0 -o -H newc -R 0:0) \
  >"$work/initramfs" 2>/dev/null ||
  die 125 "cannot write the initramfs to $work: is the disk full? (TMPDIR names another place)"
rm -rf "$root"

# --- the machine ---

ports=(stdout stderr status out)
arguments=()
for port in "${ports[@]}"; do
  arguments+=(-chardev "file,id=$port,path=$work/$port"
    -device "virtserialport,chardev=$port,name=$port")
done
mkfifo "$work/stdout" "$work/stderr"
# A reader that ends early (run.sh ... | head) must not block the machine. The rest of the output is
# discarded.
{ cat || cat >/dev/null; } <"$work/stdout" 2>/dev/null &
children+=($!)
{ cat >&2 || cat >/dev/null; } <"$work/stderr" &
children+=($!)

# tsc=reliable: the TSC of an emulated processor is the host's clock, so it can be trusted. Reading
# it takes 0.1 us; reading the HPET, which Linux would choose, takes 2.6 us.
# qemu64: a plain processor, because emulated AVX makes string functions slower.
# -cx16: with it, QEMU 7.2 makes Debian's kernel 6.12.95 panic in half of the boots (a double fault
# at cmpxchg16b).
megabytes=$((memory + 2 * $(stat -c %s "$work/initramfs") / 1048576))
time_limit=$((boot_timeout + timeout * slowness))
setpriv --pdeathsig TERM timeout --kill-after=5 $time_limit \
  qemu-system-x86_64 "${accelerator[@]}" -machine q35 -cpu qemu64,+rdrand,-cx16 -m "$megabytes" \
  -nodefaults -no-user-config -nic none -display none -no-reboot \
  -kernel "$kernel" -initrd "$work/initramfs" -append 'console=ttyS0 panic=-1 tsc=reliable' \
  -serial "file:$work/console.log" -device virtio-serial-pci "${arguments[@]}" \
  </dev/null >"$work/emulator.log" 2>&1 &
qemu=$!
children+=("$qemu")
timeout_status=0 silence_hint='is CONFIG_SERIAL_8250_CONSOLE=y?' hang_hint=''
wait "$qemu" || timeout_status=$?
# If QEMU ended before it opened the pipes, the two readers still wait for a writer.
: 3<>"$work/stdout" 4<>"$work/stderr"
wait "${children[@]:0:2}" || true
children=()
