#!/usr/bin/env python3
"""Counts the cases of Meson's testlog.json; prints which failed and why others were skipped, then "N passed, N failed, N skipped" alone on a line.

A GoogleTest program counts case by case, a script as one. Only what Meson calls OK has passed: a time-out or an interruption has failed.
"""
import json
import os
import re
import sys

passed, failed, skipped = 0, [], []
for line in open(sys.argv[1]):
    test = json.loads(line)
    name, said = test["name"], test.get("stdout") or ""
    cases = re.findall(r"^\[       OK \] (\S+)", said, re.M)
    broken = sorted(set(re.findall(r"^\[  FAILED  \] (\S+?),? \(", said, re.M)))
    if test["result"] == "SKIP":
        lines = said.strip().splitlines()
        skipped.append(f"{name}: {lines[-1] if lines else 'no reason given'}")
        continue
    if test["result"] == "OK":
        passed += len(cases) or 1
        # A GoogleTest case cannot tell "the machine cannot" from "something is missing": where all must run, a skip is a failure.
        (failed if os.environ.get("MPB_MUST") == "1" else skipped).extend(
            f"{name}: {case} was skipped" for case in sorted(set(re.findall(r"^\[  SKIPPED \] (\S+?),? \(", said, re.M))))
    else:
        passed += len(cases)
        failed += [f"{name}: {case}" for case in broken] or [f"{name}: {test['result']}"]
for name in failed:
    print("FAILED", name)
for name in skipped:
    print("SKIPPED", name)
print(f"{passed} passed, {len(failed)} failed, {len(skipped)} skipped")
sys.exit(1 if failed or passed == 0 else 0)
