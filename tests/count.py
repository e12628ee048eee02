#!/usr/bin/env python3
"""Counts the cases of Meson's testlog.json. Prints which failed and why others were skipped, and
then "N passed, N failed, N skipped" on a separate line.

Each case of a GoogleTest program counts, and a script counts as one. A time-out or an interruption
is a failure. If the suite uml takes longer than its budget, a warning says so. That is not a
failure, because a busy host would cause it as well.
"""
import json
import os
import re
import sys

UML_BUDGET_S = 8 * 60


def wall_time(spans):
    """The time in which at least one of the spans, each with a begin and an end, lasts."""
    total, reached = 0.0, 0.0
    for begin, end in sorted(spans):
        total += max(0.0, end - max(begin, reached))
        reached = max(reached, end)
    return total


passed, failed, skipped = 0, [], []
uml_spans = []
for line in open(sys.argv[1]):
    test = json.loads(line)
    name, output = test["name"], test.get("stdout") or ""
    cases = re.findall(r"^\[       OK \] (\S+)", output, re.M)
    broken = sorted(set(re.findall(r"^\[  FAILED  \] (\S+?),? \(", output, re.M)))
    if test["result"] == "SKIP":
        lines = output.strip().splitlines()
        skipped.append(f"{name}: {lines[-1] if lines else 'no reason given'}")
        continue
    suites = re.split("[:+]", name.partition(" / ")[0])  # of "mptcp-bench:vm+uml / patches"
    if "uml" in suites:
        uml_spans.append((test["starttime"], test["starttime"] + test["duration"]))
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
if uml_spans:
    seconds = wall_time(uml_spans)
    print(f"the suite uml took {seconds:.0f} s of wall time; its budget is {UML_BUDGET_S} s")
    if seconds > UML_BUDGET_S:
        print(f"WARNING the suite uml is {seconds - UML_BUDGET_S:.0f} s over its budget")
print(f"{passed} passed, {len(failed)} failed, {len(skipped)} skipped")
sys.exit(1 if failed or passed == 0 else 0)
