#!/usr/bin/env python3
"""Draws a terminal: reads the output of mptcp-bench up to the end of its first table, writes SVG.

docs/pictures.sh uses it for docs/table.svg.
"""
import html
import sys
import textwrap

COLUMNS = 100  # longer lines are wrapped, unless the table is wider
CHARACTER, LINE, MARGIN, BAR = 8.43, 19, 20, 54  # pixels; BAR is the baseline of the first line


def first_table(text):
    """The lines up to the end of the first table; a table begins with a line of dashes."""
    lines, rule = [], None
    for line in text.splitlines():
        if rule and not line:
            break
        if rule is None and line.strip() and not line.strip("- "):
            rule = len(lines)
        lines.append(line)
    if rule is None:
        sys.exit("terminal_svg.py: the input has no table")
    columns = max(COLUMNS, *map(len, lines[rule - 1:]))
    for line in lines:
        indent = " " * (len(line) - len(line.lstrip()))
        yield from textwrap.wrap(line, columns, subsequent_indent=indent + "  ") or [""]


screen = list(first_table(sys.stdin.read()))
width = max(map(len, screen)) * CHARACTER + 2 * MARGIN
height = len(screen) * LINE + BAR + 4
print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}"'
      f' width="{width:.0f}" height="{height}" role="img"'
      ' aria-label="The table that mptcp-bench prints">')
print(f'<rect width="{width:.0f}" height="{height}" rx="8" fill="#1b1f27"/>')
for x, colour in ((20, "#f0656a"), (40, "#f3bd50"), (60, "#63c466")):
    print(f'<circle cx="{x}" cy="18" r="6" fill="{colour}"/>')
print('<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14"'
      ' fill="#d9dee7">')
for number, line in enumerate(screen):
    # Browsers collapse spaces, whatever xml:space and white-space say, but not these.
    text = html.escape(line).replace(" ", "\u00a0")
    print(f'<text x="{MARGIN}" y="{BAR + number * LINE}">{text}</text>')
print("</g>\n</svg>")
