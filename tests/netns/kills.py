#!/usr/bin/env python3
"""By hand: sends SIGKILL to a random process of the tree at a random moment, many times, and checks
the outcome.

    tests/netns/kills.py [KILLS] [SEED] [FIRST]

Kill number N of a SEED is the same wherever a campaign begins, so FIRST allows it to run in parts.
After each kill mptcp-bench ends by itself, with a matching exit status and message, and the result
is complete or does not exist. No process, interface, named namespace, mount, shared memory or file
remains. Process 1 never reaps. Prints a table by process, and exits with 1 if a check failed.
"""
import collections
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

root = pathlib.Path(__file__).resolve().parents[2]
bench = os.path.realpath(os.environ.get("MPTCP_BENCH", root / "build/mptcp-bench"))
kills, seed, first = (int(word) for word in (sys.argv[1:] + ["300", "1", "0"][len(sys.argv) - 1:]))

if os.environ.get("KILLS_INSIDE") != "1":
    os.environ["KILLS_INSIDE"] = "1"
    isolate = ["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child", "--mount-proc"]
    if os.geteuid() != 0:
        isolate += ["--user", "--map-root-user"]
    os.execvp("unshare", [*isolate, sys.executable, *sys.argv])

subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
for folder in ("/dev/shm", "/tmp"):
    subprocess.run(["mount", "-t", "tmpfs", "none", folder], check=True)
work = tempfile.mkdtemp()
result = work + "/result.json"


def processes():
    """pid -> (command, state, parent, words), of all other live processes."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            stat = open(f"/proc/{pid}/stat").read()
            words = open(f"/proc/{pid}/cmdline").read().split("\0")
        except OSError:
            continue
        state, parent = stat.rsplit(")", 1)[1].split()[:2]
        if int(pid) != os.getpid() and state not in "ZX":
            found[int(pid)] = stat.split("(", 1)[1].rsplit(")", 1)[0], state, int(parent), words
    return found


def part(pid, all_of_them, run):
    command, _, parent, words = all_of_them[pid]
    if pid == run:
        return "started"
    if command == "mptcp-bench-ns":
        return "keeper"
    if words[0].endswith("mptcp-bench"):
        sub = words[1] if len(words) > 1 else ""
        known = {"link": "emulator", "serve": "store",
                 "load": "fill" if "--fill" in words else "load"}
        if sub in known:
            return known[sub]
        below_keeper = all_of_them.get(parent, ("",))[0] == "mptcp-bench-ns"
        return "orchestrator" if below_keeper else "child before exec"
    return "store" if "redis-server" in command else command


def left_behind():
    links = subprocess.run(["ip", "-br", "link"], capture_output=True, text=True).stdout
    found = ["interface " + line.split()[0] for line in links.splitlines()
             if not line.startswith("lo ")]
    found += ["mount " + line.split()[4] for line in open("/proc/self/mountinfo")
              if " - nsfs " in line]
    for folder in ("/run/netns", "/dev/shm", "/tmp", os.getcwd()):
        for path in pathlib.Path(folder).rglob("*") if os.path.isdir(folder) else ():
            if str(path) not in (work, result, work + "/cwd"):
                found.append(f"file {path}")
    return found


def reasons():
    """The reasons against the run in the result; None without a result. Raises if it is broken."""
    if not os.path.exists(result):
        return None
    run = json.load(open(result))["runs"][0]
    return run["invalid_reasons"] if not run["valid"] else []


def one(number):
    rng = random.Random(f"{seed}/{number}")
    store = rng.choice(["builtin", "redis"] if number % 2 else ["builtin"])
    moment = rng.uniform(0, 1.9)
    if os.path.exists(result):
        os.unlink(result)
    begun = time.monotonic()
    run = subprocess.Popen([bench, "--quiet", "--store", store,
                            "--proto", rng.choice(["tcp", "mptcp"]),
                            "--op", rng.choice(["get", "set"]), "--size", "1k", "-c", "10",
                            "--warmup", "200ms", "--duration", "1s", "-o", result],
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True)
    time.sleep(moment)
    tree = processes()
    if not tree:
        run.communicate()
        return "(had ended)", f"exit {run.returncode}", moment, []
    by_part = collections.defaultdict(list)
    for pid in tree:
        by_part[part(pid, tree, run.pid)].append(pid)
    victim = rng.choice(sorted(by_part))
    try:
        os.kill(rng.choice(by_part[victim]), signal.SIGKILL)
    except ProcessLookupError:
        pass
    wrong = []
    try:
        output = run.communicate(timeout=20)[0]
    except subprocess.TimeoutExpired:
        run.kill()
        output, wrong = run.communicate()[0], ["it still ran after 20 s"]
    until = time.monotonic() + 5
    while processes() and time.monotonic() < until:
        time.sleep(0.01)
    wrong += [f"process {pid} {p[0]}" for pid, p in processes().items()] + left_behind()
    try:
        why = reasons()
    except (ValueError, KeyError, IndexError) as error:
        wrong, why = wrong + [f"a broken result: {error}"], None
    outcome = "no result" if why is None else "valid" if not why else "invalid"
    status = run.returncode
    names = {"emulator": "emulator", "store": "store", "load": "load", "fill": "filling"}
    late = any("this machine is too busy" in reason for reason in why or [])
    if victim == "started" and status != -9 or victim == "orchestrator" and status not in (137, 0):
        wrong.append(f"exit status {status}")
    elif victim == "keeper" and status not in (1, 0):
        wrong.append(f"exit status {status}")
    elif victim in names and status == 1 and not late and names[victim] not in output + " ".join(
            why or []):
        wrong.append(f"exit status 1 and the {victim} is not named: {output[-300:]}")
    elif victim not in ("started", "keeper", "orchestrator") and status not in (0, 1):
        wrong.append(f"exit status {status}")
    if status == 0 and outcome != "valid" or outcome == "invalid" and status == 0:
        wrong.append(f"exit status 0 with {outcome}")
    if status == 1 and not output.strip():
        wrong.append("exit status 1 without a message")
    if victim in ("emulator", "store", "load") and status == 0:
        outcome += ", all read by then"
    return victim, f"exit {status}, {outcome}", moment, wrong


os.mkdir(work + "/cwd")
os.chdir(work + "/cwd")
table, bad = collections.Counter(), 0
for number in range(first, first + kills):
    victim, outcome, moment, wrong = one(number)
    table[victim, outcome] += 1
    if wrong:
        bad += 1
        print(f"kill {number} of seed {seed}: {victim} at {moment:.2f} s: {outcome}: "
              + "; ".join(wrong), flush=True)
for (victim, outcome), count in sorted(table.items()):
    print(f"{count:4}  {victim:18} {outcome}")
print(f"{kills} kills, seed {seed}, from {first} on: {bad} with something wrong")
sys.exit(1 if bad else 0)
