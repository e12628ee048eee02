#!/usr/bin/env python3
"""Runs --repeat over the scenario flapping for hours and shows that nothing grows but the result.

    tests/soak.py HOURS [MPTCP-BENCH]

Once a minute it prints the memory and the descriptors of mptcp-bench, its processes, and the network
namespaces, interfaces, mounts and temporary files of this machine. It ends with SIGINT, as a person
would, and fails when a count has grown, when memory has grown by more than the result holds, or when
anything is left behind. Nothing else should start or stop on this machine meanwhile.
"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

SAMPLE_EVERY_S = 60
# A run in memory is its JSON text as numbers, and while the file is written also as a tree of values.
MOST_MEMORY_PER_RESULT_BYTE = 8


def processes_of(session):
    """The PIDs of a session, whatever they are called."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[3]) == session and fields[0] != "Z":
                found.append(int(stat.parent.name))
        except OSError:
            continue
    return found


def network_namespaces():
    found = set()
    for link in pathlib.Path("/proc").glob("[0-9]*/ns/net"):
        try:
            found.add(os.readlink(link))
        except OSError:
            continue
    return len(found)


def memory_kib(pid, field="VmRSS"):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    return 0


def world(folder):
    """What a leak would add to, outside the process itself."""
    return {
        "interfaces": len(os.listdir("/sys/class/net")),
        "mounts": len(pathlib.Path("/proc/self/mountinfo").read_text().splitlines()),
        "named_namespaces": len(os.listdir("/run/netns")) if os.path.isdir("/run/netns") else 0,
        "files": sum(1 for _ in folder.rglob("*")) + len(os.listdir("/dev/shm")),
    }


def sample(pid, folder, result, started):
    runs = json.loads(result.read_text())["runs"]
    return {
        "minutes": round((time.monotonic() - started) / 60, 1),
        "runs": len(runs),
        "invalid": sum(not run["valid"] for run in runs),
        "rss_kib": memory_kib(pid),
        "peak_kib": memory_kib(pid, "VmHWM"),
        "result_kib": result.stat().st_size // 1024,
        "descriptors": len(os.listdir(f"/proc/{pid}/fd")),
        "threads": len(os.listdir(f"/proc/{pid}/task")),
        "processes": len(processes_of(pid)),
        "namespaces": network_namespaces(),
        **world(folder),
    }


def grown(first, last):
    """Reasons to fail: a sentence for each figure that has grown."""
    # Between two runs there are fewer processes, descriptors and namespaces than within one.
    slack = {"descriptors": 8, "processes": 6, "namespaces": 3}
    for name in ("descriptors", "threads", "processes", "namespaces", "interfaces", "mounts", "named_namespaces", "files"):
        if last[name] > first[name] + slack.get(name, 0):
            yield f"{name}: {first[name]} at first, {last[name]} at last"
    more = 1024 * (last["rss_kib"] - first["rss_kib"])
    allowed = MOST_MEMORY_PER_RESULT_BYTE * 1024 * (last["result_kib"] - first["result_kib"]) + (4 << 20)
    if more > allowed:
        yield f"memory: {more >> 20} MiB more for {last['result_kib'] - first['result_kib']} KiB more of result"


def main():
    hours = float(sys.argv[1])
    bench = os.path.realpath(sys.argv[2] if len(sys.argv) > 2 else "build/mptcp-bench")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        result = folder / "result.json"
        before = world(folder)
        namespaces_before = network_namespaces()
        environment = {**os.environ, "TMPDIR": name}
        command = [bench, "--scenario", "flapping", "--op", "get", "--size", "4k", "-c", "10", "--rate", "200", "--warmup", "200ms",
                   "--repeat", "1000", "--quiet", "-o", str(result)]
        child = subprocess.Popen(command, cwd=name, env=environment, start_new_session=True,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        started = time.monotonic()
        end = started + 3600 * hours
        rows = []
        while time.monotonic() < end and child.poll() is None:
            time.sleep(min(SAMPLE_EVERY_S, max(0, end - time.monotonic())))
            if child.poll() is None and result.exists():
                rows.append(sample(child.pid, folder, result, started))
                if len(rows) == 1:
                    print("\t".join(rows[0]), flush=True)
                print("\t".join(str(value) for value in rows[-1].values()), flush=True)
        failures = []
        if child.poll() is not None:
            failures.append(f"mptcp-bench ended by itself: exit status {child.returncode}")
        else:
            child.send_signal(signal.SIGINT)
            asked = time.monotonic()
            try:
                status = child.wait(30)
            except subprocess.TimeoutExpired:
                child.kill()
                status = child.wait()
            print(f"SIGINT: ended after {time.monotonic() - asked:.1f} s with exit status {status}")
            if status != 130:
                failures.append(f"exit status {status} after SIGINT")
        if len(rows) < 3:
            failures.append(f"only {len(rows)} samples: give it more than three minutes")
        else:
            # The first sample is of a process that is still filling its pools.
            failures += grown(rows[1], rows[-1])
        left = processes_of(child.pid)
        if left:
            failures.append(f"processes left: {left}")
        after = world(folder)
        for figure, count in after.items():
            if figure != "files" and count != before[figure]:
                failures.append(f"{figure}: {before[figure]} before, {count} after")
        if network_namespaces() > namespaces_before:
            failures.append("a network namespace is left")
        files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
        if files != ["result.json"]:
            failures.append(f"files left: {files}")
        json.loads(result.read_text())
        for failure in failures:
            print("FAILED: " + failure)
        return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
