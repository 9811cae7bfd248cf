#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kept cards behind `cose serve --state`: tests/state/serve_test.py PROGRAM FAILING-DISK

A disk that fails to flush, is slow or full, a date that jumps, the three levels of durability, a small memory, a master
key in a token, a directory of an older program. FAILING-DISK is tests/state/failing_disk.cc as a library.
"""
import os
import pathlib
import re
import shutil
import socket
import json
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

PATIENCE = 60  # seconds; reached only when something is wrong
STATE_LOST = 5  # exit code
HERE = pathlib.Path(__file__).resolve().parent
SELECT = "00A4040007F0436F53454301"
COUNT = "8010000000"
READ = "8020000000"
SOFTHSM = "/usr/lib/softhsm/libsofthsm2.so"


def cose(*words, code=0):
    ended = subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=PATIENCE)
    if ended.returncode != code:
        raise AssertionError(f"{words}: {ended.returncode}: {ended.stderr}")
    return ended.stdout + ended.stderr


class Grid:
    def __init__(self, folder, *options, faults=None):
        environment = dict(os.environ)
        if faults:
            environment.update(LD_PRELOAD=FAILING_DISK, COSE_FAULTS=faults)
        self.errors = open(f"{folder}/errors", "w+")
        self.process = subprocess.Popen(
            [PROGRAM, "serve", "--simarray", "127.0.0.1:0", "--log-level", "error", *options], env=environment,
            stdout=subprocess.PIPE, stderr=self.errors, text=True)
        line = self.process.stdout.readline()
        if "listening" not in line:
            raise AssertionError(f"no grid: {self.said()}")
        self.port = int(line.split()[3].rpartition(":")[2])

    def said(self):
        self.errors.seek(0)
        return self.errors.read()

    def end(self, how=None):
        if how:
            self.process.send_signal(how)
        code = self.process.wait(PATIENCE)
        self.process.stdout.close()
        return code

    def close(self):
        if self.process.poll() is None:
            self.end(signal.SIGKILL)
        self.errors.close()


class Client:
    def __init__(self, grid):
        self.socket = socket.create_connection(("127.0.0.1", grid.port), PATIENCE)
        self.lines = self.socket.makefile("r")
        self.lines.readline()

    def ask(self, line):
        """None: the grid is gone."""
        try:
            self.socket.sendall(line.encode() + b"\n")
            reply = self.lines.readline().strip()
        except OSError:
            return None
        return re.sub(r"\*(..)(..)", lambda run: run.group(2) * int(run.group(1), 16), reply) or None

    def take(self, slot):
        assert self.ask(f"USE {slot}").startswith("000 3B")
        assert self.ask(f"apdu {slot} {SELECT}") == "000 9000"

    def count(self, slot, command=COUNT):
        reply = self.ask(f"apdu {slot} {command}")
        if reply is None or not reply.startswith("000 "):
            return None
        assert reply[4:8] == reply[8:12], f"torn: {reply}"
        return int(reply[4:8], 16)

    def close(self):
        self.lines.close()
        self.socket.close()


class Serve(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.state = f"{self.folder}/cards"
        self.faults = f"{self.folder}/faults"
        os.mkdir(self.faults)
        cose("cap", "asm", str(HERE / "counter.jca"), "-o", f"{self.folder}/counter.cap")

    def make(self, count, *options):
        applet = f"{self.folder}/counter.cap"
        cose("card", "create", "--state", self.state, *options, "--template", "--load", applet, "t")
        cose("card", "create", "--state", self.state, *options, "--from", "t", "--count", str(count), "n")

    def serve(self, count, *options, faults=True):
        slots = [word for n in range(count) for word in ("--slot", f"{100 * (n // 32 + 1) + n % 32 + 1}=sim:n{n + 1}")]
        grid = Grid(self.folder, "--state", self.state, *slots, *options, faults=self.faults if faults else None)
        self.addCleanup(grid.close)
        return grid

    def client(self, grid):
        client = Client(grid)
        self.addCleanup(client.close)
        return client

    def begin(self, fault):
        pathlib.Path(self.faults, fault).touch()

    def end(self, fault):
        pathlib.Path(self.faults, fault).unlink()

    def fail_with(self, fault):
        """Counts to 3, then the disk fails: no answer, a clear end, and the next start has 3 or the lost 4."""
        self.make(1)
        grid = self.serve(1)
        client = self.client(grid)
        client.take(101)
        self.assertEqual([client.count(101) for _ in range(3)], [1, 2, 3])
        self.begin(fault)
        self.assertIsNone(client.count(101), "answered, and not stored")
        self.assertEqual(grid.end(), STATE_LOST)
        self.assertIn("could not be made durable; the process ends", grid.said())
        self.end(fault)
        again = self.serve(1)
        client = self.client(again)
        client.take(101)
        self.assertIn(client.count(101, READ), (3, 4))

    def test_a_failed_flush_ends_the_process(self):
        self.fail_with("sync")

    def test_a_full_disk_ends_the_process(self):
        self.fail_with("full")

    def test_a_date_that_jumps_changes_nothing(self):
        self.make(1)
        self.begin("clock")
        for start in range(3):
            grid = self.serve(1)
            client = self.client(grid)
            client.take(101)
            self.assertEqual([client.count(101) for _ in range(20)], list(range(20 * start + 1, 20 * start + 21)))
            self.assertEqual(grid.end(signal.SIGTERM), 0)

    def statistics(self):
        return json.loads(cose("store", "stats", "--state", self.state, "--json"))

    def test_cards_of_one_rack_share_flushes(self):
        clients, turns = 24, 10
        self.make(clients)
        grid = self.serve(clients)
        all_clients = [self.client(grid) for _ in range(clients)]
        for number, client in enumerate(all_clients):
            client.take(101 + number)
        self.begin("slow")  # so that many come while one is under way
        before = self.statistics()["flushes"]
        wrong = []

        def work(number, client):
            for turn in range(turns):
                if client.count(101 + number) != turn + 1:
                    wrong.append(number)

        threads = [threading.Thread(target=work, args=each) for each in enumerate(all_clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        flushes = self.statistics()["flushes"] - before
        self.assertEqual(wrong, [])
        self.assertGreaterEqual(flushes, turns)
        self.assertLess(flushes, clients * turns / 4, "the rack waits for each of its cards")

    def count_and_kill(self, level):
        self.make(1)
        grid = self.serve(1, "--durability", level)
        client = self.client(grid)
        client.take(101)
        for turn in range(30):
            self.assertEqual(client.count(101), turn + 1)
        grid.end(signal.SIGKILL)
        client = self.client(self.serve(1, "--durability", level))
        client.take(101)
        return client.count(101, READ)

    def test_relaxed_loses_nothing_with_the_process(self):
        self.assertEqual(self.count_and_kill("relaxed"), 30)

    def test_none_loses_what_came_after_an_orderly_end_and_tears_nothing(self):
        self.assertLessEqual(self.count_and_kill("none"), 30)

    def test_none_keeps_all_over_an_orderly_end(self):
        self.make(1)
        for start in range(2):
            grid = self.serve(1, "--durability", "none")
            client = self.client(grid)
            client.take(101)
            self.assertEqual(client.count(101), start + 1)
            self.assertEqual(grid.end(signal.SIGTERM), 0)

    def test_relaxed_answers_before_the_flush_and_still_ends_when_that_fails(self):
        self.make(1)
        grid = self.serve(1, "--durability", "relaxed")
        client = self.client(grid)
        client.take(101)
        self.begin("sync")
        self.assertEqual(client.count(101), 1)
        self.assertEqual(grid.end(), STATE_LOST)
        self.end("sync")

    def test_a_selected_session_outlives_a_small_memory(self):
        count = 40
        self.make(count)
        grid = self.serve(count, "--memory", "1", faults=False)
        held = self.client(grid)
        held.take(101)
        self.assertEqual(held.count(101), 1)
        for turn in range(2):
            for number in range(1, count):
                slot = 100 * (number // 32 + 1) + number % 32 + 1
                client = Client(grid)
                client.take(slot)
                self.assertEqual(client.count(slot), turn + 1)
                client.ask("QUIT")
                client.close()
            # Without a SELECT: the session is where it was.
            self.assertEqual(held.count(101), turn + 2)

    def test_a_directory_of_an_older_program_is_upgraded(self):
        shutil.copytree(HERE / "format-1/cards", self.state)
        shutil.copy(HERE / "format-1/cards.key", f"{self.folder}/cards.key")
        os.chmod(f"{self.folder}/cards.key", 0o600)
        names = cose("card", "list", "--state", self.state)
        for name in ("anna  from hello", "anna@one  from hello", "bob  from hello", "carl", "hello  template"):
            self.assertIn(name, names)
        self.assertIn("format 2", cose("store", "stats", "--state", self.state))
        self.assertIn(" 0 problems", cose("store", "check", "--state", self.state))
        self.assertIn("< 9000", cose("apdu", f"sim:{self.state}/anna", "00A4040000"))

    @unittest.skipUnless(os.path.exists(SOFTHSM), "softhsm2 is not installed")
    def test_the_master_key_is_in_a_token_and_rotates_there(self):
        tokens = f"{self.folder}/tokens"
        os.mkdir(tokens)
        configuration = pathlib.Path(self.folder, "softhsm2.conf")
        configuration.write_text(f"directories.tokendir = {tokens}\n")
        os.environ["SOFTHSM2_CONF"] = str(configuration)
        subprocess.run(["softhsm2-util", "--init-token", "--free", "--label", "cose", "--so-pin", "12345678", "--pin",
                        "4321"], check=True, stdout=subprocess.DEVNULL)
        pin = pathlib.Path(self.folder, "pin")
        pin.write_text("4321\n")
        pin.chmod(0o600)
        first, second = (f"pkcs11:token=cose;object={name}?module-path={SOFTHSM}&pin-source={pin}"
                         for name in ("first", "second"))
        self.make(2, "--state-key", first)
        self.assertFalse(os.path.exists(f"{self.state}.key"))
        grid = self.serve(2, "--state-key", first)
        client = self.client(grid)
        client.take(101)
        self.assertEqual(client.count(101), 1)
        self.assertIn("4 keys are wrapped", cose("store", "rotate", "--state", self.state, second))
        self.assertEqual(client.count(101), 2)
        client.take(102)
        self.assertEqual(grid.end(signal.SIGTERM), 0)
        self.assertIn("is needed", cose("store", "check", "--state", self.state, "--state-key", first, code=1))
        grid = self.serve(2, "--state-key", second)
        client = self.client(grid)
        client.take(101)
        self.assertEqual(client.count(101), 3)
        self.assertEqual(grid.end(signal.SIGTERM), 0)
        pin.chmod(0o644)
        self.assertIn("chmod 600", cose("store", "check", "--state", self.state, "--state-key", second, code=1))


if __name__ == "__main__":
    PROGRAM, FAILING_DISK = sys.argv.pop(1), sys.argv.pop(1)
    unittest.main()
