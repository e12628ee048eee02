#!/usr/bin/env python3
"""Prints how often subflows became stale, and when a link was used again after it had failed.

    docs/answers/stale.py RESULT.json...

Each variant of a result has its value of net.mptcp.stale_loss_cnt. "stale" and "recovered" are the
counters MPTcpExtSubflowStale and MPTcpExtSubflowRecover of the server, which sends the values, as
sums over all valid runs. A subflow is back when the client receives data over it for the first time
after its link is up again. Only the connections in the timeline count, and the interval of the
timeline is the resolution.
"""
import collections
import json
import re
import statistics
import sys

SETTING = "net.mptcp.stale_loss_cnt"
HEADINGS = ["cell", SETTING.split(".")[-1], "runs", "stale", "recovered", "subflows back after s",
            "at the latest", "not back"]


def cell_of(run):
    conditions = [f"{name} {value}" for name, value in run.get("conditions", {}).items()]
    return ", ".join([f"{run['op'].upper()} {run['values']}", *conditions])


def times_to_return(run):
    """The seconds until each subflow over a link that came up was back; None if it never was."""
    times = []
    for event in run.get("segments", []):
        if event.get("state") != "up" or "timeline" not in run:
            continue
        ends = run["timeline"]["t_ns"]
        before = max(row for row, end in enumerate(ends) if end <= event["from_ns"])
        for subflow in run["timeline"]["subflows"]:
            if subflow.get("link") != event["link"]:
                continue
            received = subflow["series"]["bytes_received"]
            times.append(next(((end - event["from_ns"]) / 1e9
                               for end, total in zip(ends[before + 1:], received[before + 1:])
                               if (total or 0) > (received[before] or 0)), None))
    return times


def row_of(cell, value, runs):
    def total(counter):
        return sum(run["kernel"]["server"].get(f"MPTcpExt{counter}", 0) for run in runs)

    times = [time for run in runs for time in times_to_return(run)]
    back = [time for time in times if time is not None]
    returns = [f"{statistics.median(back):.1f}", f"{max(back):.1f}"] if back else ["-", "-"]
    missing = f"{len(times) - len(back)} of {len(times)}" if times else "-"
    return [cell, value, str(len(runs)), str(total("SubflowStale")), str(total("SubflowRecover")),
            *returns, missing]


def in_order(group):
    """A key that sorts 5 % before 10 %."""
    return [re.sub(r"\d+", lambda digits: digits[0].zfill(6), text) for text in group[0]]


groups = collections.defaultdict(list)
for name in sys.argv[1:]:
    with open(name, encoding="utf-8") as file:
        for run in json.load(file)["runs"]:
            if run["valid"]:
                groups[cell_of(run), run["settings"][SETTING]].append(run)
rows = [HEADINGS] + [row_of(cell, value, runs)
                     for (cell, value), runs in sorted(groups.items(), key=in_order)]
widths = [max(len(row[i]) for row in rows) for i in range(len(HEADINGS))]
print("  Stale subflows, over all valid runs\n")
for number, row in enumerate(rows):
    cells = [text.ljust(width) if i == 0 else text.rjust(width)
             for i, (text, width) in enumerate(zip(row, widths))]
    print("  " + "  ".join(cells).rstrip())
    if number == 0:
        print("  " + "-" * (sum(widths) + 2 * len(widths) - 2))
