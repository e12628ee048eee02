#!/usr/bin/env python3
"""Compares what agree_test.sh measured through netem and through our emulator: prints the two side by side, then one line a check.

  tests/vm/agree.py FOLDER
"""
import json
import math
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "bench"))
from wire_model import ceiling_rps  # noqa: E402

RATE = 10e6
LOSS = 0.02
ROUND_TRIP_NS = 10e6  # 5 ms each way
BACKENDS = ("netem", "tun")
folder = pathlib.Path(sys.argv[1])
failed = passed = 0


def check(name, holds, told=""):
    global failed, passed
    print(f"{'ok   ' if holds else 'FAIL '} {name}{': ' if told else ''}{told}")
    passed, failed = passed + bool(holds), failed + (not holds)


def lines(name):
    return (folder / name).read_text().splitlines() if (folder / name).exists() else []


def sigmas(lost, packets, loss):
    return (lost - packets * loss) / math.sqrt(packets * loss * (1 - loss))


def agree(name, one, other, within):
    check(f"{name}: netem and tun agree within {within:.0%}", abs(one / other - 1) <= within, f"{one:.1f} and {other:.1f}")


class Runs:
    """The runs of one backend, by (scenario, proto, size)."""

    def __init__(self, backend):
        self.documents = {}
        self.cells = {}
        self.invalid = []
        for name in ("tcp", "mptcp", "lossy"):
            path = folder / f"{backend}-{name}"
            document = json.loads(path.read_text()) if path.exists() else {"runs": []}
            self.documents[name] = document
            for run in document["runs"]:
                scenario = document["scenario"]["name"]
                self.cells[scenario, run["proto"], run["values"]] = run
                self.invalid += [f"{scenario} {run['proto']} {run['values']}: {why}" for why in run["invalid_reasons"]]


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
          f"{lost} of {packets} packets, {away:+.1f}")
    check(f"{backend}: no bundles of packets", 600 < largest <= 1514, f"{largest:.0f} bytes a packet in the fullest direction")
    if backend == "netem":
        qdiscs = [qdisc for qdisc in seen["router"] if qdisc["kind"] == "netem"]
        outer = sum(qdisc["drops"] for qdisc in qdiscs if qdisc.get("root"))
        check("netem: the outer qdisc counts just what is missing", outer == lost, f"{outer} and {lost}")
        check("netem: the inner one, whose queue is endless, drops nothing", all(q.get("root") or q["drops"] == 0 for q in qdiscs))
    return seen["one"]["latency_ns"]["last_byte"]["min"]


def main():
    for who in ("root", "user"):
        told = lines(f"doctor-{who}")
        check(f"doctor, as {who}: both backends work", sum(line.startswith("ok    links by") for line in told) == 2)
    runs = {backend: Runs(backend) for backend in BACKENDS}
    cells = {key: (runs["netem"].cells[key], runs["tun"].cells[key]) for key in runs["netem"].cells if key in runs["tun"].cells}
    check("all cells ran through both backends", len(cells) == 5, f"{len(cells)} of 5")

    print(f"\n{'cell':24} {'req/s':>15} {'p50 ms':>15} {'Mbit/s link1':>15} {'link2':>13} {'lost':>11} {'dropped':>11}")
    for key, pair in cells.items():
        def both(form, value, pair=pair):
            return " ".join(form.format(value(run)) for run in pair)
        print(f"{' '.join(key):24}", both("{:7.1f}", lambda r: r["throughput_rps"]), both("{:7.2f}", lambda r: r["latency_ns"]["last_byte"]["p50"] / 1e6),
              *(both(form, lambda r, i=i: r["links"][i]["client_rx_bytes"] * 8e-6 / r["duration_s"]) for i, form in ((0, "{:7.2f}"), (1, "{:6.2f}"))),
              *(both("{:5d}", lambda r, f=field: sum(link[f] for link in r["links"])) for field in ("lost_packets", "dropped_packets")))
    print()

    for backend in BACKENDS:
        check(f"{backend}: every run is valid", not runs[backend].invalid, "; ".join(runs[backend].invalid))
        kernel = runs[backend].documents["tcp"].get("environment", {}).get("kernel", "")
        check(f"{backend}: the result names the machine's kernel", kernel.startswith("Linux "), kernel)
        for key, pair in cells.items():
            run, name = pair[BACKENDS.index(backend)], f"{backend} {' '.join(key)}"
            if run["proto"] == "mptcp":
                proof = run["mptcp"]
                check(f"{name}: two subflows, no fallback", (proof["fallbacks"], proof["subflows_min"], proof["subflows_max"]) == (0, 2, 2), str(proof))
                share = run["links"][1]["client_rx_bytes"] / sum(link["client_rx_bytes"] for link in run["links"])
                check(f"{name}: both links carry data", 0.2 < share < 0.8, f"{share:.0%} on link2")
            if key[0] == "lossy":
                # Most data packets are full and have one acknowledgement at most, which brackets the binomial's n.
                lost, dropped = (sum(link[field] for link in run["links"]) for field in ("lost_packets", "dropped_packets"))
                least = sum(link["client_rx_bytes"] for link in run["links"]) / 1514
                most = 2.2 * (least + lost + dropped)
                check(f"{name}: random losses and full queues are told apart",
                      sigmas(lost, least, LOSS) > -4 and sigmas(lost, most, LOSS) < 4 and dropped > 0,
                      f"{lost} lost of {least:.0f} to {most:.0f} packets, {dropped} dropped")
            else:
                model = ceiling_rps("get", run["value_bytes"], RATE, key[1] == "mptcp") * (2 if key[1] == "mptcp" else 1)
                least = 0.98 if key[1] == "tcp" else 0.85
                check(f"{name}: {least:.0%} to 102% of the wire model", least <= run["throughput_rps"] / model <= 1.02,
                      f"{run['throughput_rps']:.1f} of {model:.1f} req/s")
    for key, (netem, tun) in cells.items():
        within = 0.2 if key[0] == "lossy" else 0.1 if key[1] == "mptcp" else 0.01
        agree(" ".join(key) + " req/s", netem["throughput_rps"], tun["throughput_rps"], within)
    latency = [check_lab(backend) for backend in BACKENDS]
    if all(latency):
        agree("one connection's least latency in us", latency[0] / 1e3, latency[1] / 1e3, 0.01)
        # A request of 36 bytes and a reply of 4105 in three segments, each with 66 bytes of headers, at 10 Mbit/s.
        least = ROUND_TRIP_NS + (36 + 66 + 4105 + 3 * 66) * 8e9 / RATE
        check("and it is what the link takes, plus 0.2 ms at most", all(least <= ns <= least + 2e5 for ns in latency), f"{least / 1e3:.1f} us")

    print(f"{passed} passed, {failed} failed, 0 skipped")
    return failed > 0


sys.exit(main())
