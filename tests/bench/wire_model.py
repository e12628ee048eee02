"""The wire model: the exact number of requests per second that fill a link without loss."""
import math

HEADERS = 14 + 20 + 32  # Ethernet, IPv4, TCP with timestamps
DSS = 28                # MPTCP's data sequence signal with 8-byte numbers, padded


def resp_bytes(op, value_bytes, key_bytes=16):
    """Bytes in the direction that fills the link: of GET's reply, or of SET's request."""
    value = len(f"${value_bytes}\r\n") + value_bytes + 2
    if op == "get":
        return value
    return len("*3\r\n$3\r\nSET\r\n") + len(f"${key_bytes}\r\n") + key_bytes + 2 + value


def ceiling_rps(op, value_bytes, rate_bps, mptcp=False):
    """The most requests per second that one link of rate_bps carries."""
    extra = DSS if mptcp else 0
    size = resp_bytes(op, value_bytes)
    segments = math.ceil(size / (1500 - 52 - extra))
    return rate_bps / 8 / (size + segments * (HEADERS + extra))
