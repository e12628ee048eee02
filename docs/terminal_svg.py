#!/usr/bin/env python3
"""A picture of a terminal: reads text, writes an SVG of it. Used for the README: docs/terminal_svg.py < results/reference/two-lossy-links.txt > docs/table.svg"""
import html
import sys

lines = sys.stdin.read().rstrip("\n").split("\n")
width = max(len(line) for line in lines) * 8.43 + 40
height = len(lines) * 19 + 58
print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" height="{height}" role="img" '
      'aria-label="The table that mptcp-bench prints">')
print(f'<rect width="{width:.0f}" height="{height}" rx="8" fill="#1b1f27"/>')
for x, colour in ((20, "#f0656a"), (40, "#f3bd50"), (60, "#63c466")):
    print(f'<circle cx="{x}" cy="18" r="6" fill="{colour}"/>')
print('<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14" fill="#d9dee7" xml:space="preserve">')
for number, line in enumerate(lines):
    print(f'<text x="20" y="{54 + number * 19}">{html.escape(line)}</text>')
print("</g>\n</svg>")
