"""Runs mptcp-bench in machines of User Mode Linux, one run in each, as many at the same time as
there are processors. Finished results stay in a folder, from which a later call takes them."""
import concurrent.futures
import contextlib
import fcntl
import hashlib
import json
import math
import os
import pathlib
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
import typing

import paired

HERE = pathlib.Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
BUILD = PROJECT / "build"
MEMORY_MIB = 1024  # of a machine
OK, FAILED, BAD_USAGE, WORSE, CANNOT_TELL, CANNOT_RUN = 0, 1, 2, 3, 4, 77
# Differences within these are of no practical importance, as in the verdicts of mptcp-bench.
MARGINS = {"throughput": 0.02, "longest stall": 0.05, "p99": 0.05}
PHASE_MS = 13  # a prime, so that the phases do not repeat within a timer's period
SHARED_MEMORY = pathlib.Path("/dev/shm")
END_WITH_THIS = ("setpriv", "--pdeathsig", "TERM")


class Failure(Exception):
    """Ends a program with `status`, or replaces the result of one run."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


def end_on_signals():
    """A signal becomes KeyboardInterrupt, so that machines and folders are cleaned up."""
    numbers = signal.SIGINT, signal.SIGTERM, signal.SIGHUP

    def stop(*_):
        for number in numbers:  # a second one would interrupt the clean-up
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in numbers:
        signal.signal(number, stop)


def sha256_of(*parts):
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def host_files_digest(build):
    """A digest of the files of this host that a machine reads, without its kernel."""
    listed = subprocess.run([str(HERE / "root_files.sh"), str(build / "mptcp-bench")],
                            stdout=subprocess.PIPE, check=False)
    if listed.returncode != 0:
        raise Failure(CANNOT_RUN, "root_files.sh failed")
    names = ("run.sh", "run_uml.sh", "machine.sh", "uml_init", "pin_host.c")
    files = [HERE / name for name in names]
    for folder in ("netns", "workloads"):
        files += sorted((PROJECT / folder).glob("*.json"))
    return sha256_of(listed.stdout, *(file.read_bytes() for file in files))


def build_kernel(tree):
    """Builds the kernel of a source tree, and returns the path of its program."""
    # A session of its own, so that Ctrl-C reaches it once, from here.
    with subprocess.Popen([*END_WITH_THIS, str(HERE / "build_uml.sh"), str(tree)],
                          stdout=subprocess.PIPE, text=True, start_new_session=True) as child:
        try:
            output = child.communicate()[0]
        except BaseException:
            child.terminate()
            child.wait()
            raise
    if child.returncode != 0:
        known = child.returncode in (BAD_USAGE, CANNOT_RUN)
        raise Failure(child.returncode if known else FAILED, f"{tree} does not build")
    return pathlib.Path(output.splitlines()[-1])


class Kernel:
    """A copy of a program of build_uml.sh. A source tree is built first."""

    def __init__(self, path, folder):
        built = path.is_dir()
        if built:
            path = build_kernel(path)
        if not path.is_file():
            raise Failure(BAD_USAGE, f"{path} is not a file, nor a kernel's source tree")
        check = subprocess.run([HERE / "check_uml.sh", path], stdout=subprocess.PIPE, text=True,
                               check=False)
        if check.returncode != 0:
            raise Failure(FAILED if built else BAD_USAGE, check.stdout.strip())
        program = path.read_bytes()
        self.digest = sha256_of(program)
        # Another build may replace the program while machines run.
        self.path = folder / "kernels" / self.digest
        if not self.path.exists():
            self.path.parent.mkdir(exist_ok=True)
            part = self.path.with_suffix(".part")
            part.write_bytes(program)
            part.chmod(0o755)
            part.rename(self.path)

    def __eq__(self, other):
        return self.digest == other.digest

    def __hash__(self):
        return hash(self.digest)


class File(str):
    """The name of a file of this host, as the value of an option. Each machine gets a copy. It is
    made at once, because another program may change the file while machines run."""

    def __new__(cls, name, folder):
        self = super().__new__(cls, name)
        try:
            file, content = pathlib.Path(name).name, pathlib.Path(name).read_bytes()
            self.identity = f"{file} {sha256_of(content)}"
            self.copy = folder.resolve() / "files" / sha256_of(content)[:16] / file
            self.copy.parent.mkdir(parents=True, exist_ok=True)
            self.copy.write_bytes(content)
        except OSError as error:
            raise Failure(BAD_USAGE, f"{name}: {error.strerror}") from error
        return self

    def path_in_machine(self):
        """The path to which `run.sh --copy` copies it."""
        if self.copy.is_relative_to(PROJECT):
            return str("/mptcp-bench" / self.copy.relative_to(PROJECT))
        return str(self.copy)


def machines_at_once(processors):
    """One on each processor, or fewer if their memory could fill /dev/shm. If not even one fits
    there, run_uml.sh finds another folder."""
    try:
        space = os.statvfs(SHARED_MEMORY)
    except OSError:
        return processors
    fit = space.f_bavail * space.f_frsize // (MEMORY_MIB << 20)
    if not 0 < fit < processors:
        return processors
    print(f"{fit} machines run at the same time, not {processors}: each may need {MEMORY_MIB} MiB "
          "of /dev/shm, which has space for no more", file=sys.stderr)
    return fit


def try_lock(file):
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def lock_one(folder, count):
    """Locks one of `count` files in the folder and returns it, or None if others hold them all."""
    for number in range(count):
        # pylint: disable-next=consider-using-with
        file = open(folder / str(number), "w", encoding="utf-8")
        if try_lock(file):
            return file
        file.close()
    return None


@contextlib.contextmanager
def machine_memory(ended):
    """Reserves the memory of one machine in /dev/shm, which all calls of this user share: there are
    as many locks as machines fit. Waits for one, until ended()."""
    folder = SHARED_MEMORY / f"mptcp-bench-{os.getuid()}"
    try:
        space = os.statvfs(SHARED_MEMORY)
        count = space.f_blocks * space.f_frsize // (MEMORY_MIB << 20)
        if count > 0:
            folder.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        count = 0
    lock = None  # if not even one fits, run_uml.sh finds another folder
    while count > 0 and (lock := lock_one(folder, count)) is None:
        if ended():
            raise Failure(FAILED, "interrupted")
        time.sleep(0.1)
    with lock or contextlib.nullcontext():
        yield


def phased(warmup_ms, seed):
    """The warm-up of a seed, as options. Each seed has its own, which moves the window, and the
    events of a scenario, relative to the timers of the kernel. Without it, seeds of links that
    neither lose nor delay at random would be one observation."""
    return "--warmup", f"{warmup_ms + PHASE_MS * (seed - 1)}ms"


def command_of(options, seed):
    return ["mptcp-bench", "--quiet", "--store", "builtin", *options, "--seed", str(seed), "-o",
            "result.json"]


class Boots:
    """Runs machines, one on each processor, and ends them on request. Only one object at a time may
    use `folder`."""

    def __init__(self, folder, build, timeout):
        if not (build / "mptcp-bench").is_file():
            raise Failure(BAD_USAGE, f"{build} has no mptcp-bench; build it, or name another "
                                     "folder with --build")
        missing = [name for name in ("setpriv", "taskset") if shutil.which(name) is None]
        if missing:
            raise Failure(CANNOT_RUN, f"these programs are missing: {' '.join(missing)}; install "
                                      "util-linux")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            # pylint: disable-next=consider-using-with
            self.lock_file = open(folder / "lock", "w", encoding="utf-8")
        except OSError as error:
            raise Failure(BAD_USAGE, f"{folder}: {error.strerror}; name another folder with "
                                     "--out") from error
        if not try_lock(self.lock_file):
            raise Failure(BAD_USAGE, f"{folder}: another call uses it; name another folder with "
                                     "--out")
        self.folder, self.build, self.timeout = folder, build, timeout
        self.host_files = host_files_digest(build)
        self.processors = queue.SimpleQueue()
        processors = sorted(os.sched_getaffinity(0))
        for processor in processors[:machines_at_once(len(processors))]:
            self.processors.put(processor)
        self.children, self.lock, self.ended = set(), threading.Lock(), False

    def key_of(self, kernel, words):
        return json.dumps([kernel.digest, self.host_files,
                           [getattr(word, "identity", word) for word in words]])

    def result(self, kernel, options, seed):
        """The file with one run's result, from an earlier call if possible. Raises Failure."""
        words = command_of(options, seed)
        key = self.key_of(kernel, words)
        folder = self.folder / sha256_of(key.encode())[:16]
        if not (folder / "key").exists():
            self.boot(kernel.path, words, seed, folder)
            (folder / "key").write_text(key, encoding="utf-8")
        return folder / "result.json"

    def repeat(self, kernel, options, seed):
        """Makes this run, even if there is a result of it. Raises Failure."""
        words = command_of(options, seed)
        folder = self.folder / "repeated" / sha256_of(self.key_of(kernel, words).encode())[:16]
        self.boot(kernel.path, words, seed, folder)
        shutil.rmtree(folder)

    def boot(self, kernel, words, seed, folder, options=(), user=()):
        """Runs the command `words` in a machine with further `options` of run.sh. `user` is a
        command that runs its arguments as another user."""
        shutil.rmtree(folder, ignore_errors=True)
        files = [word for word in words if isinstance(word, File)]
        copies = [option for file in files for option in ("--copy", str(file.copy))]
        processor = self.processors.get()
        try:
            with machine_memory(lambda: self.ended):
                status, messages = self.run(
                    [*user, *END_WITH_THIS, "taskset", "-c", str(processor),
                     str(HERE / "run.sh"), "--uml", str(kernel), "--seed", str(seed), "--build",
                     str(self.build), "--memory", str(MEMORY_MIB), "--out", str(folder),
                     "--timeout", str(self.timeout), *copies, *options, "--",
                     *(word.path_in_machine() if isinstance(word, File) else word
                       for word in words)])
        finally:
            self.processors.put(processor)
        if status not in (OK, FAILED) or not (folder / "result.json").exists():
            last = messages.splitlines()[-1] if messages else "it printed nothing"
            known = status if status in (BAD_USAGE, CANNOT_RUN) else FAILED
            raise Failure(known, f"{' '.join(words)}: exit status {status}: {last}")

    def run(self, command):
        """Returns the exit status, and the messages."""
        with self.lock:
            if self.ended:
                raise Failure(FAILED, "interrupted")
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                     stderr=subprocess.PIPE, text=True)
            self.children.add(child)
        messages = child.communicate()[1].strip()
        with self.lock:
            self.children.discard(child)
        return child.returncode, messages

    def end(self):
        with self.lock:
            self.ended = True
            for child in self.children:
                child.terminate()


def run_all(boots, jobs, result=None):
    """Maps each job (kernel, options, seed) to the file with its result, or to its Failure.
    `result` is called with each job, by default boots.result."""
    results, begun = {}, time.monotonic()
    on_terminal = sys.stderr.isatty()
    print(f"{len(jobs)} machines, {boots.processors.qsize()} at a time", file=sys.stderr)
    with concurrent.futures.ThreadPoolExecutor(boots.processors.qsize()) as pool:
        try:
            futures = {pool.submit(result or boots.result, *job): job for job in jobs}
            for future in concurrent.futures.as_completed(futures):
                failure = future.exception()
                if failure is not None and not isinstance(failure, Failure):
                    raise failure
                if failure is not None and failure.status in (BAD_USAGE, CANNOT_RUN):
                    raise failure
                results[futures[future]] = failure or future.result()
                made = len(results)
                left = (time.monotonic() - begun) / made * (len(jobs) - made)
                if on_terminal or made == 1 or made % max(1, len(jobs) // 10) == 0:
                    text = f"{made} of {len(jobs)} machines, {left / 60:.1f} min left"
                    print(f"\r{text}\033[K" if on_terminal else text,
                          end="" if on_terminal else "\n", file=sys.stderr, flush=True)
        except BaseException:
            boots.end()
            pool.shutdown(cancel_futures=True)
            raise
        finally:
            if on_terminal:
                print("\r\033[K", end="", file=sys.stderr)
    return results


class Metric(typing.NamedTuple):
    """A value to compare."""
    value: float
    less_is_worse: bool

    def gain_to(self, new):
        """The logarithm of the ratio by which `new` is better."""
        log = paired.log_ratio(self.value, new.value)
        return log if self.less_is_worse else -log


class Measured:
    """The result of one machine, which has one run: the reasons why that is not valid, its digest,
    and its metrics by name."""

    def __init__(self, path):
        try:
            result = json.loads(path.read_text(encoding="utf-8"))
            runs, self.digest = result["runs"], result["measured_sha256"]
        except (ValueError, KeyError, OSError) as error:
            raise Failure(
                FAILED, f"{path}: is not a result of this mptcp-bench: {error}") from error
        if len(runs) != 1:
            raise Failure(BAD_USAGE, f"{len(runs)} runs in one machine; give one rate and one "
                                     "congestion control")
        [run] = runs
        self.reasons = run["invalid_reasons"]
        self.metrics = {"throughput": Metric(run["throughput_rps"], True)}
        if run.get("segments"):
            self.metrics["longest stall"] = Metric(run["longest_stall_ns"], False)
        if run.get("saturated"):  # its latency only shows how long the run was
            self.metrics["p99"] = Metric(math.inf, False)
        for figure in result["figures"]:
            if figure["metric"] == "p99" and "rate_rps" in run and "p99" not in self.metrics:
                self.metrics["p99"] = Metric(figure["median"], False)


def has_events(scenario):
    """Whether the links of this scenario file change."""
    try:
        return bool(json.loads(scenario.read_text(encoding="utf-8")).get("events"))
    except (ValueError, AttributeError):  # mptcp-bench reports what is wrong with it
        return False
