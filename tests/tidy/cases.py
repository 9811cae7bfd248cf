# SPDX-License-Identifier: Apache-2.0
"""Reads tests that are text: small trees and what a checker says about them.

    === base                    files that every case starts from (optional, comes first)
    --- path/of/a/file          what follows, up to the next mark, is its content
    === what the case shows     one line
    --- path/of/another         put over the base
    --- expect                  it fails and prints these lines, no others
    --- expect success          or: it succeeds, whatever it prints
    --- expect output           or: it succeeds and prints these lines

Lines before the first mark are comments. In a file's content, @repeat N TEXT stands for N lines of TEXT, @chars N C
for one line of N times the character C, and <TAB>, <SPACE>, <FF>, <ESC>, <RLO>, <NO-LINE-END> for what an editor would
hide or spoil.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

HIDDEN = {b"<TAB>": b"\t", b"<SPACE>": b" ", b"<FF>": b"\xff", b"<ESC>": b"\x1b", b"<RLO>": "\u202e".encode()}


@dataclass
class Case:
    name: str
    files: dict[str, str] = field(default_factory=dict)

    @property
    def succeeds(self) -> bool:
        return "expect" not in self.files

    @property
    def expected(self) -> str | None:
        """None: it does not matter."""
        lines = self.files.get("expect", self.files.get("expect output"))
        return None if lines is None else lines.strip("\n")

    def write(self, root: Path) -> None:
        for path, content in self.files.items():
            if not path.startswith("expect"):
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_bytes(octets_of(content))


def octets_of(content: str) -> bytes:
    content = re.sub(r"^@repeat (\d+) (.*\n)", lambda match: match[2] * int(match[1]), content, flags=re.MULTILINE)
    content = re.sub(r"^@chars (\d+) (.)$", lambda match: match[2] * int(match[1]), content, flags=re.MULTILINE)
    octets = content.encode()
    for word, hidden in HIDDEN.items():
        octets = octets.replace(word, hidden)
    return octets.replace(b"<NO-LINE-END>\n", b"")


def read_cases(path: Path) -> list[Case]:
    cases: list[Case] = []
    name = None
    for line in path.read_text("utf-8").splitlines(keepends=True):
        if line.startswith("=== "):
            cases.append(Case(line[4:].strip()))
            name = None
        elif line.startswith("--- ") and cases:
            name = line[4:].strip()
            cases[-1].files[name] = ""
        elif name:
            cases[-1].files[name] += line
    for case in cases:
        for name, content in case.files.items():
            # The empty line before a mark is for the eye.
            case.files[name] = re.sub(r"\n+\Z", "\n", content)
    if cases and cases[0].name == "base":
        base = cases.pop(0)
        for case in cases:
            case.files = base.files | case.files
    return cases
