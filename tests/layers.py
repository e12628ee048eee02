#!/usr/bin/env python3
"""Checks that every #include of src/ follows the layering of docs/ARCHITECTURE.md, and that each
library, and printing, is used only in the one place that may use it."""
import pathlib
import re
import sys

MAY = {
    "sys": {"sys"},
    "stats": {"stats", "sys"},
    "net": {"net", "sys"},
    "result": {"result", "stats", "sys"},
    "emu": {"emu", "net", "stats", "sys"},
    "load": {"load", "result", "net", "stats", "sys"},
    "builtin": {"builtin", "net", "sys"},
    "analysis": {"analysis", "result", "stats", "sys"},
    "output": {"output", "analysis", "result", "stats", "sys"},
    "scenario": {"scenario", "emu", "result", "stats", "sys"},
    "world": {"world", "scenario", "emu", "result", "net", "stats", "sys"},
    "experiment": {"experiment", "world", "scenario", "emu", "load", "builtin", "analysis",
                   "result", "net", "stats", "sys"},
    "tools": {"tools", "experiment", "world", "scenario", "emu", "output", "analysis", "result",
              "net", "stats", "sys"},
}
# A library's header, and the files that may include it.
PLACES = {
    "CLI/": re.compile(r"cmd/"),
    "hiredis": re.compile(r"load/resp\.cc$"),
    "mpi.h": re.compile(r"mpi_messenger\.cc$"),
    "sha2.h": re.compile(r"sys/sha256\.cc$"),
    "nlohmann/json_fwd.hpp": re.compile(r"(sys/json|result/(json|json_field|measured|read))\.hh$"),
    "nlohmann/json.hpp": re.compile(
        r"(sys/json|emu/control|load/(workload|events)|result/(json(_field)?|machine|measured|read)"
        r"|scenario/scenario|analysis/(compare|exact|leaves|published|write)|output/page/data"
        r"|experiment/(rank_words|resume)|tools/(iperf3|lab_json))\.cc$"
    ),
}
# snprintf() only fills a buffer. Searched in the whole text, because a call and its first argument
# may be on two lines.
PRINTS = re.compile(
    r"std::(cout|cerr|clog)|\b(v?[fd]?printf|f?puts|fwrite|f?putc|putchar|perror|psignal)\s*\("
    r"|\b(write|writev)\s*\(\s*(STD(OUT|ERR)_FILENO|[12]\b)"
)
MAY_PRINT = {
    "sys/output.cc",
    "sys/interrupt.cc",  # a fixed sentence from a signal handler, which may only call write(2)
}

src = pathlib.Path(sys.argv[1])
wrong = []
for path in sorted(src.rglob("*.cc")) + sorted(src.rglob("*.hh")):
    name = path.relative_to(src).as_posix()
    layer = name.split("/")[0]
    text = path.read_text()
    if name not in MAY_PRINT:
        for found in PRINTS.finditer(text):
            number = text.count("\n", 0, found.start()) + 1
            why = "so that all text is escaped and a full disk is noticed"
            wrong.append(f"{name}:{number}: only sys/output prints, {why}")
    for number, line in enumerate(text.splitlines(), 1):
        if re.search(r"(?i)json::(sax_)?parse\(", line) and name != "sys/json.cc":
            wrong.append(f"{name}:{number}: only sys/json parses JSON: its text may be anybody's")
        found = re.match(r'#include ([<"])([^">]+)', line)
        if not found:
            continue
        header = found[2]
        if found[1] == '"' and layer in MAY and header.split("/")[0] not in MAY[layer]:
            wrong.append(f"{name}:{number}: {layer} may not include {header}")
        for library, places in PLACES.items():
            if found[1] == "<" and header.startswith(library) and not places.search(name):
                wrong.append(f"{name}:{number}: {header} does not belong here")

# Modules of a folder have no cycles either. A module is NAME.hh and NAME.cc.
uses = {}
for path in sorted(src.rglob("*.cc")) + sorted(src.rglob("*.hh")):
    module = path.relative_to(src).with_suffix("").as_posix()
    found = re.findall(r'#include "([^"]+)\.hh"', path.read_text())
    uses.setdefault(module, set()).update(other for other in found if other != module)


def reachable(module):
    seen, todo = set(), [module]
    while todo:
        fresh = uses.get(todo.pop(), set()) - seen
        seen |= fresh
        todo.extend(fresh)
    return seen


cycle = [module for module in uses if module in reachable(module)]
if cycle:
    wrong.append("these include each other in a circle: " + " ".join(cycle))
print("\n".join(wrong) or "every include follows the layers")
sys.exit(1 if wrong else 0)
