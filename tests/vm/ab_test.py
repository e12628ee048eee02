#!/usr/bin/env python3
"""Tests the answers of ab.py to results that are written here; no kernel runs."""
import concurrent.futures
import contextlib
import io
import json
import math
import os
import pathlib
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import unittest.mock

import ab
import boots
import equivalence
import paired


class Paired(unittest.TestCase):
    # Wilcoxon's table: with 8 pairs the sum 3 has a two-sided p of 0.039, and 4 one of 0.055.
    def test_interval_is_that_of_signed_ranks(self):
        self.assertAlmostEqual(2 * paired.p_at_most(3, 8), 0.0390625)
        self.assertAlmostEqual(2 * paired.p_at_most(4, 8), 0.0546875)
        self.assertIsNone(paired.interval([1.0] * 5, 0.95))
        self.assertIsNotNone(paired.interval([1.0] * 6, 0.95))

    def test_interval_covers_as_often_as_its_confidence(self):
        """With all signs of eight fixed distances around 0, which is the true value."""
        distances = [0.013, 0.021, 0.034, 0.055, 0.089, 0.144, 0.233, 0.377]
        for confidence in (0.9, 0.95):
            missed = 0
            for signs in range(2 ** len(distances)):
                logs = [d if signs >> i & 1 else -d for i, d in enumerate(distances)]
                low, high = paired.interval(logs, confidence)
                missed += low > 0 or high < 0
            self.assertLessEqual(missed / 2 ** len(distances), 1 - confidence)
            self.assertGreater(missed, 0)

    def test_equal_pairs_support_neither_side(self):
        self.assertEqual(paired.p_below([0.0] * 8), 1)
        self.assertEqual(paired.p_below([-1.0] * 8), 1 / 2 ** 8)

    def test_a_value_without_a_bound_has_a_ratio(self):
        self.assertEqual(paired.log_ratio(math.inf, math.inf), 0)
        self.assertEqual(paired.log_ratio(5, math.inf), -paired.log_ratio(math.inf, 5))
        self.assertEqual(paired.log_ratio(0, 0), 0)
        self.assertGreater(paired.log_ratio(0, 5), paired.log_ratio(5, 6))
        self.assertAlmostEqual(paired.log_ratio(2, 1), -math.log(2))

    def test_holm_multiplies_the_smallest_by_all(self):
        self.assertEqual(paired.holm([0.01, 0.5, 0.02]), [0.03, 0.5, 0.04])


DOWN = [0.99, 0.98, 0.97, 0.96, 0.95, 0.94, 0.93, 0.92]
UP = [1.01, 1.02, 1.03, 1.04, 1.05, 1.06, 1.07, 1.08]
CHANCE = [0.99, 1.02, 0.97, 1.04, 0.95, 1.06, 0.93, 1.08]
SLIGHT = [0.999, 1.002, 0.997, 1.004, 0.995, 1.006, 0.993, 1.008]


def result_text(throughput, digest, valid=True, stall=None, runs=1, p99=None):
    """A result; p99 is a latency in an open loop, infinite in a saturated run."""
    run = {"invalid_reasons": [] if valid else ["values came back\n  wrong"],
           "throughput_rps": throughput}
    figures = []
    if stall is not None:
        run.update(segments=[{}, {}], longest_stall_ns=stall)
    if p99 is not None:
        run.update(rate_rps=500, saturated=math.isinf(p99))
        figures = [] if math.isinf(p99) else [{"metric": "p99", "median": p99}]
    return json.dumps({"measured_sha256": digest, "runs": [run] * runs, "figures": figures})


class Answers(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.files = 0

    def file(self, *arguments, **options):
        self.files += 1
        path = pathlib.Path(self.folder.name, f"{self.files}.json")
        path.write_text(result_text(*arguments, **options), encoding="utf-8")
        return path

    def answers(self, *cells, control=("c", "c"), level=ab.LEVEL):
        """The answers for one cell per list of pairs."""
        kernels, results, names = ["a", "b"], {}, []
        for number, pairs in enumerate(cells):
            cell = ab.Cell("two-lossy-links", "get", f"{number + 1}k", "50", [])
            names.append(cell)
            for seed, pair in enumerate(pairs, 1):
                for kernel, path in zip(kernels, pair):
                    results[ab.job(kernel, cell, "mptcp", seed)] = path
            for kernel, digest in zip(kernels, control):
                results[ab.job(kernel, cell, "tcp", 1)] = self.file(1, digest)
        return ab.answers_of(names, kernels, results, len(cells[0]), level)

    def differing(self, ratios, stalls=None):
        return [(self.file(700 + i, f"a{i}", stall=10**9 + i if stalls else None),
                 self.file((700 + i) * ratio, f"b{i}",
                           stall=(10**9 + i) * stalls[i] if stalls else None))
                for i, ratio in enumerate(ratios)]

    def same(self, seeds=8):
        return [(self.file(1, f"{i}"), self.file(1, f"{i}")) for i in range(seeds)]

    def broken(self, side, seeds=8):
        pair = [self.file(1, "a"), self.file(1, "a")]
        pair[side] = self.file(1, "b", valid=False)
        return [tuple(pair)] * seeds

    def text(self, pairs, **options):
        _, (answer,) = self.answers(pairs, **options)
        return answer.text

    def kinds_and_status(self, *cells, **options):
        controls, answers = self.answers(*cells, **options)
        return [answer.kind for answer in answers], ab.status_of(controls, answers)

    def test_equal_digests_are_identical(self):
        self.assertEqual(self.kinds_and_status(self.same()), (["identical"], ab.OK))
        self.assertEqual(self.kinds_and_status(self.same(1)), (["identical"], ab.OK))

    def test_all_seeds_slower_is_worse(self):
        pairs = self.differing(DOWN)
        self.assertEqual(self.kinds_and_status(pairs), (["worse"], ab.WORSE))
        self.assertEqual(self.text(pairs), "differs with 8 of 8 seeds, worse: throughput -4.5% "
                                           "(90 %: -6.5% to -2.5%, worst seed 8: -8.0%)")

    def test_all_seeds_faster_is_better(self):
        self.assertEqual(self.kinds_and_status(self.differing(UP)), (["better"], ab.OK))

    def test_a_longer_stall_is_worse(self):
        self.assertEqual(self.kinds_and_status(self.differing(CHANCE, UP)), (["worse"], ab.WORSE))

    def test_throughput_counts_where_links_change(self):
        self.assertEqual(self.kinds_and_status(self.differing(DOWN, CHANCE)), (["worse"], ab.WORSE))

    def test_a_wide_interval_is_not_good(self):
        """Even if it includes no change at all."""
        self.assertEqual(self.kinds_and_status(self.differing(CHANCE)),
                         (["cannot tell"], ab.CANNOT_TELL))
        self.assertIn("; more seeds are needed", self.text(self.differing(CHANCE)))

    def test_an_interval_within_the_margin_is_good(self):
        self.assertEqual(self.kinds_and_status(self.differing(SLIGHT)),
                         (["within the margin"], ab.OK))
        # Of stalls it is wider.
        stalls = [1 + 4 * (ratio - 1) for ratio in SLIGHT]
        self.assertEqual(self.kinds_and_status(self.differing(SLIGHT, stalls)),
                         (["within the margin"], ab.OK))

    def test_one_seed_of_eight_decides_nothing(self):
        pairs = self.same(7) + self.differing([0.5])
        self.assertEqual(self.kinds_and_status(pairs), (["cannot tell"], ab.CANNOT_TELL))
        self.assertIn("worst seed 8: -50.0%", self.text(pairs))

    def test_a_tiny_loss_of_all_seeds_is_within_the_margin(self):
        pairs = self.differing([1 - (i + 1) / 1e4 for i in range(8)])
        self.assertEqual(self.kinds_and_status(pairs), (["within the margin"], ab.OK))
        self.assertIn("throughput -0.05% (90 %: -0.1% to -0.03%, ", self.text(pairs))

    def repeated(self, base, new, count=8):
        return [(self.file(*base), self.file(*new))] * count

    def test_equal_seeds_are_one_observation(self):
        pairs = self.repeated((1000, "a"), (500, "b"))
        self.assertEqual(self.kinds_and_status(pairs), (["cannot tell"], ab.CANNOT_TELL))
        self.assertIn("throughput -50.0% (too few different outcomes for an interval",
                      self.text(pairs))

    def test_each_seed_has_its_own_phase(self):
        """So that even links that leave nothing to chance give different observations."""
        _, *cells = ab.parse(["--base", "a", "--new", "b", "--", "--warmup", "2s"])
        cell = ab.Cell("failover", "get", "4k", "10", cells[2], cells[1])
        self.assertEqual([ab.job("a", cell, "mptcp", seed)[1][-3] for seed in (1, 2, 8)],
                         ["2000ms", "2013ms", "2091ms"])
        with self.assertRaises(ab.Failure):
            ab.options_of(["--warmup", "auto"])

    def test_one_seed_does_not_show_that_nothing_depends_on_it(self):
        self.assertEqual(self.kinds_and_status(self.differing([0.5])),
                         (["cannot tell"], ab.CANNOT_TELL))

    def test_a_few_different_outcomes_have_no_interval(self):
        pairs = self.repeated((1000, "a"), (900, "b"), 4) + self.repeated((990, "c"), (800, "d"), 4)
        self.assertEqual(self.kinds_and_status(pairs), (["cannot tell"], ab.CANNOT_TELL))
        self.assertIn("too few different outcomes for an interval", self.text(pairs))

    def test_a_claim_and_its_interval_agree(self):
        """In one cell, with any signs of eight differences, at both levels."""
        margin = math.log1p(boots.MARGINS["throughput"])
        for level in (ab.LEVEL, ab.LEVEL_OF_BISECTION):
            for signs in range(2 ** 8):
                outcomes = {i: (boots.Metric(1.0, True),
                                boots.Metric(1 + (0.01 if signs >> i & 1 else -0.01) * (i + 1),
                                             True)) for i in range(8)}
                change = ab.Change("throughput", outcomes, level)
                low, high = change.interval
                expected = "better" if low > 0 else "within the margin" if low >= -margin \
                    else "worse" if high < 0 else "cannot tell"
                self.assertEqual(change.kind(), expected)

    def test_a_saturated_new_kernel_is_worse(self):
        """Although its latency is not known."""
        pairs = [(self.file(500, f"a{i}", p99=10**6 + i), self.file(400, f"b{i}", p99=math.inf))
                 for i in range(8)]
        self.assertEqual(self.kinds_and_status(pairs), (["worse"], ab.WORSE))
        self.assertIn("p99 +∞ (90 %: +∞ to +∞, worst seed 1: +∞)", self.text(pairs))
        pairs = [(new, base) for base, new in pairs]
        self.assertEqual(self.kinds_and_status(pairs), (["better"], ab.OK))

    def test_two_saturated_kernels_have_their_throughput(self):
        pairs = [(self.file(500, f"a{i}", p99=math.inf),
                  self.file(500 * ratio, f"b{i}", p99=math.inf)) for i, ratio in enumerate(DOWN)]
        self.assertEqual(self.kinds_and_status(pairs), (["worse"], ab.WORSE))
        self.assertNotIn("p99", self.text(pairs))

    def test_a_metric_of_some_runs_is_reported(self):
        """Too few requests have no p99."""
        pairs = [(self.file(500, f"a{i}", p99=10**6), self.file(500, f"b{i}")) for i in range(8)]
        self.assertEqual(self.kinds_and_status(pairs), (["cannot tell"], ab.CANNOT_TELL))
        self.assertIn("p99 is not known in all runs; longer runs are needed", self.text(pairs))

    def test_too_few_seeds_for_all_cells_is_reported(self):
        cells = [self.differing([0.9, 0.91, 0.92, 0.93, 0.94]) for _ in range(2)]
        self.assertEqual(self.kinds_and_status(*cells), (["cannot tell"] * 2, ab.CANNOT_TELL))
        # Identical cells do not weaken the claims of the others.
        self.assertEqual(self.kinds_and_status(cells[0], self.same(5)),
                         (["worse", "identical"], ab.WORSE))

    def test_an_invalid_base_gives_no_answer(self):
        self.assertEqual(self.kinds_and_status(self.broken(0)), (["cannot tell"], ab.CANNOT_TELL))

    def test_an_invalid_new_kernel_is_an_answer(self):
        self.assertEqual(self.kinds_and_status(self.broken(1)), (["not valid"], ab.CANNOT_TELL))

    def test_metrics_are_counted(self):
        """Eight seeds have a p of 1/256: enough for 12 claims together, not for 18."""
        cells = [self.differing(DOWN, UP) for _ in range(6)]
        self.assertEqual(self.kinds_and_status(*cells)[0], ["worse"] * 6)
        # Those without an interval are not in the family.
        once = self.repeated((1000, "a"), (970, "b"))
        self.assertEqual(self.kinds_and_status(*cells, *[once] * 12)[0],
                         ["worse"] * 6 + ["cannot tell"] * 12)
        cells += [self.differing(DOWN, UP) for _ in range(3)]
        self.assertEqual(self.kinds_and_status(*cells)[0], ["cannot tell"] * 9)

    def test_a_bisection_is_more_careful(self):
        pairs = self.differing([0.9, 0.91, 0.92, 0.93, 0.94])
        for level, kind in ((ab.LEVEL, "worse"), (ab.LEVEL_OF_BISECTION, "cannot tell")):
            self.assertEqual(self.kinds_and_status(pairs, level=level)[0], [kind])
        pairs = self.differing(DOWN)
        self.assertEqual(self.kinds_and_status(pairs, level=ab.LEVEL_OF_BISECTION)[0], ["worse"])
        self.assertIn("(98 %: ", self.text(pairs, level=ab.LEVEL_OF_BISECTION))

    def test_a_regression_is_not_hidden_by_a_seed(self):
        """That is not valid, or failed."""
        failed = ab.Failure(ab.FAILED, "it panicked")
        for seed, text in ((self.broken(0, 1), "a run of the base kernel is not valid"),
                           (self.broken(1, 1), "a run of the new kernel is not valid"),
                           ([(self.file(1, "a"), failed)], "it panicked")):
            pairs = self.differing([0.5] * 7) + seed
            self.assertEqual(self.kinds_and_status(pairs), (["worse"], ab.WORSE))
            self.assertIn(text, self.text(pairs))
            # The valid ones alone do not show that nothing is worse.
            self.assertNotEqual(self.kinds_and_status(self.same(7) + seed)[1], ab.OK)
            self.assertNotEqual(self.kinds_and_status(self.differing(UP[:7]) + seed)[1], ab.OK)

    def test_a_regression_is_not_hidden_by_other_cells(self):
        failed = [(ab.Failure(ab.FAILED, "it panicked"), self.file(1, "a"))] * 8
        for other in (self.broken(0), self.broken(1), failed):
            self.assertEqual(self.kinds_and_status(self.differing(DOWN), other)[1], ab.WORSE)
        self.assertEqual(self.kinds_and_status(self.same(), failed)[1], ab.FAILED)

    def test_a_control_that_differs_prevents_an_answer(self):
        self.assertEqual(self.kinds_and_status(self.differing(DOWN), control=("c", "d")),
                         (["worse"], ab.CANNOT_TELL))

    def test_several_runs_in_a_machine_are_refused(self):
        with self.assertRaises(ab.Failure) as raised:
            self.answers([(self.file(1, "a", runs=2), self.file(1, "b", runs=2))])
        self.assertEqual(raised.exception.status, ab.BAD_USAGE)

    def read_by_the_kernel(self, lines):
        """The counts of its own parser (passed, failed, skipped) and the logs; None without one."""
        tree = os.environ.get("MPB_KERNEL_SOURCE")
        if tree is None:
            return None
        sys.path.insert(0, f"{tree}/tools/testing/kunit")
        import kunit_parser  # pylint: disable=import-outside-toplevel,import-error
        import kunit_printer  # pylint: disable=import-outside-toplevel,import-error
        test = kunit_parser.parse_run_tests(lines, kunit_printer.null_printer)
        self.assertEqual(test.counts.errors, 0)
        return (test.counts.passed, test.counts.failed, test.counts.skipped), \
            ["".join(each.log) for each in test.subtests]

    def test_the_kernels_parser_reads_ktap(self):
        controls, answers = self.answers(self.differing(DOWN), self.broken(0))
        lines = ab.ktap(controls, answers)
        self.assertEqual(lines[:2], ["KTAP version 1", "1..4"])
        self.assertEqual([line for line in lines if line.startswith(("ok", "not ok"))], [
            "ok 1 two-lossy-links get 1k -c 50 tcp",
            "ok 2 two-lossy-links get 2k -c 50 tcp",
            "not ok 3 two-lossy-links get 1k -c 50 mptcp",
            "ok 4 two-lossy-links get 2k -c 50 mptcp # SKIP cannot tell: a run of the base kernel "
            "is not valid: values came back wrong"])
        read = self.read_by_the_kernel(lines)
        if read is not None:
            self.assertEqual(read[0], (2, 1, 1))
            self.assertIn("differs with 8 of 8 seeds, worse", read[1][2])

    def test_the_kernels_parser_reads_a_skip_of_all(self):
        lines = ab.ktap_skip("no C compiler\nnot ok 1 here # SKIP")
        self.assertEqual(lines, ["KTAP version 1", "1..1",
                                 "ok 1 ab # SKIP no C compiler not ok 1 here # SKIP"])
        read = self.read_by_the_kernel(lines)
        if read is not None:
            self.assertEqual(read[0], (0, 0, 1))

    def test_the_kernels_parser_reads_a_failure_of_all(self):
        lines = ab.ktap_failure("the tree\nok 1 does not build")
        self.assertEqual(lines, ["KTAP version 1", "1..1", "# the tree ok 1 does not build",
                                 "not ok 1 ab"])
        read = self.read_by_the_kernel(lines)
        if read is not None:
            self.assertEqual(read[0], (0, 1, 0))

    def test_no_text_becomes_syntax(self):
        cell = ab.Cell("./a # SKIP\nok 9 b.json", "get", "4k", "1", [])
        self.assertEqual(cell.name, "./a___SKIP_ok_9_b.json get 4k -c 1")


FAKE_BENCH = """#!/bin/sh
case "$*" in *" --size 3x "*) echo "mptcp-bench: --size 3x: is not a size" >&2; exit 2 ;; esac
case "$*" in *failover*) echo "# at 3s: link1 down" ;; esac
case "$*" in *" --rate 1,2"*) of=2 ;; *) of=1 ;; esac
case "$*" in *" --rate "*) echo "load --rate 1" ;; esac
echo "# run 1 of $of: mptcp get 4k"
"""


def make_program(path, text):
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


class FakeBoots:
    """Has a function in place of machines."""

    def __init__(self, result, repeat=None):
        self.result, self.repeat = result, repeat
        self.processors = queue.SimpleQueue()
        self.processors.put(0)

    def end(self):
        pass


class WhoseFailure(unittest.TestCase):
    JOBS = [(kernel, ("--scenario", scenario, "--warmup", "500ms", "--proto", "mptcp"), seed)
            for seed in (1, 2, 3) for scenario in ("x", "y") for kernel in ("base", "new")]

    def run_jobs(self, new_fails, base_fails=None):
        """The results, and all runs; the new kernel fails in scenario x only."""
        booted = []

        def result(kernel, options, seed):
            booted.append((kernel, options[1], seed))
            if kernel == "new" and options[1] == "x":
                raise new_fails
            return "file"

        def repeat(kernel, options, seed):
            booted.append((kernel, options[1], seed, "again"))
            if base_fails is not None:
                raise base_fails

        self.runs = ab.Runs(FakeBoots(result, repeat), "base")
        with contextlib.redirect_stderr(io.StringIO()):
            return boots.run_all(self.runs.boots, self.JOBS, self.runs.result), booted

    def test_a_failure_ends_its_cell(self):
        results, booted = self.run_jobs(boots.Failure(boots.FAILED, "it hung"))
        self.assertEqual([run for run in booted if run[1] == "x"],
                         [("base", "x", 1), ("new", "x", 1), ("base", "x", 1, "again")])
        self.assertEqual(len([run for run in booted if run[1] == "y"]), 6)
        self.assertEqual([str(file) for (_, options, _), file in results.items()
                          if options[1] == "x"], ["file"] + ["it hung"] * 5)
        self.assertIsNone(self.runs.base_failure)

    def test_a_status_for_the_host_is_the_new_kernels_if_the_base_runs(self):
        for status in (boots.BAD_USAGE, boots.CANNOT_RUN):
            results, _ = self.run_jobs(boots.Failure(status, "no sch_netem"))
            failure = results["new", self.JOBS[0][1], 1]
            self.assertEqual((failure.status, str(failure)), (boots.FAILED, "no sch_netem"))

    def test_a_host_that_fails_the_base_too_is_not_the_new_kernels_fault(self):
        full = boots.Failure(boots.FAILED, "No space left on device")
        self.run_jobs(boots.Failure(boots.FAILED, "it hung"), full)
        self.assertIs(self.runs.base_failure, full)
        with self.assertRaises(boots.Failure) as raised:
            self.run_jobs(boots.Failure(boots.FAILED, "it hung"),
                          boots.Failure(boots.CANNOT_RUN, "no compiler"))
        self.assertEqual(raised.exception.status, boots.CANNOT_RUN)


class Equivalence(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def report(self, throughput, fails=(), invalid=()):
        """Exit status and output. `throughput` is a function of backend and seed."""
        self.seeds = set()

        def result(_, options, seed):
            backend, proto = options[1], options[-1]
            self.seeds.add(seed)
            if seed in fails:
                raise boots.Failure(boots.FAILED, "it panicked")
            value = throughput(backend, seed)
            path = self.folder / f"{backend} {proto} {seed}"
            path.write_text(result_text(value, f"{backend} {proto} {value}",
                                        valid=seed not in invalid), encoding="utf-8")
            return path

        output = io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(io.StringIO()):
            status = equivalence.report(FakeBoots(result), "kernel", ["two-lossy-links"])
        return status, output.getvalue()

    @staticmethod
    def noise(seed, spread=0.01):
        """From -spread to spread, in another order."""
        return 1 + spread * ((seed * 37 % 101) / 50 - 1)

    def test_the_pilot_is_no_part_of_the_test(self):
        """All of it is 10 % faster over tun, and nothing else is."""
        status, text = self.report(lambda backend, seed: 1000 * self.noise(
            seed, 0.02 if backend == "tun" else 0.001) * (1.1 if backend == "tun" and
                                                          seed <= equivalence.PILOT else 1))
        self.assertEqual(status, boots.OK, text)
        self.assertGreater(max(self.seeds), equivalence.PILOT)

    def test_too_much_noise_ends_with_the_pilot(self):
        status, text = self.report(lambda backend, seed: 1000 * self.noise(
            seed, 0.9 if backend == "tun" else 0.001))
        self.assertEqual(status, boots.CANNOT_TELL)
        self.assertEqual(max(self.seeds), equivalence.PILOT)
        self.assertRegex(text, r" 20  neither, would take \d{3,} seeds\n")

    def test_every_seed_has_a_warm_up_of_its_own(self):
        jobs = [equivalence.job("kernel", "failover", "tun", "tcp", seed) for seed in (1, 2, 3)]
        self.assertEqual(len({options for _, options, _ in jobs}), 3)

    def test_a_seed_that_is_not_valid_is_listed(self):
        def throughput(backend, seed):
            return 1000 * self.noise(seed, 0.002 if backend == "tun" else 0.001)

        status, text = self.report(throughput, invalid={3})
        self.assertEqual(status, boots.CANNOT_TELL)
        self.assertIn("left out: seed 3 is not valid: values came back", text)

    def test_a_few_valid_seeds_are_no_answer(self):
        status, text = self.report(lambda backend, seed: 1000 * self.noise(seed),
                                   invalid=range(4, 200))
        self.assertEqual(status, boots.CANNOT_TELL)
        self.assertIn("none             3  neither", text)

    def test_a_failed_machine_leaves_the_table(self):
        status, text = self.report(lambda backend, seed: 1000 * self.noise(
            seed, 0.002 if backend == "tun" else 0.001), fails={2})
        self.assertEqual(status, boots.FAILED)
        self.assertIn("left out: seed 2: it panicked", text)
        self.assertIn("equivalent", text)


class Machines(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_a_users_scenario_is_copied(self):
        """With another content it is another run."""
        make_program(self.folder / "build" / "mptcp-bench", FAKE_BENCH)
        machines = boots.Boots(self.folder / "out", self.folder / "build", 300)
        self.addCleanup(machines.lock_file.close)
        booted, scenario = [], self.folder / "mine.json"
        machines.boot = lambda kernel, words, seed, folder: (folder.mkdir(), booted.append(words))
        kernel = unittest.mock.Mock(digest="a", path="linux")
        for content in ("{}", "{ }", "{}"):
            scenario.write_text(content, encoding="utf-8")
            file = boots.File(str(scenario), machines.folder)
            self.assertEqual(file, str(scenario))
            self.assertEqual(pathlib.Path(file.path_in_machine()), file.copy)
            self.assertEqual(file.copy.name, "mine.json")
            self.assertEqual(file.copy.read_text(encoding="utf-8"), content)
            machines.result(kernel, ("--scenario", file), 1)
        self.assertEqual(len(booted), 2)

    def test_machines_that_run_at_once_fit_into_memory(self):
        for gib, processors, expected in ((8, 4, 4), (4, 4, 4), (3, 4, 3), (1, 4, 1), (0.5, 4, 4)):
            space = unittest.mock.Mock(f_bavail=int(gib * 2**18), f_frsize=2**12)
            messages = io.StringIO()
            with unittest.mock.patch("os.statvfs", return_value=space), \
                 contextlib.redirect_stderr(messages):
                self.assertEqual(boots.machines_at_once(processors), expected)
            self.assertEqual(bool(messages.getvalue()), expected < processors)


    def test_missing_programs_are_the_hosts_fault(self):
        make_program(self.folder / "build" / "mptcp-bench", FAKE_BENCH)
        with unittest.mock.patch("shutil.which", return_value=None), \
             self.assertRaises(boots.Failure) as raised:
            boots.Boots(self.folder / "out", self.folder / "build", 300)
        self.assertEqual(raised.exception.status, boots.CANNOT_RUN)
        self.assertIn("setpriv taskset", str(raised.exception))

    def test_machines_of_several_calls_share_memory(self):
        """Two machines fit, and three want to run."""
        space = unittest.mock.Mock(f_blocks=2 * 2**18 + 5, f_frsize=2**12)
        inside, most, lock = set(), [], threading.Lock()

        def machine(number):
            with boots.machine_memory(lambda: False):
                with lock:
                    inside.add(number)
                    most.append(len(inside))
                # Long enough for the others to get in, if they may.
                for _ in range(20):
                    time.sleep(0.005)
                with lock:
                    inside.remove(number)

        with unittest.mock.patch("os.statvfs", return_value=space), \
             unittest.mock.patch("boots.SHARED_MEMORY", self.folder):
            with concurrent.futures.ThreadPoolExecutor(3) as pool:
                list(pool.map(machine, range(3)))
            self.assertEqual(max(most), 2)
            with boots.machine_memory(lambda: False), boots.machine_memory(lambda: False), \
                 self.assertRaises(boots.Failure), boots.machine_memory(lambda: True):
                pass

    def test_the_end_of_a_build_is_waited_for(self):
        make_program(self.folder / "build_uml.sh", "#!/bin/sh\ntrap 'touch ended; exit' TERM\n"
                     "touch begun\nwhile :; do sleep 0.01; done\n")

        def interrupt():
            while not (self.folder / "begun").exists():
                time.sleep(0.01)
            os.kill(os.getpid(), signal.SIGTERM)

        handlers = {number: signal.getsignal(number)
                    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        before = os.getcwd()
        os.chdir(self.folder)
        try:
            boots.end_on_signals()
            thread = threading.Thread(target=interrupt)
            thread.start()
            with unittest.mock.patch("boots.HERE", self.folder), \
                 self.assertRaises(KeyboardInterrupt):
                boots.build_kernel(self.folder)
            self.assertTrue((self.folder / "ended").exists())
            thread.join()
        finally:
            os.chdir(before)
            for number, handler in handlers.items():
                signal.signal(number, handler)


class Bisection(unittest.TestCase):
    """How ab.sh and ab.py end."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.script = pathlib.Path(ab.__file__).with_name("ab.sh")

    def status_with(self, python, *words):
        make_program(self.folder / "python3", python)
        path = f"{self.folder}:{os.environ['PATH']}"
        return subprocess.run([self.script, *words], env={**os.environ, "PATH": path},
                              check=False).returncode

    def test_only_answers_reach_git(self):
        for ended, expected in ((0, 0), (3, 1), (4, 125), (1, 128), (2, 128), (77, 128), (120, 128),
                                (127, 128), (128, 128), (130, 130)):
            python = f"#!/bin/sh\nexit {ended}\n"
            self.assertEqual(self.status_with(python, "--bisect"), expected)
            self.assertEqual(self.status_with(python, "--", "--bisect"), ended)

    def test_a_signal_reaches_the_program(self):
        python = "#!/bin/sh\ntrap 'exit 130' TERM\nkill -TERM $PPID\n" \
                 "for i in $(seq 1000); do sleep 0.01; done\n"
        self.assertEqual(self.status_with(python, "--bisect"), 130)

    def test_output_that_cannot_be_written_is_no_answer(self):
        program = "import ab; ab.run = lambda _: print('an answer') or ab.OK; ab.main()"
        for words, expected in (([], 1), (["--bisect"], 128)):
            with open("/dev/full", "w", encoding="utf-8") as full:
                done = subprocess.run([sys.executable, "-c", program, *words], stdout=full,
                                      stderr=subprocess.PIPE, text=True, check=False,
                                      cwd=self.script.parent,
                                      env={**os.environ, "PYTHONUNBUFFERED": ""})
            self.assertEqual(done.returncode, expected, done.stderr)
            self.assertIn("No space left on device", done.stderr)

    def test_answers_of_the_program(self):
        """A failure of the host is none."""
        for result, plain, bisection in ((0, 0, 0), (3, 3, 3), (4, 4, 4), (1, 1, 4), (77, 77, 128),
                                         (OSError("setpriv"), 1, 128), (ValueError(), 1, 128)):
            def run(_, result=result):
                if isinstance(result, Exception):
                    raise result
                return result

            for words, expected in ((["ab"], plain), (["ab", "--bisect"], bisection)):
                with unittest.mock.patch("ab.run", run), unittest.mock.patch("sys.argv", words), \
                     unittest.mock.patch("ab.end_on_signals"), \
                     unittest.mock.patch("os._exit") as end, \
                     contextlib.redirect_stderr(io.StringIO()):
                    ab.main()
                end.assert_called_once_with(expected)


class Options(unittest.TestCase):
    def test_lists_become_cells(self):
        lists, _, others = ab.options_of(["--scenario", "a,b", "--size=4k,16k", "-c", "1,2",
                                       "--duration", "1s"])
        self.assertEqual(lists, {"--scenario": ["a", "b"], "--op": ["get"], "--size": ["4k", "16k"],
                                 "-c": ["1", "2"]})
        self.assertEqual(others, ["--duration", "1s"])

    def test_the_control_has_no_set_up_of_mptcp(self):
        others = ab.options_of(["--vary=endpoints=signal", "--duration", "1s"])[2]
        cell = ab.Cell("two-lossy-links", "get", "4k", "1", others)
        mptcp, tcp = (ab.job("kernel", cell, proto, 1)[1] for proto in ("mptcp", "tcp"))
        self.assertIn("endpoints=signal", mptcp)
        self.assertEqual([word for word in mptcp if word not in tcp],
                         ["--vary", "endpoints=signal", "mptcp"])
        self.assertEqual(tcp[-6:], ("--duration", "1s", "--warmup", "500ms", "--proto", "tcp"))

    def test_options_that_ab_decides_are_refused(self):
        for word in ("--proto", "--seed", "-o", "--repeat=3", "--target"):
            with self.assertRaises(ab.Failure) as raised:
                ab.options_of([word, "x"])
            self.assertEqual(raised.exception.status, ab.BAD_USAGE)

    def test_files_are_distinguished_from_names(self):
        self.assertTrue(ab.is_path("./mine") and ab.is_path("mine.json"))
        self.assertFalse(ab.is_path("failover"))

    def test_short_and_long_forms_are_one(self):
        self.assertEqual(ab.options_of(["-c10"])[0]["-c"], ["10"])
        self.assertEqual(ab.options_of(["--connections=1,2"])[0]["-c"], ["1", "2"])

    def test_seeds_needed_grow_with_metrics(self):
        self.assertEqual([ab.seeds_needed(n, ab.LEVEL) for n in (1, 2, 12, 13)], [5, 6, 8, 9])
        self.assertEqual([ab.seeds_needed(n, ab.LEVEL_OF_BISECTION) for n in (1, 2)], [7, 8])

    def test_metrics_follow_from_the_plan(self):
        with tempfile.TemporaryDirectory() as folder:
            make_program(pathlib.Path(folder, "mptcp-bench"), FAKE_BENCH)
            for scenario, others, expected in (("two-lossy-links", [], 1), ("failover", [], 2),
                                               ("failover", ["--rate", "5"], 3)):
                cell = ab.Cell(scenario, "get", "4k", "1", others)
                self.assertEqual(cell.metrics(pathlib.Path(folder)), expected)

    def test_bad_usage_is_reported(self):
        with tempfile.TemporaryDirectory() as folder:
            make_program(pathlib.Path(folder, "mptcp-bench"), FAKE_BENCH)
            build, file = ["--build", folder], str(pathlib.Path(folder, "mptcp-bench"))
            for words, message in (
                    (["--base", "/nowhere", "--new", "/nowhere", *build], "/nowhere is not a file"),
                    (["--base", file, "--new", file, *build],
                     f"--base: {file} is not a User Mode Linux kernel"),
                    (["--base", "x", "--new", "x", "--seeds", "0", *build], "--seeds and"),
                    (["--base", "x", "--new", "x", "--build", "/nowhere"],
                     "/nowhere has no mptcp-bench"),
                    (["--base", "x", "--new", "x", "--out", f"{file}/x", *build],
                     "Not a directory"),
                    (["--base", "x", "--new", "x", *build, "--", "--scenario", "/nowhere.json"],
                     "/nowhere.json: No such file"),
                    (["--base", "/nowhere", "--new", "x", *build, "--", "--size", "3x"],
                     "--size 3x: is not a size"),
                    (["--base", "/nowhere", "--new", "x", *build, "--", "--rate", "1,2"],
                     "give one rate and one congestion control"),
                    (["--base", "/nowhere", "--new", "x", *build, "--", "--scenario", "a,failover",
                      "--size", "1k,2k,3k,4k,5k,6k"],
                     "if all 18 metrics of the 12 cells differ, 8 seeds are too few to call one "
                     "worse; "),
                    (["--base", "x", "--nwe", "x", *build], "--new"),
                    (["--base", "x", *build], "--new")):
                for bisect, status in (([], 2), (["--bisect"], 128)):
                    done = subprocess.run([pathlib.Path(ab.__file__), *bisect, *words],
                                          stderr=subprocess.PIPE, text=True, check=False)
                    self.assertEqual(done.returncode, status, done.stderr)
                    self.assertIn(message, done.stderr)


if __name__ == "__main__":
    unittest.main()
