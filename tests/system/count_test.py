#!/usr/bin/env python3
"""Tests count.py with logs of Meson that are written here."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

COUNT = pathlib.Path(__file__).resolve().parents[1] / "count.py"


def log_of(name, begin, end, result="OK"):
    return {"name": f"mptcp-bench:{name}", "result": result, "stdout": "", "starttime": begin,
            "duration": end - begin}


def count(*tests):
    """The exit status and the lines of count.py for a log of these tests."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as log:
        log.write("".join(json.dumps(test) + "\n" for test in tests))
        log.flush()
        done = subprocess.run([sys.executable, COUNT, log.name], stdout=subprocess.PIPE, text=True,
                              env=os.environ | {"MPB_MUST": "1"}, check=False)
    return done.returncode, done.stdout.splitlines()


class Budget(unittest.TestCase):
    def test_time_in_which_several_tests_run_counts_once(self):
        self.assertEqual(count(log_of("vm+uml / uml", 100, 200),
                               log_of("vm+uml / patches", 150, 300),
                               log_of("vm+uml / inner", 160, 170),
                               log_of("vm+uml / variants", 400, 450)),
                         (0, ["the suite uml took 250 s of wall time; its budget is 480 s",
                              "4 passed, 0 failed, 0 skipped"]))

    def test_more_than_the_budget_is_a_warning(self):
        self.assertEqual(count(log_of("vm+uml / uml", 100, 400),
                               log_of("vm+uml / patches", 400, 590, "FAIL")),
                         (1, ["FAILED mptcp-bench:vm+uml / patches: FAIL",
                              "the suite uml took 490 s of wall time; its budget is 480 s",
                              "WARNING the suite uml is 10 s over its budget",
                              "1 passed, 1 failed, 0 skipped"]))
        self.assertEqual(count(log_of("vm+uml / uml", 100, 590))[0], 0)

    def test_other_tests_do_not_count(self):
        self.assertEqual(count(log_of("vm / agree", 0, 1000), log_of("system / uml_tree", 0, 1000)),
                         (0, ["2 passed, 0 failed, 0 skipped"]))

    def test_a_skipped_test_does_not_count(self):
        status, lines = count(log_of("unit / stats", 0, 1),
                              log_of("vm+uml / uml", 0, 1000, "SKIP"))
        self.assertEqual((status, lines[-1]), (0, "1 passed, 0 failed, 1 skipped"))
        self.assertFalse([line for line in lines if "budget" in line])


if __name__ == "__main__":
    unittest.main()
