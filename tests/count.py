#!/usr/bin/env python3
"""Counts the cases of a JUnit file as Meson writes it; prints why each was skipped, then "N passed, N failed, N skipped" alone on a line."""
import sys
import xml.etree.ElementTree as ET

passed, failed, skipped = 0, [], []
for case in ET.parse(sys.argv[1]).iter("testcase"):
    name = f"{case.get('classname') or ''}.{case.get('name')}".strip(".")
    if case.find("failure") is not None or case.find("error") is not None:
        failed.append(name)
    elif case.find("skipped") is not None or case.get("status") == "notrun":
        said = (case.findtext("system-out") or "").strip().splitlines()
        skipped.append(f"{name}: {said[-1] if said else 'no reason given'}")
    else:
        passed += 1
for name in failed:
    print("FAILED", name)
for name in skipped:
    print("SKIPPED", name)
print(f"{passed} passed, {len(failed)} failed, {len(skipped)} skipped")
sys.exit(1 if failed or passed == 0 else 0)
