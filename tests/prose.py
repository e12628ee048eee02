#!/usr/bin/env python3
"""Checks that texts are plain English: Markdown, the man page, --help, comments of programs, string
literals of C++, and titles and descriptions in JSON files. Also checks that Markdown files, and
shell and Python files of some folders, have at most 100 columns.

    tests/prose.py              the whole tree, and each --help where MPTCP_BENCH names the program
    tests/prose.py FILE...      these alone, by suffix; .1 is a man page, and .txt the text of a --help
    tests/prose.py --figures    also prints words, "what" per 1000, list words and long lines

CONTRIBUTING.md has the rules.
"""
import collections
import os
import pathlib
import re
import subprocess
import sys

COMPARED = "longer|wider|later|higher|lower|more|less|better|worse|different"
WORDS = {  # refused, in any case and across lines: the remedy
    r"anew": "again",
    r"beside": "next to, alongside or in addition to",
    r"mend(s|ed|ing)?": "fix",
    rf"(?<!there\s)(is|are|was|were) no (?!{COMPARED})": "is not a",
    r"(?<!,\s)so many": "the number, or N",
    r"of one's own": "your own",
    r"to be had": "available",
    r"(is|are|was|were) away": "is down or unreachable",
    r"(goes|go|going|went) on with": "resumes or continues",
    r"(?<=[,;:]\s)for (?=(it|they|he|we|there|what|none|nothing|nobody)\b)": "because",
}
LIST = [(re.compile(r"\b(?:" + word.replace(" ", r"\s+") + r")\b", re.I), f"write {remedy}")
        for word, remedy in WORDS.items()]
LIST.append((re.compile(r"(?:^|(?<=[.!?:]\s))[\W_]*(?=What\b)What", re.M),
             "begin a sentence, heading or text with a noun"))
OPENING = (re.compile(r"^(?:Of|For|Beside)\b", re.M), "write a noun phrase or an imperative")
MOST_WHATS = 2  # in 1000 words of Markdown, JSON, man page or --help; one is always allowed
NOT_YET: set[str] = set()  # areas that may fail until they have been cleaned
LATER: set[str] = set()  # files that may fail too
# result-1.schema.json describes a format that is no longer written, so its texts stay as they are.
SKIPPED = re.compile(r"node_modules/|^results/(reference|result-1\.schema\.json$)|"
                     r"^tests/(fuzz/corpus|golden/(?!.*\.py$)|(system/)?prose\.)")
FOLDERS = ("docs", "netns", "plots", "results", "src", "tests", "workloads")
PROGRAMS = ("src", "tests", "netns", "results", ".ci")  # folders whose comments are examined
SCRIPTS = (".ci/run", "tests/vm/init", "tests/vm/uml_init")  # shell scripts without a suffix
MARKS = {".cc": "//", ".hh": "//", ".sh": "#", ".py": "#", ".build": "#"}
COLUMNS = 100
TEXT = r'"((?:[^"\\]|\\.)*)"'  # a string of C++ or JSON; of a raw string only single lines
DESCRIPTION = rf'"(?:description|title)": *{TEXT}'
NARROW = re.compile(r"(tests|netns|results|\.ci)/")  # folders whose scripts have no longer lines
ONLY_LINK = re.compile(r"[\s>*-]*!?\[[^]]*\]\(\S+\)\W*")  # a line that cannot be wrapped either
ONLY_COMMAND = re.compile(r"`[^`]+`")  # in two lines, nobody could paste it


def literals(pattern, line):
    """The strings in a line, with blanks instead of escapes such as \\n."""
    return [re.sub(r"\\.", " ", text) for text in re.findall(pattern, line)]


def prose_of(suffix, text):
    """The lines that people read, by number, without code; a cell of a table is a line."""
    code = False
    for number, line in enumerate(text.splitlines(), 1):
        if mark := MARKS.get(suffix):
            code ^= suffix == ".py" and line.count('"""') == 1
            found = re.search(rf"(?:^|\s){mark}(?!!)\s*(.*)", line)
            lines = [found[1]] if found else [line.strip(' "')] if code or '"""' in line else []
            if mark == "//" and not line.startswith("#include"):
                lines = literals(TEXT, line[: found.start()] if found else line) + lines
        elif suffix == ".json":
            lines = literals(DESCRIPTION, line)
        elif suffix == ".1":
            code = line == ".nf" or (code and line != ".fi")
            lines = [] if code else [re.sub(r"\\f.|\\|^\.\w* ?", "", line)]
        elif suffix == ".txt":  # texts of options start in column 31
            found = re.match(r"  (?!mptcp-bench )(?:\S.{0,26}\S|\S| {26}) {2,}(\S.*)", line)
            lines = [found[1]] if found else [] if line.startswith(" ") else [line]
        else:
            fence = line.lstrip().startswith("```")
            code ^= fence
            lines = [] if code or fence else [cell.strip(" #>*-") for cell in line.split("|")]
        for each in lines:
            yield number, re.sub(r"`[^`]*`|\]\([^)]*\)|https?:\S+", "`", each)


def examine(name, suffix, text):
    """What is wrong with a text, a line each, and its figures."""
    numbers, lines = zip(*list(prose_of(suffix, text)) or [(1, "")])
    prose = "\n".join(lines)

    def place(found):
        return f"{name}:{numbers[prose.count(chr(10), 0, found.end() - 1)]}"

    wrong = [f'{place(found)}: "{" ".join(found[0].split())}": {remedy}'
             for pattern, remedy in LIST + [OPENING] * (suffix == ".txt")
             for found in pattern.finditer(prose)]
    words = len(re.findall(r"[A-Za-z][\w'-]*", prose))
    whats = list(re.finditer(r"\bwhat\b", prose, re.I))
    figures = collections.Counter(words=words, whats=len(whats), listed=len(wrong))
    if suffix not in MARKS and len(whats) > max(1, words * MOST_WHATS / 1000):
        wrong.append(f'{place(whats[0])}: "what": {len(whats)} of {words} words, at most'
                     f" {MOST_WHATS} in 1000: write nouns ({', '.join(map(place, whats[1:]))})")
    # A table or a link cannot be wrapped, and code is shown as it is.
    long = [(number, len(line)) for number, line in enumerate(text.splitlines(), 1)
            if len(line) > COLUMNS and not (suffix == ".md" and (
                number not in numbers or line[0] == "|" or ONLY_LINK.fullmatch(line)
                or ONLY_COMMAND.fullmatch(line)))]
    figures["long"] = len(long)
    if suffix == ".md" or (suffix in (".sh", ".py") and NARROW.match(name)):
        wrong += [f"{name}:{number}: {columns} columns, at most {COLUMNS}"
                  for number, columns in long]
    return wrong, figures


def tree(root):
    """The area, name, suffix and text of each file."""
    files = [path for folder in FOLDERS for path in (root / folder).rglob("*.*")]
    files += [root / name for name in SCRIPTS]
    for path in sorted([*root.glob("*.md"), *files]):
        name = path.relative_to(root).as_posix()
        folder, suffix = name.split("/")[0], path.suffix or ".sh"
        area = {".md": "Markdown", ".1": "man page"}.get(suffix, folder)
        if folder == "tests" and suffix in (".cc", ".hh"):
            area = "C++ of tests"
        known = suffix in (".md", ".1", ".json") or (suffix in MARKS and folder in PROGRAMS)
        if known and name not in LATER and not SKIPPED.search(name):
            yield area, name, suffix, path.read_text()


def helps(program):
    """As tree(), of the program and its subcommands."""
    def show(*words):
        return subprocess.run([program, *words, "--help"], check=True, text=True, stdout=-1).stdout

    listed = show().split("Subcommands:")[1].split("Examples:")[0]
    for words in [()] + re.findall(r"^  ([a-z]+) ", listed, re.M):
        words = [words] if words else []
        yield "help", " ".join([*words, "--help"]), ".txt", show(*words)


files = [pathlib.Path(word) for word in sys.argv[1:] if word != "--figures"]
texts = [(str(path), str(path), path.suffix, path.read_text()) for path in files]
if not files:
    texts = list(tree(pathlib.Path(__file__).resolve().parent.parent))
    texts += helps(os.environ["MPTCP_BENCH"]) if "MPTCP_BENCH" in os.environ else []
areas, waiting, refused = {}, collections.Counter(), []
for area, name, suffix, text in texts:
    wrong, figures = examine(name, suffix, text)
    areas.setdefault(area, collections.Counter()).update(figures)
    waiting[area] += len(wrong) * (area in NOT_YET)
    refused += [] if area in NOT_YET else wrong
if "--figures" in sys.argv:
    print(f"{'':34} {'words':>7} {'what/1000':>9} {'list words':>10} {'over 100 columns':>16}")
    for area, of in areas.items():
        what = 1000 * of["whats"] / max(1, of["words"])
        print(f"{area:34} {of['words']:7} {what:9.1f} {of['listed']:10} {of['long']:16}")
for area in NOT_YET & areas.keys():
    print(f"{area}: {waiting[area]} places, not refused yet" if waiting[area] else
          f"{area} passes: take it out of NOT_YET in {__file__}")
print("\n".join(refused) or "every text is plain")
sys.exit(1 if refused else 0)
