# SPDX-License-Identifier: Apache-2.0
"""What the checkers share: finding the files of a tree, reading C++ without its comments and strings, and saying
what is wrong. No check stands here."""

import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

HERE = Path(__file__).resolve().parent
SKIPPED_FOLDERS = {".git", ".cache", "__pycache__"}


@dataclass(frozen=True, order=True)
class Problem:
    """One line for a person: where, what is wrong, and what to do."""

    path: str
    line: int
    text: str
    rule: str = ""
    function: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


def files_of(root: Path) -> Iterator[str]:
    """Every file below root, as a path with slashes, in order; neither what a build wrote nor git's own."""
    for entry in sorted(root.iterdir()):
        yield from _files_below(root, entry)


def _files_below(root: Path, entry: Path) -> Iterator[str]:
    name = entry.relative_to(root).as_posix()
    if entry.is_symlink():
        return
    if entry.is_dir():
        if entry.name in SKIPPED_FOLDERS or name == "build":
            return
        for inner in sorted(entry.iterdir()):
            yield from _files_below(root, inner)
    elif entry.is_file():
        yield name


def is_cxx(path: str) -> bool:
    return path.endswith((".cc", ".h"))


def matches(path: str, patterns: list[str] | tuple[str, ...]) -> bool:
    """Shell patterns over the whole path; a * passes slashes too."""
    return any(fnmatchcase(path, pattern) for pattern in patterns)


# In this order: a number with digit separators is no character literal, and what looks like a comment inside a
# string is none.
_TOKEN = re.compile(
    r"""(?P<number>\b\d[\w.]*(?:'\w+)+)"""
    r"""|(?P<comment>//(?:\\\n|[^\n])*|/\*.*?\*/)"""
    r"""|(?P<raw>R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)")"""
    r"""|(?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')""",
    re.DOTALL,
)


def blank_cxx(source: str) -> str:
    """The same text with comments and the inside of literals turned into spaces: every line and column stays."""

    def blanked(match: re.Match[str]) -> str:
        token = match.group()
        if match.lastgroup == "number":
            return token
        spaces = re.sub(r"[^\n]", " ", token)
        if match.group("comment"):
            return spaces
        return token[0] + spaces[1:-1] + token[-1]

    return _TOKEN.sub(blanked, source)


def line_of(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def read_data(root: Path, name: str) -> tuple[dict, bool]:
    """The tree's own tools/<name>, and whether it has one; else the one beside this program."""
    own = root / "tools" / name
    with (own if own.exists() else HERE / name).open("rb") as file:
        return tomllib.load(file), own.exists()


def report(problems: list[Problem]) -> int:
    """Prints what is wrong and returns the exit code."""
    for problem in sorted(problems):
        print(problem)
    if problems:
        print(f"{len(problems)} problem{'s' if len(problems) > 1 else ''}", file=sys.stderr)
    return 1 if problems else 0
