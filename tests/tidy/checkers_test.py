#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The checkers find what they are for and nothing else: each is run over the small trees of its .cases file."""

import os
import stat
import subprocess
import tempfile
import unittest
from pathlib import Path

from cases import Case, read_cases

HERE = Path(__file__).resolve().parent
TOOLS = HERE.parent.parent / "tools"
ENVIRONMENT = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}


class CheckersTest(unittest.TestCase):
    def test_layers(self) -> None:
        self.run_cases("check-layers", "layers.cases")

    def test_tidy(self) -> None:
        self.run_cases("check-tidy", "tidy.cases")

    def run_cases(self, tool: str, file: str) -> None:
        cases = read_cases(HERE / file)
        self.assertGreater(len(cases), 20)
        self.assertEqual(len({case.name for case in cases}), len(cases), "two cases of one name")
        for case in cases:
            with self.subTest(tool=tool, case=case.name):
                self.run_case(tool, case)

    def run_case(self, tool: str, case: Case) -> None:
        with tempfile.TemporaryDirectory() as folder:
            case.write(Path(folder))
            ran = subprocess.run(
                [TOOLS / tool, folder], capture_output=True, text=True, env=ENVIRONMENT, check=False, timeout=60
            )
        said = ran.stdout.strip("\n")
        self.assertEqual(ran.returncode, 0 if case.succeeds else 1, said + ran.stderr)
        if case.expected is not None:
            self.assertEqual(said, case.expected, ran.stderr)


class FormatTest(unittest.TestCase):
    def test_finds_what_clang_format_would_change(self) -> None:
        for source, code in (("int main() {}\n", 0), ("int  main( ){}\n", 1)):
            with self.subTest(source=source), tempfile.TemporaryDirectory() as folder:
                Path(folder, ".clang-format").write_text("BasedOnStyle: Google\n")
                Path(folder, "x.cc").write_text(source)
                ran = subprocess.run([TOOLS / "check-format", folder], capture_output=True, check=False, timeout=60)
                self.assertEqual(ran.returncode, code, ran.stderr)


class ShellTest(unittest.TestCase):
    def test_finds_what_shellcheck_finds(self) -> None:
        for script, code in (('echo "$1"\n', 0), ("echo $1\n", 1)):
            with self.subTest(script=script), tempfile.TemporaryDirectory() as folder:
                Path(folder, "script").write_text("#!/usr/bin/env bash\n" + script)
                ran = subprocess.run([TOOLS / "check-shell", folder], capture_output=True, check=False, timeout=60)
                self.assertEqual(ran.returncode, code, ran.stdout)


class SetupTest(unittest.TestCase):
    """tools/setup over a system of scripts: what is installed, who calls, and what apt-get is asked."""

    def run_setup(self, *uses: str, installed: str, user: int = 0) -> tuple[int, str, str]:
        with tempfile.TemporaryDirectory() as folder:
            scripts = {
                "id": f"echo {user}",
                "dpkg-query": f'for last; do :; done; case " {installed} " in\n'
                '*" $last "*) echo "install ok installed";; *) exit 1;; esac',
                "apt-get": f'echo "apt-get $*" >>{folder}/asked',
            }
            for name, body in scripts.items():
                script = Path(folder, name)
                script.write_text(f"#!/bin/sh\n{body}\n")
                script.chmod(script.stat().st_mode | stat.S_IXUSR)
            Path(folder, "packages.txt").write_text("# a comment\nbuild compiler linker # and why\ntest  runner\n")
            environment = {
                **ENVIRONMENT,
                "PATH": f"{folder}:{os.environ['PATH']}",
                "COSE_PACKAGES": f"{folder}/packages.txt",
            }
            ran = subprocess.run(
                [TOOLS / "setup", *uses], capture_output=True, text=True, env=environment, check=False, timeout=60
            )
            asked = Path(folder, "asked")
            return ran.returncode, ran.stdout + ran.stderr, asked.read_text() if asked.exists() else ""

    def test_asks_for_nothing_when_nothing_is_missing(self) -> None:
        code, _, asked = self.run_setup("build", installed="compiler linker")
        self.assertEqual((code, asked), (0, ""))

    def test_installs_only_what_is_missing(self) -> None:
        code, _, asked = self.run_setup("build", "test", installed="linker")
        self.assertEqual(code, 0)
        lines = asked.splitlines()
        self.assertEqual(len(lines), 2)
        self.assertTrue(lines[0].endswith(" update"), lines[0])
        self.assertTrue(lines[1].endswith(" compiler runner"), lines[1])

    def test_names_the_command_when_the_user_may_not_install(self) -> None:
        code, said, asked = self.run_setup("test", installed="", user=1000)
        self.assertEqual((code, asked), (1, ""))
        self.assertIn("sudo apt-get install --no-install-recommends runner", said)

    def test_refuses_a_use_that_is_not_listed(self) -> None:
        code, said, _ = self.run_setup("tset", installed="")
        self.assertEqual(code, 2)
        self.assertIn("tset", said)


if __name__ == "__main__":
    unittest.main()
