#!/bin/bash
# Tests the User Mode Linux machine: run.sh --uml refuses a kernel whose clock would not be exact,
# passes on output, files and failures, and leaves no process behind. Equal runs of mptcp-bench give
# equal results, over netem and over tun.
#
# usage: tests/vm/uml_test.sh
#        (MPTCP_BENCH_UML names your own kernel; without it, one is fetched and built)
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tmp=$(mktemp -d "${TMPDIR:-/tmp}/uml_test.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
passed=0 failed=0 skipped=0

# check NAME COMMAND...: shows the command's output only if it fails.
check() {
  local name=$1
  shift
  if "$@" >"$tmp/log" 2>&1; then
    echo "ok    $name"
    passed=$((passed + 1))
  else
    echo "FAIL  $name"
    sed 's/^/      /' "$tmp/log"
    failed=$((failed + 1))
  fi
}
# In CI, where every check must run, a skip is a failure.
skip_check() { # NAME REASON
  if [ "${MPB_MUST:-0}" = 1 ]; then
    echo "FAIL  $1: $2"
    failed=$((failed + 1))
    return
  fi
  echo "skip  $1: $2"
  skipped=$((skipped + 1))
}
finish() { # EXIT_STATUS
  echo "$passed passed, $failed failed, $skipped skipped"
  exit "$1"
}
# The reason comes last, where tests/count.py looks for it.
skip() {
  [ $failed = 0 ] || finish 1
  skipped=1
  echo "$passed passed, 0 failed, 1 skipped"
  echo "skip  User Mode Linux: $1"
  exit 77
}
run() { "$here/run.sh" "$@"; }

# refuses STATUS TEXT COMMAND...: the command ends with STATUS, and its output contains TEXT.
refuses() {
  local want=$1 text=$2 status=0
  shift 2
  "$@" >"$tmp/output" 2>&1 || status=$?
  cat "$tmp/output"
  [ $status = "$want" ] || { echo "exit status $status instead of $want"; return 1; }
  [ -z "$text" ] || grep -qF -- "$text" "$tmp/output" ||
    { echo "the output lacks: $text"; return 1; }
}

# --- refusals that start nothing ---

# A program that contains these texts, as a kernel contains its configuration.
fake() { # NAME TEXT...
  printf '#!/bin/sh\n' >"$tmp/$1"
  printf '# %s\n' "${@:2}" >>"$tmp/$1"
  chmod +x "$tmp/$1"
}
fake kernel CONFIG_UML=y CONFIG_UML_TIME_TRAVEL_SUPPORT=y
fake smp CONFIG_UML=y CONFIG_UML_TIME_TRAVEL_SUPPORT=y CONFIG_SMP=y
fake no-clock CONFIG_UML=y
fake static CONFIG_UML=y CONFIG_UML_TIME_TRAVEL_SUPPORT=y CONFIG_STATIC_LINK=y
check 'refuses a kernel that does not exist' refuses 2 'is not a program' run --uml "$tmp/none" -- \
  true
check 'refuses another program' refuses 2 'is not a User Mode Linux kernel' run --uml /bin/true -- \
  true
check 'refuses more than one processor' refuses 2 CONFIG_SMP=n run --uml "$tmp/smp" -- true
check 'refuses a kernel without time travel' refuses 2 CONFIG_UML_TIME_TRAVEL_SUPPORT=y run \
  --uml "$tmp/no-clock" -- true
check 'refuses a static kernel' refuses 2 CONFIG_STATIC_LINK=n run --uml "$tmp/static" -- true
check 'refuses a kernel of QEMU next to it' refuses 2 "QEMU's" run --uml "$tmp/kernel" \
  --kernel /bin/true -- true
check 'refuses a root without it' refuses 2 'belongs to --uml' run --root / -- true
check 'refuses another folder as root' \
  refuses 2 'tests/vm/root.sh' run --uml "$tmp/kernel" --root / -- true
check 'refuses a seed without it' refuses 2 'belongs to --uml' run --seed 1 -- true
check 'refuses a seed that is not a number' refuses 2 'not a whole number' run --uml "$tmp/kernel" \
  --seed x -- true

# --- the kernel ---

linux=${MPTCP_BENCH_UML:-}
if [ -z "$linux" ]; then
  status=0
  linux=$("$here/uml_kernel.sh" 2>"$tmp/why") || status=$?
  [ $status != 77 ] || skip "$(tail -n 1 "$tmp/why")"
  [ $status = 0 ] || { cat "$tmp/why"; failed=1; finish 1; }
fi
# A unique name, to find its processes by.
cp "$linux" "$tmp/linux" || { failed=1; finish 1; }
linux=$tmp/linux

# --- the machine ---

# A script that starts the kernel in another mode of time travel, or none.
mode() { # NAME OPTION
  cat >"$tmp/$1" <<END
#!/bin/bash
# CONFIG_UML=y CONFIG_UML_TIME_TRAVEL_SUPPORT=y
exec "$linux" "\${@/#time-travel=inf-cpu/$2}"
END
  chmod +x "$tmp/$1"
}
mode basic time-travel
mode real-time ''
check "refuses time travel's basic mode" refuses 125 'no exact clock' run --uml "$tmp/basic" -- true
check 'refuses a clock of the host' refuses 125 'no exact clock' run --uml "$tmp/real-time" -- true

carries() {
  local status=0
  mkdir "$tmp/files"
  # shellcheck disable=SC2016
  (cd "$tmp" && run --uml ./linux --out files --copy smp -- \
    bash -c 'echo to stdout; echo to stderr >&2; pwd >file; cat "$1" >>file; mkdir d; touch d/empty
      exit 7' bash "$tmp/smp" \
    >stdout 2>stderr) || status=$?
  cat "$tmp/stdout" "$tmp/stderr"
  [ $status = 7 ] && [ "$(cat "$tmp/stdout")" = 'to stdout' ] &&
    [ "$(cat "$tmp/stderr")" = 'to stderr' ] &&
    cmp "$tmp/files/file" <(echo /out && cat "$tmp/smp") && [ -f "$tmp/files/d/empty" ] &&
    [ -s "$tmp/files/console.log" ]
}
check 'carries output, files and the exit status' carries
check 'accepts a file that it has at the same path already' run --uml "$linux" --copy /etc/passwd \
  -- \
  test -s /etc/passwd
check 'ends a command that exceeds its time' \
  refuses 124 '' run --uml "$linux" --timeout 2 -- sleep 60
for path in "$here" /mptcp-bench/tests; do
  check "leaves the files of the host alone in $path" \
    refuses 1 'Read-only file system' run --uml "$linux" -- touch "$path/written"
done
places() {
  local file="$tmp/it's a folder/a\\040 \$file"
  mkdir -p "${file%/*}" && echo text >"$file" || return
  run --uml "$linux" --copy "$file" -- cat "$file" >"$tmp/stdout"
  grep text "$tmp/stdout"
}
check 'copies a file of any name' places
check 'reports why the kernel stopped' refuses 125 'Kernel panic' run --uml "$linux" -- \
  bash -c 'echo c >/proc/sysrq-trigger'

# The limit in seconds of the host, for a kernel that hangs: this one. timeout(1) is asked for the
# whole limit, and waits for a second of it.
hangs() {
  mkdir "$tmp/bin"
  cat >"$tmp/bin/timeout" <<END
#!/bin/sh
[ "\$1" = --kill-after=5 ] || exec $(type -P timeout) "\$@"
echo "limit \$2" >"$tmp/limit"
shift 2
exec $(type -P timeout) --kill-after=5 1 "\$@"
END
  cat >"$tmp/hanging" <<'END'
#!/bin/sh
# CONFIG_UML=y CONFIG_UML_TIME_TRAVEL_SUPPORT=y
[ "$1" = --showconfig ] || exec sleep 1000
END
  chmod +x "$tmp/bin/timeout" "$tmp/hanging"
  PATH=$tmp/bin:$PATH refuses 125 'the machine was still starting up' \
    run --uml "$tmp/hanging" --timeout 7 -- true || return
  # 90 s to boot, and ten times what the command may take.
  grep -qx 'limit 160' "$tmp/limit" && grep -q 'after 160 s' "$tmp/output"
}
check 'ends a machine that hangs' hangs

# The processes of the machine: the kernel and its programs, which form a session.
processes() { pgrep -f "^$linux " | xargs -r -n 1 pgrep -s | sort -un; }
leaves_nothing() {
  local pid status=0 left
  # The loop stops the clock, so only a signal ends it. The sleep gives the output time to appear.
  "$here/run.sh" --uml "$linux" -- bash -c 'echo started; sleep 1; while :; do :; done' \
    >"$tmp/stdout" 2>&1 &
  pid=$!
  for _ in $(seq 300); do
    ! grep -q started "$tmp/stdout" || break
    sleep 0.1
  done
  mapfile -t left < <(processes)
  [ ${#left[@]} -ge 2 ] || { cat "$tmp/stdout"; return 1; }
  kill -TERM "$pid"
  wait "$pid" || status=$?
  echo "exit status $status"
  cat "$tmp/stdout"
  ! ps -o pid,args -p "${left[@]}" && [ $status = 143 ]
}
check 'leaves no process behind when it is ended' leaves_nothing

# --- identity ---

program=$(realpath "${MPTCP_BENCH:-$here/../../build/mptcp-bench}")
build=${program%/*}
[ -x "$program" ] || finish $((failed > 0))

# with_tc LINKS COMMAND...: netem uses a tc that supports seeds, if tests/userland/make.sh has
# fetched one.
with_tc() {
  local PATH=$PATH
  [ "$1" != netem ] || PATH=$here/../../build/userland/sbin:$PATH
  "${@:2}"
}

# measure NAME LINKS [OPTIONS...] [-- PROGRAM...]: writes the result of a short run, which PROGRAM
# starts if there is one, to $tmp/NAME/r.json.
measure() {
  local name=$1 links=$2 options=()
  shift 2
  while [ $# -gt 0 ]; do
    [ "$1" != -- ] || { shift; break; }
    options+=("$1")
    shift
  done
  with_tc "$links" run --uml "$linux" --build "$build" --out "$tmp/$name" "${options[@]}" -- \
    "$@" mptcp-bench \
    --links "$links" --store builtin --size 4k --op get -c 20 --duration 1s --seed 1 -o r.json &&
    jq -e '(.runs | length) == 2 and all(.runs[]; .valid and .requests > 0)
      and .environment.virtual_time' "$tmp/$name/r.json"
}
identical() { "$program" compare --exact "$tmp/$1/r.json" "$tmp/$2/r.json"; }
has_seeds() { [ "$(jq .environment.netem_seeded "$tmp/$1/r.json")" != false ]; }

# Two runs that differ only in the machine's memory.
equal() { measure "$1.1" "$1" && measure "$1.2" "$1" --memory 512 && identical "$1.1" "$1.2"; }
for links in netem tun; do check "gives equal results for equal runs over $links" equal $links; done

# Each failing system call takes a microsecond. The losses of a netem without seeds change with the
# time at which programs end.
# shellcheck disable=SC2016
aligned() {
  measure "$1.3" "$1" -- bash -c 'ls /no1 /no2 /no3; exec "$@"' bash && identical "$1.1" "$1.3"
}
no_seeds='netem has no seeds here, because tc or the kernel is older than 6.6'
for links in netem tun; do
  name="is unaffected by earlier failures over $links"
  if has_seeds "$links.1"; then check "$name" aligned $links
  else skip_check "$name" "$no_seeds"; fi
done

# tc(8), which lists the queues, runs next to the emulator. However many system calls it makes, the
# emulator must not keep a phase from it.
# shellcheck disable=SC2016
next_to_emulator() {
  measure tun.4 tun -- bash -c '
    mkdir /tmp/slow
    cat >/tmp/slow/tc <<END
#!/bin/sh
for i in $(seq -s " " 50); do [ -e /no ]; done
exec $(type -P tc) "\$@"
END
    chmod +x /tmp/slow/tc
    PATH=/tmp/slow:$PATH exec "$@"' bash && identical tun.1 tun.4
}
check 'is unaffected by programs that run next to the emulator' next_to_emulator

no_rate() {
  refuses 77 'has a direction without a rate' run --uml "$linux" --build "$build" -- mptcp-bench \
    --links "$1" --scenario stack-cost --store builtin --size 4k --duration 1s -o r.json
}
for links in netem tun; do check "refuses links without a rate over $links" no_rate $links; done

machine_of() { jq .environment.machine "$tmp/$1/r.json"; }
sha256() { sha256sum | cut -d ' ' -f 1; }
recorded() {
  machine_of tun.1
  jq -e --arg kernel "$(sha256 <"$linux")" --arg config "$("$linux" --showconfig | sha256)" \
    --arg root "$("$here/root_files.sh" "$program" | sha256)" \
    '.environment.machine ==
      {kernel_sha256: $kernel, config_sha256: $config, root_sha256: $root, seed: 1}' \
    "$tmp/tun.1/r.json"
}
check 'records the machine in the result' recorded

# shellcheck disable=SC2016
other_seed() {
  run --uml "$linux" --seed 007 -- bash -c 'jq -e ".seed == 7" <<<"$MPTCP_BENCH_MACHINE"'
}
check 'records the seed of the kernel' other_seed

# A program from outside the system's folders has a different path in the root.
has_own_programs() { # LINKS
  grep -q ' /run/host/programs/' <<<"$(with_tc "$1" "$here/root_files.sh" "$program")"
}
minimal() {
  measure "$1.root" "$1" --root "$tmp/root" || return
  diff "$tmp/made" - <<<"$(machine_of "$1.root" | jq -r .root_sha256)  $tmp/root" || return
  has_own_programs "$1" || diff <(machine_of "$1.1") <(machine_of "$1.root")
}
made() { with_tc "$1" "$here/root.sh" --build "$build" "$tmp/root" >"$tmp/made"; }
for links in netem tun; do
  check "makes a root for $links" made $links
  check "needs nothing but its root over $links" minimal $links
  name="gives equal results with its root over $links"
  if has_seeds "$links.1"; then check "$name" identical "$links.1" "$links.root"
  else skip_check "$name" "$no_seeds"; fi
done
nothing_else() { refuses 1 '' run --uml "$linux" --root "$tmp/root" -- test -e "$here/run.sh"; }
check 'has no other file of the host' nothing_else
finish $((failed > 0))
