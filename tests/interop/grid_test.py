#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A grid over a real pcscd: tests/interop/grid_test.py COSE PKI-FOLDER, run inside tools/with-virtual-reader.

The clients are Python's own sockets and TLS; the card in slot 101 is Debian's emulation. In slot 102 is a card of this
file's, which stops in the middle of a command until it is told to go on, or is pulled.
"""
import os
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
import unittest

PATIENCE = 20  # seconds; reached only when something is wrong
ATR = "3B951381018073FF01000B"
SELECT = "00A4000C023F00"
CREATE = "00E000001C621A820101830210018002000A540100530A436F53452064656D6F21"
SLOW = "80FF0000"


def eventually(question):
    """Waits for something that happens in another process."""
    end = time.monotonic() + PATIENCE
    while not question():
        if time.monotonic() > end:
            raise AssertionError("it did not happen in time")
        time.sleep(0.05)


def control(*words):
    subprocess.run([os.environ["COSE_VIRTUAL_READER_CONTROL"], *words], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, timeout=60)


class Grid:
    def __init__(self, *options):
        command = [PROGRAM, "serve", "--simarray", "127.0.0.1:0", "--log-level", "error", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        self.address = line.split()[3]
        self.port = int(self.address.rpartition(":")[2])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE)
        self.process.stdout.close()
        return code


class Client:
    def __init__(self, grid):
        self.socket = socket.create_connection(("127.0.0.1", grid.port), PATIENCE)
        self.lines = self.socket.makefile("r")
        self.greeting = self.lines.readline().strip()

    def send(self, line):
        self.socket.sendall(line.encode() + b"\n")

    def line(self):
        return self.lines.readline().strip()

    def ask(self, line):
        self.send(line)
        return self.line()

    def secure(self):
        self.lines.close()
        context = ssl.create_default_context(cafile=f"{PKI}/ca.pem")
        self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
        self.lines = self.socket.makefile("r")

    def close(self):
        self.lines.close()
        self.socket.close()


class SlowCard:
    """Speaks vpcd's protocol on the second slot; answers SLOW only when told."""

    def __init__(self):
        # A pcscd that has not yet seen the last card of this slot go does not see this one come.
        control("restart-pcscd")
        self.socket = socket.create_connection(("127.0.0.1", 35964), PATIENCE)
        self.started = threading.Event()
        self.go = threading.Event()
        self.powered_off = threading.Event()
        threading.Thread(target=self.serve, daemon=True).start()

    def receive(self, count):
        octets = b""
        while len(octets) < count:
            more = self.socket.recv(count - len(octets))
            if not more:
                raise ConnectionError
            octets += more
        return octets

    def serve(self):
        try:
            while True:
                message = self.receive(struct.unpack(">H", self.receive(2))[0])
                if message == b"\x04":
                    self.reply(bytes.fromhex("3B80800101"))
                elif message == b"\x00":
                    self.powered_off.set()
                elif message not in (b"\x01", b"\x02"):
                    if message == bytes.fromhex(SLOW):
                        self.started.set()
                        self.go.wait()
                    self.reply(b"\x90\x00")
        except OSError:
            pass

    def reply(self, octets):
        self.socket.sendall(struct.pack(">H", len(octets)) + octets)

    def pull(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.go.set()


class GridOverPcsc(unittest.TestCase):
    def setUp(self):
        self.grid = Grid("--slot", "101=pcsc:Virtual PCD 00 00", "--slot", "102=pcsc:Virtual PCD 00 01",
                         "--slot", "103=echo:")
        self.addCleanup(self.grid.stop)

    def client(self, grid=None):
        client = Client(grid or self.grid)
        self.addCleanup(client.close)
        return client

    def test_a_card_is_used_through_tcp(self):
        client = self.client()
        self.assertEqual(client.ask("CONTENT"), "000 101:32:A0000000:0")
        self.assertEqual(client.ask("USE 101"), "000 " + ATR)
        self.assertEqual(client.ask("apdu 101 " + SELECT), "000 9000")
        self.assertEqual(client.ask("RESET 101"), "000 " + ATR)
        self.assertEqual(client.ask("apdu 101 00A4020C02FFF0"), "000 6A82")
        self.assertEqual(client.ask("FREE 101"), "000 OK")

    def test_chained_grids_give_the_same_answers(self):
        commands = [SELECT, CREATE, SELECT, "00A4020C021001", "00B000000A", "00B0000000", "00A4020C02FFF0", "00FF0000"]
        outer = Grid("--slot", f"725=grid://{self.grid.address}/101")
        self.addCleanup(outer.stop)
        answers = []
        for grid, slot in ((self.grid, "101"), (outer, "725")):
            control("remove-card", "0")
            control("insert-card", "0", "iso7816")  # a fresh card without files
            client = self.client(grid)
            eventually(lambda: client.ask(f"USE {slot}") == "000 " + ATR)
            answers.append([client.ask(f"apdu {slot} {command}") for command in commands])
            self.assertEqual(client.ask(f"FREE {slot}"), "000 OK")
        self.assertEqual(answers[0], answers[1])
        self.assertIn("000 436F53452064656D6F219000", answers[0])

    def test_a_card_may_be_pulled_and_come_back(self):
        client = self.client()
        self.assertEqual(client.ask("USE 101"), "000 " + ATR)
        control("remove-card", "0")
        self.assertRegex(client.ask("apdu 101 " + SELECT), "^801 card was removed")
        self.assertRegex(client.ask("apdu 101 " + SELECT), "^801 card was removed")
        eventually(lambda: client.ask("CONTENT").startswith("000 101:32:20000000:"))
        self.assertEqual(client.ask("FREE 101"), "000 OK")
        self.assertRegex(client.ask("USE 101"), "^402 no card in this slot")
        control("insert-card", "0", "iso7816")
        eventually(lambda: client.ask("USE 101") == "000 " + ATR)
        self.assertEqual(client.ask("apdu 101 " + SELECT), "000 9000")
        eventually(lambda: client.ask("CONTENT").startswith("000 101:32:A0000000:"))

    def test_a_card_pulled_in_the_middle_of_a_command(self):
        card = SlowCard()
        client, other = self.client(), self.client()
        eventually(lambda: client.ask("USE 102").startswith("000 "))
        client.send("apdu 102 " + SLOW)
        self.assertTrue(card.started.wait(PATIENCE))
        self.assertEqual(other.ask("USE 103"), "000 3B80800101")
        self.assertRegex(other.ask("USE 102"), "^700 ")
        card.pull()
        self.assertRegex(client.line(), "^80[0-3] ")
        self.assertEqual(other.ask("apdu 103 00A40000"), "000 9000")

    def test_a_lost_connection_gives_the_card_back_without_power(self):
        card = SlowCard()
        self.addCleanup(card.pull)
        lost, heir = self.client(), self.client()
        eventually(lambda: lost.ask("USE 102").startswith("000 "))
        lost.send("apdu 102 " + SLOW)
        self.assertTrue(card.started.wait(PATIENCE))
        card.powered_off.clear()
        lost.close()
        card.go.set()
        self.assertTrue(card.powered_off.wait(PATIENCE))
        eventually(lambda: heir.ask("USE 102").startswith("000 "))

    def test_pcscd_may_die_and_come_back(self):
        client, other = self.client(), self.client()
        self.assertEqual(client.ask("USE 101"), "000 " + ATR)
        self.assertEqual(other.ask("USE 103"), "000 3B80800101")
        control("kill-pcscd")
        self.assertRegex(client.ask("apdu 101 " + SELECT), "^80[13] ")
        self.assertEqual(other.ask("apdu 103 00A40000"), "000 9000")
        control("start-pcscd")
        control("insert-card", "0", "iso7816")
        eventually(lambda: client.ask("USE 101") == "000 " + ATR)
        self.assertEqual(client.ask("apdu 101 " + SELECT), "000 9000")

    def test_a_stop_lets_the_running_command_end(self):
        card = SlowCard()
        self.addCleanup(card.pull)
        client = self.client()
        eventually(lambda: client.ask("USE 102").startswith("000 "))
        client.send("apdu 102 " + SLOW)
        self.assertTrue(card.started.wait(PATIENCE))
        card.powered_off.clear()
        self.grid.process.send_signal(signal.SIGTERM)
        card.go.set()
        self.assertEqual(client.line(), "000 9000")
        self.assertEqual(self.grid.process.wait(PATIENCE), 0)
        self.assertTrue(card.powered_off.wait(PATIENCE))


class SecureGrid(unittest.TestCase):
    def test_tls_starts_in_place(self):
        grid = Grid("--slot", "101=pcsc:Virtual PCD 00 00", "--secure", "require",
                    "--tls-certificate", f"{PKI}/server.pem", "--tls-key", f"{PKI}/server.key")
        self.addCleanup(grid.stop)
        client = Client(grid)
        self.addCleanup(client.close)
        self.assertRegex(client.ask("USE 101"), "^301 ")
        self.assertEqual(client.ask("HELLO python"), "000 CoSE SECURE")
        client.secure()
        self.assertEqual(client.socket.version(), "TLSv1.3")
        self.assertEqual(client.ask("USE 101"), "000 " + ATR)
        self.assertEqual(client.ask("apdu 101 " + SELECT), "000 9000")
        self.assertEqual(client.ask("QUIT"), "000 OK")


if __name__ == "__main__":
    PROGRAM, PKI = sys.argv[1:3]
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
