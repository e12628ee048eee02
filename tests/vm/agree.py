#!/usr/bin/env python3
"""Compares what agree_test.sh measured through netem and through our emulator: prints the two side by side, then one line a check.

  tests/vm/agree.py FOLDER
"""
import json
import math
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "bench"))
from wire_model import ceiling_rps  # noqa: E402

CLEAN_RATE = 10e6
RATE = 100e6  # of two-lossy-links and failover, as is what follows
LOSS = 0.01
ROUND_TRIP_NS = 10e6  # 5 ms each way
DOWN_S, UP_S = 3, 6   # failover's events
JITTER_MS = {"wifi": 2, "lte": 5}         # of wifi-and-lte, as are its losses
LOSSES = {"wifi": (0.005, 4), "lte": (0.001, 1)}  # mean, and mean length of a run of them
SETTLED_S = 0.1       # what was on its way when the link went down has arrived by then
BACKENDS = ("netem", "tun")
folder = pathlib.Path(sys.argv[1])
failed = passed = skipped = 0


def check(name, holds, told=""):
    global failed, passed
    print(f"{'ok   ' if holds else 'FAIL '} {name}{': ' if told else ''}{told}")
    passed, failed = passed + bool(holds), failed + (not holds)


def skip(name, why):
    global skipped
    print(f"skip  {name}: {why}")
    skipped += 1


def lines(name):
    return (folder / name).read_text().splitlines() if (folder / name).exists() else []


def sigmas(lost, packets, loss):
    return (lost - packets * loss) / math.sqrt(packets * loss * (1 - loss))


def agree(name, one, other, within, form=".1f"):
    check(f"{name}: netem and tun agree within {within:.0%}", abs(one / other - 1) <= within, f"{one:{form}} and {other:{form}}")


def total(run, field):
    return sum(link[field] for link in run["links"])


def over_time(run, name, start_s=0.0, end_s=math.inf):
    """The sum of a column of the timeline, over the rows that begin and end between the two."""
    timeline = run["timeline"]
    ends, step = timeline["t_ns"], timeline["interval_ns"]
    return sum(value or 0 for end, value in zip(ends, timeline["series"][name]) if start_s * 1e9 <= end - step and end <= end_s * 1e9)


def segment(run, state):
    """The part of the window that began when link1 became `state`."""
    return next(s for s in run["segments"] if (s.get("link"), s.get("state")) == ("link1", state))


class Runs:
    """The runs of one backend, by (scenario, proto, size); of several of a cell the one with the median throughput."""

    def __init__(self, backend):
        self.documents = {}
        self.cells = {}
        self.invalid = []
        for name in ("tcp", "mptcp", "small", "default", "failover", "wifi"):
            path = folder / f"{backend}-{name}"
            document = json.loads(path.read_text()) if path.exists() else {"runs": []}
            self.documents[name] = document
            like = {}
            for run in document["runs"]:
                scenario = document["scenario"]["name"]
                like.setdefault((scenario, run["proto"], run["values"]), []).append(run)
                self.invalid += [f"{scenario} {run['proto']} {run['values']}: {why}" for why in run["invalid_reasons"]]
            for cell, all_runs in like.items():
                self.cells[cell] = sorted(all_runs, key=lambda run: run["throughput_rps"])[len(all_runs) // 2]


def check_lab(backend):
    """A world with endless queues, where what is missing at a link's far end was lost at random. Returns the least latency seen, in ns."""
    seen = {}
    for line in lines(f"{backend}-lab"):
        seen.update(json.loads(line))
    if not {"one", "client", "server"} <= seen.keys():
        check(f"{backend}: mptcp-bench lab runs as uid 1000", False)
        return 0
    check(f"{backend}: mptcp-bench lab runs as uid 1000", True)
    stats = {role: {device["ifname"]: device["stats64"] for device in seen[role]} for role in ("client", "server")}
    packets = lost = 0
    largest = 0
    for near, far in (("client", "server"), ("server", "client")):
        for link in ("link1", "link2"):
            sent, arrived = stats[near][link]["tx"], stats[far][link]["rx"]
            packets, lost = packets + sent["packets"], lost + sent["packets"] - arrived["packets"]
            largest = max(largest, sent["bytes"] / sent["packets"])
    away = sigmas(lost, packets, LOSS)
    check(f"{backend}: losses are binomial, within four standard deviations", packets > 3000 and abs(away) < 4,
          f"{lost} of {packets} packets, {away:+.1f} standard deviations")
    check(f"{backend}: no bundles of packets", 600 < largest <= 1514, f"{largest:.0f} bytes a packet in the fullest direction")
    if backend == "netem":
        qdiscs = [qdisc for qdisc in seen["router"] if qdisc["kind"] == "netem"]
        outer = sum(qdisc["drops"] for qdisc in qdiscs if qdisc.get("root"))
        check("netem: the outer qdisc counts just what is missing", outer == lost, f"{outer} and {lost}")
        check("netem: the inner one, whose queue is endless, drops nothing", all(q.get("root") or q["drops"] == 0 for q in qdiscs))
    return seen["one"]["latency_ns"]["last_byte"]["histogram"]["min"]


def check_table(backend):
    """What lab --check made of wifi-and-lte: a dictionary of the columns for each direction, "wifi up"."""
    rows = [re.split(r"\s{2,}", line.strip()) for line in lines(f"{backend}-check")]
    rows = [row for row in rows if len(row) > 3]
    return {f"{row[0]} {row[1]}": dict(zip(rows[0], row)) for row in rows[1:]}


def agree_under_load():
    """The delay of evenly sent full frames at half the rate, which jitter makes grow. Neighbours wait for the same slow packet, so some
    ten of them count as one, and the mean of a thousand has a standard deviation of a fortieth of the jitter."""
    netem, tun = (check_table(backend) for backend in BACKENDS)
    for backend, table in zip(BACKENDS, (netem, tun)):
        check(f"{backend}: lab --check finds every direction of wifi-and-lte as configured", [row["verdict"] for row in table.values()] == ["ok"] * 4,
              "".join(line.strip() for line in lines(f"{backend}-check") if re.match(r"  \w+ (up|down): ", line)))
    for way in netem.keys() & tun.keys():
        one, other = (float(table[way]["loaded ms"]) for table in (netem, tun))
        within = JITTER_MS[way.split()[0]] * 4 * math.sqrt(2) / 40
        check(f"wifi-and-lte {way}, mean delay at half the rate: netem and tun agree within {within:.2f} ms", abs(one - other) <= within, f"{one} and {other} ms")


def check_seeds(backend, seeded):
    if not seeded:
        skip(f"{backend}: the seed determines the losses", "tc or the kernel is older than 6.6")
        return
    one, other, again = (line.split() for line in lines(f"{backend}-luck"))
    check(f"{backend}: the seed determines the losses", one == again and one != other and 30 < len(one) < 95,
          f"{len(one)}, {len(other)} and {len(again)} of 100 pings came back with seeds 1, 2 and 1")


def print_tables(runs, cells):
    environment = runs["netem"].documents["tcp"].get("environment", {})
    print(f"\nmachine: {environment.get('kernel')}\n   host: {environment.get('host_kernel')}\n")
    print(f"{'':28} {'req/s':>15} {'p50 ms':>15} {'Mbit/s link1':>15} {'link2':>13} {'lost':>11} {'dropped':>11}")
    print(f"{'':28} {'netem     tun':>15} {'netem     tun':>15} {'netem     tun':>15} {'netem    tun':>13} {'netem   tun':>11} {'netem   tun':>11}")
    for key, pair in cells.items():
        def both(form, value, pair=pair):
            return " ".join(form.format(value(run)) for run in pair)
        print(f"{' '.join(key):28}", both("{:7.1f}", lambda r: r["throughput_rps"]), both("{:7.2f}", lambda r: r["latency_ns"]["last_byte"]["p50"] / 1e6),
              *(both(form, lambda r, i=i: r["links"][i]["client_rx_bytes"] * 8e-6 / r["duration_s"]) for i, form in ((0, "{:7.2f}"), (1, "{:6.2f}"))),
              *(both("{:5d}", lambda r, f=field: total(r, f)) for field in ("lost_packets", "dropped_packets")))
    print(f"\n{'failover: link1 is silent':28} {'longest stall':>15} {'first success':>15} {'after it is up':>15} {'done meanwhile':>15}")
    print(f"{'from 3 s to 6 s':28}" + f" {'netem     tun':>15}" * 4)
    for proto in ("tcp", "mptcp"):
        pair = cells.get(("failover", proto, "4k"), ())
        rows = [(run["longest_stall_ns"] / 1e6, *(segment(run, state)["first_success_ns"] / 1e6 for state in ("down", "up")),
                 segment(run, "down")["requests"]) for run in pair]
        print(f"{proto + ', ms':28}", *(" ".join(f"{row[i]:7.0f}" for row in rows) for i in range(4)))
    print()


def check_clean(name, run):
    mptcp = run["proto"] == "mptcp"
    model = ceiling_rps("get", run["value_bytes"], CLEAN_RATE, mptcp) * (2 if mptcp else 1)
    # So small values do not fill the second link with the default scheduler; what they leave idle is the same with both backends.
    least = 0.98 if not mptcp else 0.5 if run["values"] == "16k" else 0.85
    check(f"{name}: {least:.0%} to 102% of the wire model", least <= run["throughput_rps"] / model <= 1.02,
          f"{run['throughput_rps']:.1f} of {model:.1f} req/s")


def taken_in(run, link):
    """The packets that a link took in, and those it lost. Up: what the client sent; down: what reached it, was lost, or found the queue full."""
    up, down = link + ".up.", link + ".down."
    packets = over_time(run, up + "packets") + sum(over_time(run, down + field) for field in ("packets", "lost", "dropped"))
    return packets, over_time(run, up + "lost") + over_time(run, down + "lost")


def check_lossy(name, run):
    packets, lost = map(sum, zip(*(taken_in(run, link["name"]) for link in run["links"])))
    away = sigmas(lost, packets, LOSS)
    check(f"{name}: losses are binomial although the queue overflows", abs(away) < 4 and total(run, "dropped_packets") > 100,
          f"{lost} of {packets} packets, {away:+.1f} standard deviations; {total(run, 'dropped_packets')} dropped")


def check_bursts(name, run):
    """Losses that come in runs are fewer independent events: the variance of a two-state chain's is (1 + m)/(1 - m) times the binomial's, where
    m is what it remembers from packet to packet."""
    for link in run["links"]:
        packets, lost = taken_in(run, link["name"])
        if packets < 1000:  # the idle link
            continue
        loss, burst = LOSSES[link["name"]]
        remembered = max(0, 1 - 1 / (burst * (1 - loss)))
        away = sigmas(lost, packets, loss) / math.sqrt((1 + remembered) / (1 - remembered))
        check(f"{name}: {link['name']} loses {loss:.1%}, within four standard deviations", abs(away) < 4,
              f"{lost} of {packets} packets, {away:+.1f} standard deviations")


def check_failover(backend, tcp, mptcp):
    for run in (tcp, mptcp):
        name = f"{backend} failover {run['proto']}"
        silent = (DOWN_S + SETTLED_S, UP_S)
        check(f"{name}: link1 brings nothing while it is down", over_time(run, "link1.down.bytes", *silent) == 0
              and over_time(run, "link1.down.bytes", 0, DOWN_S) > 1e6, f"{over_time(run, 'link1.down.bytes', *silent)} bytes")
        check(f"{name}: both events in time", all(s["late_ns"] < 5e6 for s in run["segments"][1:]),
              ", ".join(f"{s['late_ns'] / 1e6:.1f} ms" for s in run["segments"][1:]))
    down_ns = (UP_S - DOWN_S) * 1e9
    due = (UP_S - DOWN_S) * tcp["rate_rps"]
    check(f"{backend} failover tcp: stands still while the link does, and for a time-out more", down_ns <= tcp["longest_stall_ns"] <= 1.5 * down_ns
          and over_time(tcp, "requests", *silent) == 0, f"{tcp['longest_stall_ns'] / 1e6:.0f} ms")
    check(f"{backend} failover mptcp: a fifth of tcp's stall at most, and all that was due is done", mptcp["longest_stall_ns"] <= 0.2 * tcp["longest_stall_ns"]
          and segment(mptcp, "down")["requests"] >= 0.99 * due, f"{mptcp['longest_stall_ns'] / 1e6:.0f} ms; {segment(mptcp, 'down')['requests']} of {due:.0f}")


def agree_failover(cells):
    """A stall lasts until a retransmission that gets through, and their times double: what a link's luck shifts is one step of them at most."""
    netem, tun = cells["failover", "tcp", "4k"]
    agree("failover tcp, longest stall in ms", netem["longest_stall_ns"] / 1e6, tun["longest_stall_ns"] / 1e6, 0.05, ".0f")
    agree("failover tcp, first success after link1 went down, in ms", *(segment(run, "down")["first_success_ns"] / 1e6 for run in (netem, tun)), 0.05, ".0f")
    one, other = (segment(run, "up")["first_success_ns"] / 1e6 for run in (netem, tun))
    check("failover tcp, first success after link1 came up: netem and tun agree within 100 ms", abs(one - other) <= 100, f"{one:.0f} and {other:.0f} ms")
    netem, tun = cells["failover", "mptcp", "4k"]
    for what, values in (("longest stall", [run["longest_stall_ns"] / 1e6 for run in (netem, tun)]),
                         ("first success after link1 went down", [segment(run, "down")["first_success_ns"] / 1e6 for run in (netem, tun)])):
        check(f"failover mptcp, {what}: netem and tun agree within one doubling of the time-out", max(values) <= 2.1 * min(values),
              f"{values[0]:.0f} and {values[1]:.0f} ms")
    for proto in ("tcp", "mptcp"):
        agree(f"failover {proto} p50 in ms", *(run["latency_ns"]["last_byte"]["p50"] / 1e6 for run in cells["failover", proto, "4k"]), 0.01, ".2f")


def main():
    runs = {backend: Runs(backend) for backend in BACKENDS}
    keys = sorted(runs["netem"].cells.keys() & runs["tun"].cells.keys(), key=lambda key: (key[0] != "clean", key[0] == "failover", key[1] != "tcp", key[2] != "4k"))
    cells = {key: (runs["netem"].cells[key], runs["tun"].cells[key]) for key in keys}
    print_tables(runs, cells)
    for who in ("root", "user"):
        told = lines(f"doctor-{who}")
        check(f"doctor, as {who}: both backends work", sum(line.startswith("ok    links by") for line in told) == 2)
    check("all cells ran through both backends", len(cells) == 10, f"{len(cells)} of 10")

    for backend in BACKENDS:
        check(f"{backend}: every run is valid", not runs[backend].invalid, "; ".join(runs[backend].invalid))
        environment = runs[backend].documents["tcp"].get("environment", {})
        check(f"{backend}: the result names both kernels, and that time was virtual", environment.get("kernel", "").startswith("Linux ")
              and environment.get("host_kernel", "").startswith("Linux ") and environment.get("virtual_time") is True)
        for key, pair in cells.items():
            run, name = pair[BACKENDS.index(backend)], f"{backend} {' '.join(key)}"
            if run["proto"] == "mptcp":
                proof = run["mptcp"]
                check(f"{name}: two subflows, no fallback", (proof["fallbacks"], proof["subflows_min"], proof["subflows_max"]) == (0, 2, 2), str(proof))
                share = run["links"][1]["client_rx_bytes"] / total(run, "client_rx_bytes")
                # The default scheduler fills Wi-Fi first: LTE's round trip is six times as long.
                least = 0.01 if key[0] == "wifi-and-lte" else 0.05
                check(f"{name}: both links carry data", least < share < 0.8, f"{share:.0%} on link2")
            if key[0] == "clean":
                check_clean(name, run)
            if key[0] == "two-lossy-links":
                check_lossy(name, run)
            if key[0] == "wifi-and-lte":
                check_bursts(name, run)
        if ("failover", "tcp", "4k") in cells and ("failover", "mptcp", "4k") in cells:
            check_failover(backend, *(cells["failover", proto, "4k"][BACKENDS.index(backend)] for proto in ("tcp", "mptcp")))
    within = {("clean", "tcp"): 0.01, ("clean", "mptcp"): 0.1, ("two-lossy-links", "tcp"): 0.03, ("two-lossy-links", "mptcp"): 0.2,
              ("failover", "tcp"): 0.03, ("failover", "mptcp"): 0.01,
              ("wifi-and-lte", "tcp"): 0.05, ("wifi-and-lte", "mptcp"): 0.2}
    for key, (netem, tun) in cells.items():
        agree(" ".join(key) + " req/s", netem["throughput_rps"], tun["throughput_rps"], within[key[:2]])
    if ("two-lossy-links", "tcp", "16k") in cells and ("two-lossy-links", "mptcp", "16k") in cells:
        tcp, mptcp = (cells["two-lossy-links", proto, "16k"] for proto in ("tcp", "mptcp"))
        agree("two-lossy-links, mptcp over tcp", *(mptcp[i]["throughput_rps"] / tcp[i]["throughput_rps"] for i in (0, 1)), 0.2, ".2f")
    if ("failover", "tcp", "4k") in cells and ("failover", "mptcp", "4k") in cells:
        agree_failover(cells)
    latency = [check_lab(backend) for backend in BACKENDS]
    if all(latency):
        agree("one connection's least latency in us", latency[0] / 1e3, latency[1] / 1e3, 0.01)
        # A request of 36 bytes and a reply of 4105 in three segments, each with 66 bytes of headers.
        least = ROUND_TRIP_NS + (36 + 66 + 4105 + 3 * 66) * 8e9 / RATE
        check("and it is what the link takes, plus 0.2 ms at most", all(least <= ns <= least + 2e5 for ns in latency), f"{least / 1e3:.1f} us")

    agree_under_load()
    for backend in BACKENDS:
        check_seeds(backend, backend == "tun" or runs[backend].documents["tcp"].get("environment", {}).get("netem_seeded"))

    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return failed > 0


sys.exit(main())
