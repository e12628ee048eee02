# Starts the User Mode Linux machine and waits for its end; run.sh sources this and describes the
# files and variables that it leaves.
# shellcheck shell=bash disable=SC2034,SC2154  # run.sh shares its variables with this file
#
# The kernel is a process whose clock stands still while anything computes (time-travel=inf-cpu). It
# mounts the host's files, or those of --root, read-only as its root. Next to them it mounts $work,
# its working directory, through /proc/self/cwd and a link in it, so its command line is the same in
# every run. That matters because the kernel mixes its command line into its random numbers. Their
# other source, getrandom(2), is pinned by pin_host.c. The output of COMMAND arrives through
# consoles that are files on the host, because a pipe could fill up and make the machine wait for
# the host. uml_init is the counterpart of this file in the machine.

# pin_host.c is compiled once, and kept in the cache if this user may write there.
if [ "$here/pin_host.c" -nt "$cache/pin_host.so" ]; then
  read -ra compiler <<<"${CC:-cc}"
  command -v "${compiler[0]}" >/dev/null ||
    die 77 "a C compiler is needed for pin_host.c; install gcc, or set CC"
  "${compiler[@]}" -O2 -shared -fPIC -o "$work/pin_host.so" "$here/pin_host.c" -ldl \
    2>"$work/cc.log" ||
    die 77 "cannot compile pin_host.c: $(head -n 1 "$work/cc.log")"
  { mkdir -p "$cache" && cp "$work/pin_host.so" "$cache/pin_host.$$" &&
    mv "$cache/pin_host.$$" "$cache/pin_host.so"; } 2>/dev/null || true
else
  cp "$cache/pin_host.so" "$work/pin_host.so"
fi

# Prints the folder for the machine's memory, which is a sparse file. It should be in memory,
# because a disk would write the file back, and not noexec, because programs run from the file.
memory_folder() {
  local folder type available
  for folder in /dev/shm "${TMPDIR:-/tmp}" "${XDG_RUNTIME_DIR:-/dev/shm}"; do
    [ -d "$folder" ] && [ -w "$folder" ] || continue
    read -r type available < <(df --output=fstype,avail --block-size=1M "$folder" | tail -n 1)
    if [ "$type" = tmpfs ] && [ "$available" -gt "$memory" ] &&
      [[ ,$(findmnt -no OPTIONS -T "$folder"), != *,noexec,* ]]; then
      echo "$folder"
      return
    fi
  done
  echo "$work"
}

# Prints one of the processors that this script may use. The kernel and its programs take turns on
# it, because moving between processors would only cost time.
processor() {
  local range list=()
  for range in $(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/self/status | tr ',' ' '); do
    mapfile -t -O ${#list[@]} list < <(seq "${range%-*}" "${range#*-}")
  done
  echo "${list[RANDOM % ${#list[@]}]}"
}

# --- the files of the machine: uml_init makes folders and files, and then all mounts at once ---

# All mounts are lines of one fstab(5), because a mount(8) for each would take longer. An fstab
# contains white space as octal numbers.
in_fstab() {  # TEXT
  local text=${1//\\/\\134}
  text=${text// /\\040} text=${text//$'\t'/\\011}
  echo "${text//$'\n'/\\012}"
}
# FROM is a path in the first root of the machine. PATH is one in its own root, at first in /sys.
bind() {  # FROM PATH
  echo "$(in_fstab "$1") $(in_fstab "/sys$2") none bind 0 0" >>"$work/fstab"
}
folders=(./mptcp-bench/build) files=() links=()
place() {  # HOST_PATH PATH
  local from
  from=$(realpath "$1")
  if [ -d "$from" ]; then folders+=(".$2"); else folders+=("./${2%/*}") files+=(".$2"); fi
  bind "/tmp$from" "$2"
}

# Succeeds if the machine has its own folder of this name, which hides the host's.
is_own() {  # NAME
  case $1 in
    dev | proc | sys | tmp | run | out | root | mnt | mptcp-bench | command) ;;
    *) false ;;
  esac
}
for path in "$root"/*; do
  name=${path##*/}
  if is_own "$name"; then
    continue
  elif [ -L "$path" ]; then
    links+=("/$name")
  elif [ -d "$path" ]; then
    folders+=("./$name")
    bind "/$name" "/$name"
  fi
done
for folder in netns workloads tests; do
  [ ! -d "$checkout/$folder" ] || place "$checkout/$folder" "/mptcp-bench/$folder"
done
[ ! -x "$build/mptcp-bench" ] || place "$build/mptcp-bench" /mptcp-bench/build/mptcp-bench
for path in "${copies[@]}"; do
  inside=$(path_in_machine "$path")
  top=${inside#/} top=${top%%/*}
  [ -z "$root" ] || [ ! -e "$root/$top" ] || is_own "$top" ||
    die 2 "--copy $path: nothing can be added to /$top of --root; copy it from another folder"
  place "$path" "$inside"
done
in_quotes() { local word; for word in "$@"; do printf " '%s'" "${word//\'/\'\\\'\'}"; done; }
cat >"$work/places" <<END
cp -P --$(in_quotes /mnt/command "${links[@]}") .
mkdir -p --$(in_quotes "${folders[@]}")
touch --$(in_quotes ./command "${files[@]}")
END
ln -s "${root:-/}" "$work/root"
# As with QEMU, the caller's PATH determines which program is taken. The machine's own PATH is the
# same in every run.
mkdir "$work/programs"
[ -n "$root" ] || for program in "${programs[@]}"; do
  path=$(type -P "$program") || continue
  [[ $path =~ ^(/usr)?/s?bin/ ]] || ln -s "$path" "$work/programs/$program"
done
cp "$here/uml_init" "$work/init"

# --- the record of the machine, for the result ---

digest_of() { sha256sum | cut -d ' ' -f 1; }
kernel_digest=$(digest_of <"$uml")
config_digest=$(timeout 10 "$uml" --showconfig </dev/null 2>/dev/null | digest_of)
root_digest=$("$here/root_files.sh" "$build/mptcp-bench" "$root" | digest_of)
machine_record=$(printf '{"kernel_sha256":"%s","config_sha256":"%s","root_sha256":"%s","seed":%d}' \
  "$kernel_digest" "$config_digest" "$root_digest" "$((10#$seed))")
write_command "$work/command"

# --- the machine ---

touch "$work"/{console.log,stdout,stderr,status}
boot='mount -t hostfs -o /proc/self/cwd/. none /mnt && exec /bin/sh /mnt/init'
time_limit=$((boot_timeout + timeout * slowness))
(
  cd "$work" || exit
  # seccomp=on: three to five times faster than ptrace(2). Kernels without this mode ignore it.
  # HOME: the kernel makes a folder there, and panics if it cannot.
  # session: all processes of the machine belong to the kernel's session. run.sh ends those left.
  # shellcheck disable=SC2016
  exec setpriv --pdeathsig TERM timeout --kill-after=5 $time_limit taskset -c "$(processor)" \
    env -i HOME="$work" PATH="$PATH" TMPDIR="$(memory_folder)" LD_PRELOAD=./pin_host.so \
    PIN_HOST_SEED="$seed" \
    sh -c 'echo $$ >session && exec "$@"' sh \
    "$uml" mem="${memory}M" root=/dev/root rootfstype=hostfs rootflags=/proc/self/cwd/root ro \
    init=/bin/sh con=null con0=null,fd:1 con1=null,fd:3 con2=null,fd:4 con3=null,fd:5 quiet \
    seccomp=on time-travel=inf-cpu time-travel-start=1700000000000000000 -- -c "\"$boot\"" \
    </dev/null >>console.log 2>&1 3>>stdout 4>>stderr 5>>status
) &
uml_pid=$!
children+=("$uml_pid")
# A reader that ends early (run.sh ... | head) must not block the machine. The rest of the output is
# discarded.
tail -q -c +1 -s 0.1 -f --pid="$uml_pid" "$work/stdout" 2>/dev/null &
children+=($!)
tail -q -c +1 -s 0.1 -f --pid="$uml_pid" "$work/stderr" >&2 &
children+=($!)
timeout_status=0 silence_hint='does it run on this host?'
hang_hint='does COMMAND compute without ever waiting? That stops its clock'
wait "$uml_pid" || timeout_status=$?
children=("${children[@]:1}")
wait "${children[@]}" || true
children=()
! grep -q 'pin_host.so.* cannot be preloaded' "$work/console.log" ||
  die 125 "the kernel's random numbers are not pinned:" \
    "$(grep -m 1 'cannot be preloaded' "$work/console.log")"
