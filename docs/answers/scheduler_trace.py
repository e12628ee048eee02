"""Records and condenses the decisions of MPTCP's packet scheduler; scheduler.py uses it.

A kernel with tests/vm/patches/features/scheduler-events.patch logs three kinds of lines:

  decide MS TOKEN                         a decision for the connection with this token begins
  look PORT ADDRESS QUEUED AVERAGE RATE   a subflow that it considers: the local port, the address
                                          of the other end, the queued memory in bytes, the
                                          scheduler's average of the pacing rate, and the pacing
                                          rate, in bytes per second
  pick PORT ADDRESS BURST SEQUENCE        the subflow that it takes, for up to BURST bytes from
                                          SEQUENCE on
"""
import collections
import json
import re
import typing

import paired
from boots import FAILED, Failure, sha256_of

STORE_PORT = 6379  # of the store's decisions, not those of its clients
LINKS = (1, 2)
LINE = re.compile(r"MPTCP: scheduler (decide|look|pick) (.*)$")


class Look(typing.NamedTuple):
    link: int
    queued: int
    average: int  # that the scheduler divides by

    def linger(self):
        """As the kernel computes it."""
        return (self.queued << 32) // self.average if self.average else None


class Decision:
    def __init__(self, time, token):
        self.time, self.token = time, token
        self.looks, self.link, self.sequence = [], None, None
        self.bytes = 0  # until the next pick of the connection


def record(boots, kernel, words):
    """The folder with a run's result.json and its kernel's log, from an earlier call if
    possible."""
    key = sha256_of(json.dumps([kernel.digest, boots.host_files, words]).encode())[:16]
    folder = boots.folder / "decisions" / key
    if not (folder / "done").exists():
        boots.boot(kernel.path, words, 1, folder)
        (folder / "done").touch()
    return folder


def link_of(address):
    """Link N has the addresses 10.0.N.1 and 10.1.N.1."""
    return int(address, 16) >> 8 & 255


def read(log, seconds):
    """The decisions of the store in the last `seconds`, in which its load was measured."""
    decisions, port, current = [], None, None
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        if not (match := LINE.search(line)):
            continue
        words = match[2].split()
        if match[1] == "decide":
            current, port = Decision(int(words[0]) / 1000, words[1]), None
            continue
        if port is None:
            port = int(words[0])
            if port == STORE_PORT and link_of(words[1]) in LINKS:
                decisions.append(current)
        if match[1] == "look":
            average = (int(words[3]) or int(words[4])) & 0xffffffff
            current.looks.append(Look(link_of(words[1]), int(words[2]), average))
        else:
            current.link, current.sequence = link_of(words[1]), int(words[3])
    if not decisions:
        raise Failure(FAILED, f"{log} has no decision of the store")
    count_bytes(decisions)
    # A few follow when the load has ended.
    end = quantile([decision.time for decision in decisions], 0.99)
    return [decision for decision in decisions if end - seconds <= decision.time <= end]


def count_bytes(decisions):
    latest = {}
    for decision in decisions:
        if decision.link is None:
            continue
        if decision.token in latest:
            before = latest[decision.token]
            before.bytes = max(0, decision.sequence - before.sequence)
        latest[decision.token] = decision


# --- the rules of the kernels, to check that the record has what the scheduler sees ---

RULES = {
    "base": lambda look: look.linger(),
    "ties-by-pace": lambda look: (look.linger(), -look.average),
    "queue-ignored": lambda look: (1 << 32) // look.average,
}


def count_contradictions(decisions, kernel):
    """The decisions in which the kernel took another subflow than its rule demands. min() takes
    the first of equals, as the kernel does."""
    count = 0
    for decision in decisions:
        looks = [look for look in decision.looks if look.average]
        if decision.link is not None:
            count += not looks or min(looks, key=RULES[kernel]).link != decision.link
    return count


# --- the tables ---

def table(rows):
    """Lines of a table whose first column is text, and the others are figures."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  " + "  ".join(text.ljust(width) if i == 0 else text.rjust(width)
                              for i, (text, width) in enumerate(zip(row, widths))).rstrip()
             for row in rows]
    return [lines[0], "  " + "-" * (sum(widths) + 2 * len(widths) - 2), *lines[1:]]


def share(part, whole):
    return f"{100 * part / whole:.1f} %" if whole else "-"


def situation(decision):
    if len(decision.looks) < 2:
        return "one subflow is active"
    queued = [f"link{look.link}" for look in decision.looks if look.queued]
    if not queued:
        return "both queues are empty"
    return "both have queued data" if len(queued) > 1 else f"only {queued[0]} has queued data"


def situations_of(decisions):
    rows = [["situation", "decisions", "to link1", "to link2", "to none", "bytes"]]
    kinds = collections.defaultdict(list)
    for decision in decisions:
        kinds[situation(decision)].append(decision)
    total = sum(decision.bytes for decision in decisions)
    for kind, some in sorted(kinds.items(), key=lambda item: -len(item[1])):
        takers = collections.Counter(decision.link for decision in some)
        rows.append([kind, share(len(some), len(decisions)), *(share(takers[link], len(some))
                                                               for link in (*LINKS, None)),
                     share(sum(decision.bytes for decision in some), total)])
    return rows


def quantile(values, q):
    values = sorted(values)
    return values[min(len(values) - 1, int(q * len(values)))] if values else 0


def links_of(decisions):
    rows = [["subflow", "bursts", "bytes", "KiB a burst", "queued KiB p50", "p90", "p99",
             "pace Mbit/s p50", "if taken", "if not"]]
    picks = [decision for decision in decisions if decision.link is not None]
    total = sum(decision.bytes for decision in picks)
    for link in LINKS:
        taken = [decision for decision in picks if decision.link == link]
        looks = [(look, decision) for decision in decisions for look in decision.looks
                 if look.link == link]
        sizes = [decision.bytes / 1024 for decision in taken if decision.bytes]

        def pace(some):
            rates = [look.average * 8 / 1e6 for look, decision in looks if some(decision)]
            return f"{paired.median(rates):.1f}" if rates else "-"

        rows.append([f"link{link}", share(len(taken), len(picks)),
                     share(sum(decision.bytes for decision in taken), total),
                     f"{paired.median(sizes):.1f}" if sizes else "-",
                     *(f"{quantile([look.queued for look, _ in looks], q) / 1024:.1f}"
                       for q in (0.5, 0.9, 0.99)),
                     pace(lambda decision: True), pace(lambda decision, link=link:
                                                       decision.link == link),
                     pace(lambda decision, link=link: decision.link not in (None, link))])
    return rows


def tables_of(decisions):
    return situations_of(decisions), links_of(decisions)
