#!/bin/bash
# Under a process 1 that does not reap, as in many containers: however mptcp-bench ends, no live
# process remains, and doctor reports the problem.
. "$(dirname "$0")/lib.sh"
need_links
need python3
cat >"$work/init.py" <<'END'
import os, signal, subprocess, sys, time

bench, how, result = sys.argv[1:]

def processes():
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            name, rest = open(f"/proc/{pid}/stat").read().split("(", 1)[1].rsplit(")", 1)
            found[int(pid)] = name, rest.split()[0], open(f"/proc/{pid}/cmdline").read().split("\0")
        except OSError:
            pass
    return found

def is_live(pid, process): return pid != 1 and process[1] != "Z"

def wait_until(condition, failure):
    until = time.monotonic() + 20
    while not condition():
        if time.monotonic() > until:
            sys.exit(f"FAILED: {failure}: {processes()}")
        time.sleep(0.02)

def loading(): return any("load" in p[2] and "--events" in p[2] for p in processes().values())

# Popen reaps only its own child.
run = subprocess.Popen([bench, "--quiet", "--store", "builtin", "--proto", "tcp", "--op", "set",
                        "--size", "1k", "--warmup", "100ms", "--duration",
                        "300ms" if how == "end" else "20s", "-o", result],
                       stdout=subprocess.DEVNULL)
if how != "end":
    wait_until(loading, "no load")
    victims = [run.pid]
    if how == "all":  # the upper three processes at the same time
        victims += [pid for pid, p in processes().items() if p[0].startswith("mptcp-bench")
                    and "load" not in p[2] and "serve" not in p[2]]
    for pid in victims:
        os.kill(pid, signal.SIGTERM if how == "term" else signal.SIGKILL)
wait_until(lambda: run.poll() is not None, "it has not ended")
wait_until(lambda: not any(is_live(*p) for p in processes().items()), "left behind")
# 1 is a run that is invalid because other tests keep the machine busy; it ends like the others.
if run.returncode not in {"end": (0, 1), "term": (143,)}.get(how, (-9,)):
    sys.exit(f"FAILED: {how}: {run.returncode}")
END
for how in end term kill all; do
  unshare --pid --fork --mount-proc --kill-child python3 "$work/init.py" "$bench" $how "$result" \
    >"$work/out" 2>"$work/err" || fail "$how"
done

# A process 1 that reaps, such as this test's own, is not reported.
expect_exit 0 "$bench" doctor
! grep -q 'does not reap' "$work/out" || fail 'doctor reports a process 1 that reaps'
unshare --pid --fork --mount-proc --kill-child \
  python3 -c 'import subprocess, sys; sys.exit(subprocess.run(sys.argv[1:]).returncode)' \
  "$bench" doctor >"$work/out" 2>"$work/err" || fail "doctor: exit status $?"
expect_stdout 'limit process 1'
expect_stdout 'docker run --init'
