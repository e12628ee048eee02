#!/usr/bin/env python3
"""Counts the cases of Meson's testlog.json. Prints which failed and why others were skipped, and
then "N passed, N failed, N skipped" on a separate line.

Each case of a GoogleTest program counts, and a script counts as one. A time-out or an interruption
is a failure.
"""
import json
import os
import re
import sys

passed, failed, skipped = 0, [], []
for line in open(sys.argv[1]):
    test = json.loads(line)
    name, output = test["name"], test.get("stdout") or ""
    cases = re.findall(r"^\[       OK \] (\S+)", output, re.M)
    broken = sorted(set(re.findall(r"^\[  FAILED  \] (\S+?),? \(", output, re.M)))
    if test["result"] == "SKIP":
        lines = output.strip().splitlines()
        skipped.append(f"{name}: {lines[-1] if lines else 'no reason given'}")
        continue
    if test["result"] == "OK":
        passed += len(cases) or 1
        # A GoogleTest case does not distinguish a machine that cannot run it from a missing
        # program. In CI, where every test must run, a skip is therefore a failure.
        left_out = sorted(set(re.findall(r"^\[  SKIPPED \] (\S+?),? \(", output, re.M)))
        (failed if os.environ.get("MPB_MUST") == "1" else skipped).extend(
            f"{name}: {case} was skipped" for case in left_out)
    else:
        passed += len(cases)
        failed += [f"{name}: {case}" for case in broken] or [f"{name}: {test['result']}"]
for name in failed:
    print("FAILED", name)
for name in skipped:
    print("SKIPPED", name)
print(f"{passed} passed, {len(failed)} failed, {len(skipped)} skipped")
sys.exit(1 if failed or passed == 0 else 0)
