#!/usr/bin/env python3
"""Reads the files of `mptcp-bench export RESULT --all FOLDER` as other programs do, and compares
them with the result.

    read_exports.py READER RESULT FOLDER
"""
import csv
import json
import math
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import xml.etree.ElementTree

NAME = re.compile(r"[A-Za-z0-9._-]+/[A-Za-z0-9._:+-]+/[a-z0-9_]+/[a-z0-9+=._-]+")
reader, result, folder = sys.argv[1], json.load(open(sys.argv[2])), pathlib.Path(sys.argv[3])


def load(name):
    """Without NaN, Infinity, duplicate keys and null."""
    def pairs(items):
        assert len(dict(items)) == len(items), f"{name}: a duplicate key"
        assert None not in dict(items).values(), f"{name}: a null"
        return dict(items)
    return json.loads((folder / name).read_text(encoding="utf-8"), object_pairs_hook=pairs,
                      parse_constant=lambda c: sys.exit(f"{name} contains {c}"))


def custom():
    return {entry["name"]: entry for name in ("custom-smaller.json", "custom-bigger.json")
            for entry in load(name)}


def throughput(op, proto):
    return {run["block"]: run["throughput_rps"] for run in result["runs"]
            if run["valid"] and run["op"] == op and run["proto"] == proto}


def throughput_entry(op, variant):
    return next(entry for name, entry in custom().items()
                if f"/{op}_" in name and name.endswith(f"/throughput/{variant}"))


def hodges_lehmann(ratios):
    logs = [math.log(ratio) for ratio in ratios]
    return math.exp(statistics.median((a + b) / 2 for i, a in enumerate(logs) for b in logs[i:]))


def near(a, b):
    assert abs(a - b) <= 1e-9 * abs(b), f"{a} is not {b}"


def read_json():
    import jsonschema
    number, text, whole = {"type": "number"}, {"type": "string"}, {"type": "integer"}
    def record(required, optional={}):
        return {"type": "object", "properties": required | optional, "required": list(required),
                "additionalProperties": False}
    entry = record({"name": {"type": "string", "pattern": f"^{NAME.pattern}(/real_time)?$"},
                    "run_name": text, "run_type": {"const": "iteration"}, "repetitions": whole,
                    "repetition_index": whole, "threads": whole, "iterations": whole,
                    "real_time": {"type": "number", "exclusiveMinimum": 0}, "cpu_time": number,
                    "time_unit": {"enum": ["ns", "us"]}})
    document = record({"context": {"type": "object", "required": ["date", "caches"],
                                   "properties": {"caches": {"type": "array"}}},
                       "benchmarks": {"type": "array", "items": entry}})
    points = {"type": "array", "items": record(
        {"name": {"type": "string", "pattern": f"^{NAME.pattern}$"}, "unit": text, "value": number,
         "extra": text}, {"range": {"type": "string", "pattern": "^± [0-9]"}})}
    measure = record({"value": number}, {"lower_value": number, "upper_value": number})
    measures = {"type": "object", "additionalProperties": {
        "type": "object", "minProperties": 1, "additionalProperties": measure}}
    schemas = {"gbench.json": document, "gbench-ci.json": document, "custom-smaller.json": points,
               "custom-bigger.json": points, "bmf.json": measures}
    for name, schema in schemas.items():
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.validate(load(name), schema)
    # One entry per run in the first file, and one per name in the second.
    valid = sum(run["valid"] for run in result["runs"])
    runs = [b for b in load("gbench.json")["benchmarks"] if "/time_per_request/" in b["name"]]
    assert len(runs) == valid and all(b["name"].endswith("/real_time") for b in runs)
    assert len(load("gbench.json")["context"]["left_out"]) == len(result["runs"]) - valid
    benchmarks = load("gbench-ci.json")["benchmarks"]
    assert len(benchmarks) == len({b["name"] for b in benchmarks})
    assert {b["time_unit"] for b in benchmarks} == {"us"}
    # All files have the same names and figures, and the figures are those of the result.
    assert set(custom()) == set(load("bmf.json"))
    for op in {run["op"] for run in result["runs"]}:
        tcp, mptcp = throughput(op, "tcp"), throughput(op, "mptcp")
        for proto, values in (("tcp", tcp), ("mptcp", mptcp)):
            point = throughput_entry(op, f"{proto}+congestion=cubic")
            near(point["value"], statistics.median(values.values()))
            bounds = load("bmf.json")[point["name"]]["throughput"]
            assert bounds == {"value": point["value"], "lower_value": min(values.values()),
                              "upper_value": max(values.values())}
        ratio = throughput_entry(op, "mptcp+congestion=cubic-vs-tcp+congestion=cubic")
        near(ratio["value"], hodges_lehmann([mptcp[block] / tcp[block]
                                             for block in mptcp if block in tcp]))
        assert ratio["unit"] == "x" and ratio["extra"].startswith(f"over {len(mptcp)} of ")


def read_openmetrics():
    from prometheus_client.openmetrics.parser import text_string_to_metric_families
    text = (folder / "metrics.om").read_text(encoding="utf-8")
    assert text.endswith("\n# EOF\n")
    points = custom()
    seen = 0
    for family in text_string_to_metric_families(text):
        assert family.type == "gauge" and family.name.endswith("_" + family.unit)
        assert family.documentation
        for sample in family.samples:
            assert sample.timestamp is None and "quantile" not in sample.labels
            if family.unit == "runs":
                continue
            labels = sample.labels
            stem = family.name.removeprefix("mptcp_bench_").removesuffix("_" + family.unit)
            metric = {"latency_mean": "mean", "latency": labels.get("percentile"),
                      "lag": f"lag_{labels.get('percentile')}"}.get(stem, stem)
            variant = labels["variant"]
            if "base" in labels:
                variant += "-vs-" + labels["base"] + variant.removeprefix(labels["proto"])
            cell = f"{labels['scenario']}/{labels['op']}_{labels['size']}"
            point = points[f"{cell}/{metric}/{variant}"]
            near(sample.value * {"ms": 1e3, "bit/s": 8}.get(point["unit"], 1), point["value"])
            seen += 1
    assert seen == len(points), f"{seen} of {len(points)} figures"
    counted = [sample.value for family in text_string_to_metric_families(text)
               if family.unit == "runs" for sample in family.samples]
    assert sum(counted) == len(result["runs"])
    if shutil.which("promtool"):
        subprocess.run(["promtool", "check", "metrics"], input=text, text=True, check=True)


def read_compare():
    """Compares TCP with MPTCP in one file: Time New / Time Old - 1 is below 0, and every name has
    its U test."""
    done = subprocess.run([sys.executable, "/usr/share/benchmark/compare.py", "--no-color",
                           "--dump_to_json", "diff.json", "filters", str(folder / "gbench.json"),
                           r"/tcp\+[^/]*/", r"/mptcp\+[^/]*/"], capture_output=True, text=True)
    sys.stdout.write(done.stdout + done.stderr)
    assert done.returncode == 0
    report = [entry for entry in json.load(open("diff.json")) if entry["run_type"] == "iteration"]
    os.unlink("diff.json")
    assert len(report) == len({b["name"] for b in load("gbench.json")["benchmarks"]}) / 2
    for entry in report:
        assert all(m["time"] < -0.2 for m in entry["measurements"]), entry["name"]
        assert entry["utest"]["time_pvalue"] < 0.01, entry["utest"]
        assert entry["utest"]["nr_of_repetitions"] == 6


def read_hgrm():
    files = sorted(folder.glob("*.hgrm"))
    assert len(files) == 4
    row = re.compile(r" *(\d+\.\d{3}) +(\d\.\d{6}) +(\d+)(?: +(\d+\.\d{2}))?")
    for file in files:
        lines = file.read_text().splitlines()
        assert lines[0].split() == ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"]
        assert lines[1] == ""
        assert re.fullmatch(r"#\[Mean    = +\S+, StdDeviation   = +\S+\]", lines[-3])
        assert lines[-2].startswith("#[Max     = ")
        assert re.fullmatch(r"#\[Buckets = +26, SubBuckets     = +2048\]", lines[-1])
        rows = [row.fullmatch(line).groups() for line in lines[2:-3]]
        for column in range(3):
            values = [float(r[column]) for r in rows]
            assert values == sorted(values)
        total = int(lines[-2].split()[-1].rstrip("]"))
        proto = file.stem.split("_")[-1].removesuffix("+congestion=cubic")
        op = "get" if "_get_" in file.stem else "set"
        runs = [r for r in result["runs"] if r["valid"] and r["op"] == op and r["proto"] == proto]
        assert total == int(rows[-1][2]) == sum(r["requests"] for r in runs)
        assert rows[-1][1] == "1.000000" and rows[-1][3] is None
        assert all(abs(float(r[3]) * (1 - float(r[1])) - 1) < 0.01
                   for r in rows[:-1] if float(r[1]) < 0.999)
        largest_ns = max(r["latency_ns"]["last_byte"]["histogram"]["max"] for r in runs)
        near(float(rows[-1][0]), round(largest_ns / 1e6, 3))


def read_csv():
    rows = list(csv.reader((folder / "history.csv").open(newline="")))
    assert rows[0][:3] == ["time", "commit", "branch"] and len(rows) == 2
    assert len(rows[0]) == len(rows[1]) == len(set(rows[0]))
    points = custom()
    for name, value in list(zip(*rows))[3:]:
        near(float(value) / (1e6 if points[name]["unit"] == "ms" else 1), points[name]["value"])
    ratio = "/throughput/mptcp+congestion=cubic-vs-tcp+congestion=cubic"
    assert any(name.endswith(ratio) for name in rows[0])


def read_valkey_csv():
    """As scripts that know redis-benchmark and valkey-benchmark read it."""
    text = (folder / "valkey-benchmark.csv").read_text()
    lines, theirs = text.splitlines(), pathlib.Path(os.environ["THEIRS"]).read_text().splitlines()
    assert lines[0] == theirs[0], f"the header is not {theirs[0]}"
    shape = [re.sub(r"\d+", "1", line).split(",")[1:] for line in (lines[1], theirs[1])]
    assert shape[0] == shape[1], f"the figures are not written as in {theirs[1]}"
    rows = list(csv.DictReader(lines))
    assert len(rows) == len({row["test"] for row in rows}) == 4
    for op in {run["op"] for run in result["runs"]}:
        for proto in ("tcp", "mptcp"):
            row, = (row for row in rows if row["test"].startswith(op.upper() + "_")
                    and row["test"].endswith(f" ({proto}+congestion=cubic)"))
            near(float(row["rps"]), round(statistics.median(throughput(op, proto).values()), 2))
            runs = [run["latency_ns"]["last_byte"]["histogram"] for run in result["runs"]
                    if run["valid"] and run["op"] == op and run["proto"] == proto]
            assert float(row["min_latency_ms"]) == round(min(h["min"] for h in runs) / 1e6, 3)
            assert float(row["max_latency_ms"]) == round(max(h["max"] for h in runs) / 1e6, 3)
            point = custom()[throughput_entry(op, f"{proto}+congestion=cubic")["name"].replace(
                "/throughput/", "/p99/")]
            assert abs(float(row["p99_latency_ms"]) - point["value"]) <= 0.0005
            order = [float(row[f"{name}_latency_ms"])
                     for name in ("min", "p50", "p95", "p99", "max")]
            assert order == sorted(order)


# The columns of valkey-perf-benchmark: those of dashboards/schema.sql, under the names that its
# metrics.json has, then those that its dashboard for modules reads.
PERF_COLUMNS = {
    "timestamp": str, "commit": str, "command": str, "data_size": int, "pipeline": int,
    "clients": int, "rps": float, "avg_latency_ms": float, "min_latency_ms": float,
    "p50_latency_ms": float, "p95_latency_ms": float, "p99_latency_ms": float,
    "max_latency_ms": float, "cluster_mode": bool, "tls": bool, "valkey_benchmark_threads": int,
    "benchmark_mode": str, "duration": int, "warmup": int,
    "module_commit": type(None), "module_commit_timestamp": str, "config_name": str,
    "config_set": dict, "group": int, "group_description": str, "scenario": str, "test_id": str,
    "test_phase": str, "status": str}


def read_valkey_perf():
    entries = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    assert len(entries) == sum(run["valid"] for run in result["runs"])
    for entry in entries:
        # The first value decides the type of a new column, so a float is never written as "1".
        its = {key: type(value) for key, value in entry.items() if not key.startswith("env_")}
        assert its == PERF_COLUMNS, its
        assert all(len(value) <= 255 for value in entry.values() if isinstance(value, str))
        assert entry["config_set"] == {} and entry["benchmark_mode"] == "duration"
    # It averages entries that agree in all keys but these.
    measured = {key for key in PERF_COLUMNS if key == "rps" or key.endswith("_latency_ms")}
    groups = {}
    for entry in entries:
        key = json.dumps({key: entry[key] for key in entry if key not in measured})
        groups.setdefault(key, []).append(entry["rps"])
    means = sorted(statistics.mean(values) for values in groups.values())
    expected = sorted(statistics.mean(throughput(op, proto).values())
                      for op in ("get", "set") for proto in ("tcp", "mptcp"))
    assert len(means) == 4
    for mean, value in zip(means, expected):
        assert abs(mean - value) <= 0.005, (mean, value)
    # The keys by which its dashboards select and name a curve keep the protocols apart.
    for keys in (("command",), ("group", "scenario"), ("group_description", "scenario"),
                 ("test_id",)):
        assert len({tuple(entry[key] for key in keys) for entry in entries}) == 4, keys


def read_markdown():
    text = (folder / "summary.md").read_text(encoding="utf-8")
    assert len(text.encode()) < 1 << 20
    assert not re.search(r"https?:|data:|[\x00-\x09\x0b-\x1f\x7f]", text)
    tables = [table.splitlines() for table in re.findall(r"(?m)(?:^\|.*\n)+", text)]
    assert len(tables[0]) == 2 + 4, tables
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table}) == 1, table
    outside = re.sub(r"`[^`\n]*`", "", text)  # code spans show what they hold
    assert not re.search(r"[<>@`]", outside), outside
    assert "fell back to TCP" in text and "5 of 6" in text


def read_junit():
    subprocess.run(["xmllint", "--noout", "--nonet", str(folder / "junit.xml")], check=True)
    root = xml.etree.ElementTree.parse(folder / "junit.xml").getroot()
    assert root.tag == "testsuites"
    for suite in root.findall("testsuite"):
        cases = suite.findall("testcase")
        assert len(cases) == int(suite.get("tests")) > 0
        assert len({case.get("name") for case in cases}) == len(cases)
        for kind, count in ("failure", "failures"), ("skipped", "skipped"), ("error", "errors"):
            assert len(suite.findall(f"testcase/{kind}")) == int(suite.get(count)), kind
        for case in cases:
            assert case.get("classname") and case.get("name") and float(case.get("time", "0")) >= 0
            for failure in case.findall("failure"):
                assert failure.get("message") and failure.text


globals()["read_" + reader]()
