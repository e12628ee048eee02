"""The wire model: how many requests a second a lossless, line-bound link can carry, exactly."""
import math

HEADERS = 14 + 20 + 32  # Ethernet, IPv4, TCP with timestamps
DSS = 28                # MPTCP's data sequence signal with 8-byte numbers, padded


def resp_bytes(op, value_bytes, key_bytes=16):
    """Bytes of the direction that fills the link: the GET's reply or the SET's request."""
    value = len(f"${value_bytes}\r\n") + value_bytes + 2
    if op == "get":
        return value
    return len("*3\r\n$3\r\nSET\r\n") + len(f"${key_bytes}\r\n") + key_bytes + 2 + value


def ceiling_rps(op, value_bytes, rate_bps, mptcp=False):
    """Requests a second that one link of rate_bps carries at most."""
    extra = DSS if mptcp else 0
    size = resp_bytes(op, value_bytes)
    segments = math.ceil(size / (1500 - 52 - extra))
    return rate_bps / 8 / (size + segments * (HEADERS + extra))
