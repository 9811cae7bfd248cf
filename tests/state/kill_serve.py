#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kills `cose serve --state` under load, again and again: tests/state/kill_serve.py PROGRAM

Many clients count on kept cards over the SIM Array protocol, with KEEP and numbered commands, until the server is
killed with SIGKILL. After each start every card must be where its last answer said, or at the one command whose answer
was lost, and that command must be answered from the state, or be refused as not executed; it is never executed twice.
COSE_KILLS says how often (default 8).
"""
import os
import pathlib
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time

CARDS = 16
PATIENCE = 30  # seconds; reached only when something is wrong
SELECT = "00A4040007F0436F53454301"
COUNT = "8010000000"
READ = "8020000000"


class Line:
    """A connection, one line at a time."""

    def __init__(self, address):
        self.socket = socket.create_connection(address, timeout=PATIENCE)
        self.file = self.socket.makefile("rw", newline="\n")
        self.read()  # the greeting

    def ask(self, line):
        self.file.write(line + "\n")
        self.file.flush()
        return self.read()

    def read(self):
        reply = self.file.readline()
        if not reply.endswith("\n"):
            raise ConnectionError("the server is gone")
        # Runs of octets (docs/protocols/simarray.md).
        return re.sub(r"\*(..)(..)", lambda run: run.group(2) * int(run.group(1), 16), reply.strip())

    def close(self):
        # The buffer may hold what cannot be sent any more.
        try:
            self.file.close()
        except OSError:
            pass
        self.socket.close()


def need(reply, wanted, what):
    if not re.fullmatch(wanted, reply):
        raise SystemExit(f"{what}: expected {wanted}, found {reply}")
    return reply


class Card:
    """What a client knows of its card."""

    def __init__(self, slot):
        self.slot = slot
        self.count = 0
        self.key = None
        self.open = None  # the number of a command whose answer is missing
        self.counted = 0
        self.recalled = 0
        self.trouble = None

    def take(self, line):
        need(line.ask(f"USE {self.slot}"), r"000 3B.*", "USE")

    def count_until_killed(self, address):
        line = None
        try:
            line = Line(address)
            self.key = need(line.ask("KEEP"), r"000 \S+", "KEEP")[4:]
            self.take(line)
            need(line.ask(f"apdu {self.slot} {SELECT} 1"), "000 9000", "SELECT")
            number = 1
            while True:
                number += 1
                self.open = number
                reply = line.ask(f"apdu {self.slot} {COUNT} {number}")
                self.check(need(reply, r"000 [0-9A-F]{8}9000", "count")[4:12], self.count + 1)
                self.count += 1
                self.counted += 1
                self.open = None
        except (OSError, ValueError):
            pass
        except SystemExit as error:
            self.trouble = str(error)
        finally:
            if line:
                line.close()

    def check(self, answer, *wanted):
        first, second = int(answer[:4], 16), int(answer[4:], 16)
        if first != second:
            raise SystemExit(f"slot {self.slot}: torn: {answer}")
        if first not in wanted:
            raise SystemExit(f"slot {self.slot}: {first}, and {wanted} was told")
        return first

    def look(self, address):
        """After a start."""
        line = Line(address)
        self.take(line)
        recalled = None
        if self.open is not None:
            reply = line.ask(f"apdu {self.slot} {COUNT} {self.open} {self.key}")
            if reply.startswith("000 "):
                recalled = self.check(reply[4:12], self.count + 1)
                self.recalled += 1
            else:
                need(reply, r"307 .*", "recall")
        need(line.ask(f"apdu {self.slot} {SELECT}"), "000 9000", "SELECT")
        found = self.check(line.ask(f"apdu {self.slot} {READ}")[4:12], self.count, self.count + 1)
        if found == self.count + 1 and recalled is None and self.open is not None:
            raise SystemExit(f"slot {self.slot}: executed, and its answer is not known")
        if recalled is not None and found != recalled or self.open is None and found != self.count:
            raise SystemExit(f"slot {self.slot}: counted twice")
        self.count = found
        self.open = None
        line.close()


class Server:
    def __init__(self, program, folder):
        slots = [word for slot in range(CARDS) for word in ("--slot", f"{101 + slot}=sim:n{slot + 1}")]
        self.process = subprocess.Popen(
            [program, "serve", "--simarray", "127.0.0.1:0", "--state", f"{folder}/cards", "--log-level", "error",
             *slots], stdout=subprocess.PIPE, text=True)
        ready = self.process.stdout.readline()
        found = re.match(r"simarray listening on ([\d.]+):(\d+) ", ready)
        if not found:
            raise SystemExit(f"the server did not start: {ready!r}")
        self.address = (found.group(1), int(found.group(2)))

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def run(*words):
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


def main():
    program = sys.argv[1]
    kills = int(os.environ.get("COSE_KILLS", "8"))
    here = pathlib.Path(__file__).resolve().parent
    dice = random.Random(1)
    cards = [Card(101 + slot) for slot in range(CARDS)]
    with tempfile.TemporaryDirectory() as folder:
        applet, state = f"{folder}/counter.cap", f"{folder}/cards"
        run(program, "cap", "asm", str(here / "counter.jca"), "-o", applet)
        run(program, "card", "create", "--state", state, "--template", "--load", applet, "t")
        run(program, "card", "create", "--state", state, "--from", "t", "--count", str(CARDS), "n")
        for kill in range(kills + 1):
            server = Server(program, folder)
            for card in cards:
                card.look(server.address)
            if kill < kills:
                clients = [threading.Thread(target=card.count_until_killed, args=(server.address,)) for card in cards]
                for client in clients:
                    client.start()
                # Whenever the dice say, and that is somewhere in the work.
                time.sleep(dice.uniform(0.02, 0.5))
            server.kill()
            if kill < kills:
                for client in clients:
                    client.join()
            troubles = [card.trouble for card in cards if card.trouble]
            if troubles:
                raise SystemExit("\n".join(troubles))
        run(program, "store", "check", "--state", f"{folder}/cards")
    counted = sum(card.counted for card in cards)
    recalled = sum(card.recalled for card in cards)
    print(f"{kills} kills, {counted} counts acknowledged, {recalled} lost answers recalled")
    if counted < kills * CARDS or kills >= 8 and recalled == 0:
        raise SystemExit("the kills came too early to test anything")


main()
