#!/usr/bin/env python3
"""Compares the man page with the --help of the program and of each subcommand: both have the same
options, and the page's text about an option or a subcommand begins with that of --help. Details may
follow.

    tests/system/man_page.py PAGE PROGRAM
"""
import pathlib
import re
import shlex
import subprocess
import sys

ESCAPES = {r"\-": "-", r"\(aq": "'", r"\(lq": '"', r"\(rq": '"', r"\(+-": "+-"}


def part(text, heading):
    """The lines from a heading to the next empty line."""
    return text.partition(f"\n{heading}:\n")[2].partition("\n\n")[0]


def help_of(program, subcommand):
    """The text of the subcommand (None for the program), and of each option by its names. And the
    names of all subcommands."""
    words = [subcommand] if subcommand else []
    shown = subprocess.run([program, *words, "--help"], check=True, text=True, stdout=-1).stdout
    texts, names = {}, None
    for line in part(shown, "Options").splitlines():
        if found := re.match(r"  (-\S+)(?: \S+)*?(?: {2,}(.*))?$", line):
            names, line = found[1], found[2] or ""
            texts[names] = ""
        texts[names] = f"{texts[names]} {line.strip()}".strip()
    if subcommand:
        del texts["--help"]  # it is listed once, for the program
    about = re.sub(rf": {subcommand} .*", "", shown.splitlines()[0])  # without the usage
    return {None: about if subcommand else ""} | texts, re.findall(
        r"^  ([a-z]+) ", part(shown, "Subcommands"), re.M)


def plain(line):
    """A line of the page without its macro and escapes."""
    for escape, text in ESCAPES.items():
        line = line.replace(escape, text)
    macro = re.match(r"\.([BIR]{1,2}) (.*)", line)
    if not macro:
        return line
    words = shlex.split(macro[2].replace("'", r"\'"))
    return ("" if len(macro[1]) == 2 else " ").join(words)


def texts_of(page):
    """The same as help_of() by the name of the subcommand, from the page."""
    found, chapter, section, names = {}, None, None, None
    lines = iter(page.splitlines())
    for line in lines:
        if line.startswith((".SH ", ".SS ")):
            name = line[4:]
            if line.startswith(".SH "):
                chapter = section = name
            elif chapter == "SUBCOMMANDS":
                section = name
            names = None
            found.setdefault(section, {names: ""})
        elif line == ".TP":
            names = ",".join(re.findall(r"(?:^|(?<= ))-[^ ,]+", plain(next(lines))))
            found[section][names] = ""
        elif section:
            found[section][names] += f" {plain(line)}"
    return {section: {names: " ".join(text.split()) for names, text in texts.items()}
            for section, texts in found.items()}


page_file, program = sys.argv[1:]
page = pathlib.Path(page_file).read_text()
described = texts_of(page)
_, subcommands = help_of(program, None)
wrong, known = [], set()
for subcommand in [None, *subcommands]:
    name = subcommand or "OPTIONS"
    texts = described.get(name, {})
    helps, _ = help_of(program, subcommand)
    known.update(option for names in helps if names for option in names.split(","))
    wrong += [f"{name}: lacks {names or 'a section'}" for names in helps.keys() - texts.keys()]
    wrong += [f"{name}: describes {names}, unknown to --help"
              for names in texts.keys() - helps.keys()]
    wrong += [f"{name}: {names or 'the section'} does not begin with: {helps[names]}"
              for names in helps.keys() & texts.keys() if not texts[names].startswith(helps[names])]
# The command of lab has options of its own.
text = re.sub(r"^mptcp-bench lab -- .*", "", page, flags=re.M).replace("\\", "")
wrong += [f"names {option}, unknown to every --help"
          for option in set(re.findall(r"(?<![\w-])--[a-z][\w-]*", text)) - known]
print("\n".join(f"{page_file}: {line}" for line in sorted(wrong)) or "the page agrees with --help")
sys.exit(1 if wrong else 0)
