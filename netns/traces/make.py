#!/usr/bin/env python3
"""Makes the synthetic traces of this folder: netns/traces/make.py [FOLDER]

Nothing here was measured on a network. Each trace imitates one property of a kind of link, with
round figures, and random numbers that are the same every time.
"""

import math
import os
import random
import sys

SLOT_MS = 1


def clamp(value, low, high):
    return max(low, min(high, value))


class Walk:
    """A random walk around 0 that returns to it: its standard deviation is about `spread`."""

    def __init__(self, seed, spread, memory):
        self.random = random.Random(seed)
        self.value, self.spread, self.memory = 0.0, spread, memory

    def step(self):
        # The sum of twelve uniform numbers is nearly normal, and the same in every Python.
        normal = sum(self.random.random() for _ in range(12)) - 6
        self.value = self.memory * self.value + math.sqrt(1 - self.memory**2) * self.spread * normal
        return self.value


def opportunities(seed, mbit, seconds):
    """Delivery opportunities of mahimahi: a rate that wanders over a factor of about four within
    a second or two, in bursts, because a scheduler serves other phones in turn, and two pauses of
    0.2 and 0.35 s as in a handover."""
    walk = Walk(seed, 0.6, 0.9987)
    turns = random.Random(seed + 1)
    pauses = [(3.4, 3.6), (12.1, 12.45)]
    lines, owed, served, left = [], 0.0, True, 1
    for ms in range(SLOT_MS, seconds * 1000 + 1, SLOT_MS):
        rate = mbit * clamp(math.exp(walk.step()), 0.15, 2.5)
        left -= 1
        if left <= 0:
            served, left = not served, 1 + int(turns.random() * 8)
        if any(start <= ms / 1000 < end for start, end in pauses):
            owed = 0.0
            continue
        owed = min(owed + rate * 1e6 * SLOT_MS / 1000 / 8 / 1504, 60.0)
        if served or ms == seconds * 1000:
            lines += [ms] * int(owed)
            owed -= int(owed)
    if lines[-1] != seconds * 1000:
        lines.append(seconds * 1000)  # the last line is the length of the trace
    return "".join(f"{ms}\n" for ms in lines)


def starlink(seed, mbit, delay_ms):
    """A satellite link that chooses another path every 15 s: for 0.1 s it carries nothing, then
    rate and delay are different. Within a path the rate varies by a sixth or so."""
    choose = random.Random(seed)
    wander = Walk(seed + 1, 0.15, 0.8)
    rows = ["time,rate,delay,loss"]
    rate, delay = mbit, delay_ms
    for i in range(120):
        tenths = i * 5
        time = tenths / 10
        after = 9.9
        if tenths % 150 == 30:
            rows.append(f"{time:g},0bit,{delay}ms,0%")
            rate = mbit * (0.5 + choose.random())
            delay = delay_ms + int(choose.random() * 16) - 6
            time += 0.1
            after = 0.0
        now = clamp(rate * math.exp(wander.step()), 1, 4 * mbit)
        loss = 1 if after == 0.0 else 0.1
        rows.append(f"{time:g},{now * 1000:.0f}kbit,{delay}ms,{loss:g}%")
    return "\n".join(rows + ["60,repeat"]) + "\n"


def wifi(seed):
    """Walking about in the range of an access point: the rate wanders between 2 and 90 Mbit/s
    within seconds, and a low rate comes with loss."""
    walk = Walk(seed, 0.9, 0.94)
    rows = ["time,rate,loss"]
    for i in range(200):
        # Strong at first, away at 8 s, back at 12 s.
        distance = 1.6 if 80 <= i < 120 else 0.0
        mbit = clamp(45 * math.exp(walk.step() - distance), 2, 90)
        loss = 0 if mbit > 30 else 0.2 if mbit > 10 else 1
        rows.append(f"{i / 10:g},{mbit * 1000:.0f}kbit,{loss:g}%")
    return "\n".join(rows + ["20,repeat"]) + "\n"


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    for name, text in {
        "lte-like-down.trace": opportunities(1, 16, 20),
        "lte-like-up.trace": opportunities(2, 6, 20),
        "starlink-like-down.csv": starlink(3, 60, 18),
        "starlink-like-up.csv": starlink(4, 12, 18),
        "fading-wifi.csv": wifi(5),
    }.items():
        with open(os.path.join(folder, name), "w", encoding="ascii") as file:
            file.write(text)


if __name__ == "__main__":
    main()
