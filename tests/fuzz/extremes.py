#!/usr/bin/env python3
"""Sets every scalar of small documents to extreme values in turn, and gives all of these documents
to the fuzz targets.

Random mutation finds hardly any of them: 2^62 in one field of a hundred, and valid values in the
others. A target executes all its files in one process, and asserts of every input that it is
refused with the name of the field, or accepted and all output made of it, within the time limit.

    python3 tests/fuzz/extremes.py build-fuzz          makes one group of outputs of each accepted
                                                       result
    python3 tests/fuzz/extremes.py build-fuzz --all    makes every output of it: four times as long
"""
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent
SEEDS = {  # committed inputs that have every field, or every kind of it
    "result": ["failover", "search", "sync", "again"],
    "scenario": ["events", "sysctls"],
    "workload": ["all", "replica-sync"],
    "control": ["links", "snap"],
    "events": ["outcome", "measuring", "progress"],
}
VALUES = ["0", "-1", "1", "0.5", "1e308", "-1e308", "1e999", str(2**31), str(2**53), str(2**62),
          str(2**63 - 1), str(2**63), str(-2**63), str(2**64 - 1), str(2**64), '""',
          '"\\u001b]0;title\\u0007\\n<script>"', '"\\ud83d\\ude00"', "null", "true", "[]", "{}"]
TEXTS = ["1e999{}", "1e308{}", "9e18{}", "9223372036854775807{}", "18446744073709551616{}", "-1{}",
         "nan{}", "inf{}", "0{}", "{}"]
UNITS = ["ns", "s", "m", "bit", "gbit", "b", "g", "%", "p", "/s"]
NESTED = "[" * 200_000 + "]" * 200_000
MARK = "@here@"
MOST_FINDINGS = 20


def variants(value):
    yield from VALUES
    if isinstance(value, str):
        unit = next((u for u in sorted(UNITS, key=len, reverse=True)
                     if value.endswith(u) and value[:1].isdigit()), None)
        if unit is not None:
            yield from (json.dumps(text.format(unit)) for text in TEXTS)


def places(node, path=()):
    """Every member and element, with its container."""
    items = []
    if isinstance(node, dict):
        items = list(node.items())
    elif isinstance(node, list):
        items = list(enumerate(node))
    for key, value in items:
        yield node, key, (*path, key)
        yield from places(value, (*path, key))


def documents(document, seen):
    """Names and texts of all variants of a document. `seen` contains the fields that were set
    before. The elements of an array are alike, so only the fields of the first one are set."""
    for holder, key, path in list(places(document)):
        field = tuple("*" if isinstance(step, int) else step for step in path)
        if field in seen:
            continue
        seen.add(field)
        value = holder[key]
        where = ".".join(map(str, path))
        if not isinstance(value, (dict, list)):
            holder[key] = MARK
            text = json.dumps(document)
            for number, variant in enumerate(variants(value)):
                yield f"{where}={number}", text.replace(f'"{MARK}"', variant)
            if len(path) <= 2:
                yield f"{where}=nested", text.replace(f'"{MARK}"', NESTED)
            holder[key] = value
        if isinstance(holder, dict):
            del holder[key]
            yield f"{where}=absent", json.dumps(document)
            holder[key] = value


def execute(build, target, files):
    """The files at which the target fails, with its messages."""
    findings = []
    while files and len(findings) < MOST_FINDINGS:
        command = [f"{build}/tests/fuzz/{target}", "-timeout=10", "-rss_limit_mb=1024",
                   f"-artifact_prefix={build}/findings/{target}-"]
        all_outputs = {"FUZZ_ALL_OUTPUTS": "1"} if "--all" in sys.argv else {}
        done = subprocess.run(command + files, capture_output=True, text=True, errors="replace",
                              check=False, env=os.environ | all_outputs)
        if done.returncode == 0:
            break
        lines = done.stderr.splitlines()
        last = [line.removeprefix("Running: ") for line in lines
                if line.startswith("Running: ")][-1]
        why = next((line for line in lines if any(
            word in line for word in ("rror:", "Assertion", "ERROR", "terminate"))), "")
        findings.append((last, why))
        files = files[files.index(last) + 1:]
    return findings


def main():
    build = sys.argv[1]
    failed = False
    for target, seeds in SEEDS.items():
        seen = set()
        with tempfile.TemporaryDirectory() as folder:
            files = []
            for seed in seeds:
                document = json.loads((ROOT / "corpus" / target / seed).read_text())
                for name, text in documents(document, seen):
                    file = pathlib.Path(folder, f"{seed}-{name}")
                    file.write_text(text)
                    files.append(str(file))
            shares = [files[start::os.cpu_count()] for start in range(os.cpu_count())]
            with concurrent.futures.ThreadPoolExecutor() as pool:
                parts = pool.map(lambda share: execute(build, target, share), shares)
                findings = [finding for part in parts for finding in part]
            print(f"{target}: {len(files)} extremes, {len(findings)} findings", flush=True)
            for file, why in findings:
                kept = pathlib.Path(build, "findings", f"{target}-{pathlib.Path(file).name}")
                kept.write_bytes(pathlib.Path(file).read_bytes())
                print(f"  {kept}: {why}")
            failed = failed or bool(findings)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
