#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Cards of a grid in readers of a real pcscd: tests/interop/relay_test.py COSE DRIVER PKI-FOLDER.

Run inside tools/with-virtual-reader. The same tests for both ways into pcscd: `cose relay` in the virtual reader, and
our driver; over both protocols of a grid. The clients are Debian's.
"""
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from smartcard.scard import (SCARD_LEAVE_CARD, SCARD_PROTOCOL_T0, SCARD_PROTOCOL_T1, SCARD_S_SUCCESS, SCARD_SCOPE_USER,
                             SCARD_SHARE_SHARED, SCARD_STATE_PRESENT, SCARD_STATE_UNAWARE, SCARD_UNPOWER_CARD,
                             SCardConnect, SCardDisconnect, SCardEstablishContext, SCardGetStatusChange,
                             SCardReconnect, SCardReleaseContext, SCardTransmit, SCARD_PCI_T0, SCARD_PCI_T1)

PATIENCE = 20  # seconds; reached only when something is wrong
ECHO_ATR = "3B 80 80 01 01"


def control(*words):
    subprocess.run([os.environ["COSE_VIRTUAL_READER_CONTROL"], *words], check=True, timeout=60)


class Program:
    """A program in the background, ended by SIGTERM."""

    def __init__(self, *words, ready=None):
        self.process = subprocess.Popen([PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in self.process.stdout:
            if ready is None or ready in line:
                break
        self.rest = []
        self.reader = threading.Thread(target=lambda: self.rest.extend(self.process.stdout), daemon=True)
        self.reader.start()

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        return self.wait()

    def wait(self):
        code = self.process.wait(PATIENCE)
        self.reader.join(PATIENCE)
        self.process.stdout.close()
        return code


def grid():
    """Cards in 101 to 104, which are pay101 to pay104 for RACS; 105 is a slot of another grid, which may be away."""
    names = [word for slot in range(101, 105) for word in ("--seid", f"pay{slot}={slot}")]
    return Program("serve", "--simarray", "127.0.0.1:2310", "--slot", "101-104=echo:", "--slot",
                   "105=grid://127.0.0.1:2311/101", "--log-level", "error", "--racs", "127.0.0.1:7777", *names,
                   "--tls-certificate", f"{PKI}/server.pem", "--tls-key", f"{PKI}/server.key", "--tls-client-ca",
                   f"{PKI}/ca.pem", ready="listening")


def other_grid():
    return Program("serve", "--simarray", "127.0.0.1:2311", "--slot", "101=echo:", "--log-level", "error",
                   ready="listening")


def racs(element):
    return f"racs://127.0.0.1:7777/{element}ca={PKI}/ca.pem&cert={PKI}/client.pem&key={PKI}/client.key"


class Context:
    def __enter__(self):
        result, self.handle = SCardEstablishContext(SCARD_SCOPE_USER)
        assert result == SCARD_S_SUCCESS
        return self.handle

    def __exit__(self, *_):
        SCardReleaseContext(self.handle)


def wait_for(reader, present, patience=PATIENCE):
    with Context() as context:
        end = time.monotonic() + patience
        state = SCARD_STATE_UNAWARE
        while time.monotonic() < end:
            _, states = SCardGetStatusChange(context, 500, [(reader, state)])
            state = states[0][1]
            if bool(state & SCARD_STATE_PRESENT) == present:
                return
    raise AssertionError(f"{reader} is not {'present' if present else 'absent'} in time")


class Card:
    def __init__(self, context, reader):
        result, self.handle, self.protocol = SCardConnect(context, reader, SCARD_SHARE_SHARED,
                                                          SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1)
        assert result == SCARD_S_SUCCESS, hex(result & 0xFFFFFFFF)

    def send(self, command):
        header = SCARD_PCI_T1 if self.protocol == SCARD_PROTOCOL_T1 else SCARD_PCI_T0
        result, answer = SCardTransmit(self.handle, header, list(command))
        assert result == SCARD_S_SUCCESS, hex(result & 0xFFFFFFFF)
        return bytes(answer)

    def reset(self):
        result, self.protocol = SCardReconnect(self.handle, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1,
                                   SCARD_UNPOWER_CARD)
        assert result == SCARD_S_SUCCESS

    def leave(self):
        SCardDisconnect(self.handle, SCARD_LEAVE_CARD)


def select(data):
    return bytes([0x00, 0xA4, 0x04, 0x00, len(data)]) + data


class InReaders:
    """What holds for cards of a grid in two readers, FIRST and SECOND, however they got there."""

    def test_clients_see_the_card(self):
        number = str(self.reader_number)
        atr = subprocess.run(["opensc-tool", "--reader", number, "-a"], capture_output=True, text=True,
                             timeout=PATIENCE)
        self.assertEqual(atr.stdout.strip().upper().replace(":", " "), ECHO_ATR)
        sent = subprocess.run(["opensc-tool", "--reader", number, "-s", "00A4040003AABBCC"], capture_output=True,
                              text=True, timeout=PATIENCE)
        self.assertIn("AA BB CC", sent.stdout)
        readers = subprocess.run(["pcsc_scan", "-r"], capture_output=True, text=True, timeout=PATIENCE)
        self.assertIn(self.FIRST, readers.stdout)

    def test_cardpeek_uses_the_card(self):
        command = ('card.connect() sw, answer = card.send(bytes.new(8, "00A4040003AABBCC")) '
                   'print(string.format("STATUS %04X", sw), bytes.format(answer, "%D")) card.disconnect()')
        # It asks whether to make its folder, and at the end of its input for ever.
        with tempfile.TemporaryDirectory() as home:
            seen = subprocess.run(["sh", "-c", f"(printf '1\\n1\\n'; exec sleep 5) | timeout {PATIENCE} cardpeek -c "
                                   f"-r 'pcsc://{self.FIRST}' -e '{command}' 2>&1 | head -c 20000"],
                                  capture_output=True, text=True, timeout=3 * PATIENCE,
                                  env=os.environ | {"HOME": home})
        self.assertRegex(seen.stdout, r"STATUS 9000\s+AABBCC", seen.stdout)

    def test_two_cards_never_mix_answers(self):
        failures = []
        finished = []

        def use(reader, tag):
            with Context() as context:
                card = Card(context, reader)
                for count in range(300):
                    data = tag + count.to_bytes(4, "big")
                    if card.send(select(data)) != data + b"\x90\x00":
                        failures.append((reader, count))
                card.leave()
            finished.append(reader)

        users = [threading.Thread(target=use, args=(self.FIRST, b"first")),
                 threading.Thread(target=use, args=(self.SECOND, b"second"))]
        for user in users:
            user.start()
        for user in users:
            user.join()
        self.assertEqual(failures, [])
        self.assertEqual(len(finished), 2)

    def test_extended_commands_pass(self):
        with Context() as context:
            card = Card(context, self.FIRST)
            data = bytes(range(256)) * 8
            command = b"\x00\xA4\x04\x00\x00" + len(data).to_bytes(2, "big") + data
            self.assertEqual(card.send(command), data + b"\x90\x00")
            card.reset()
            self.assertEqual(card.send(select(b"again")), b"again\x90\x00")
            card.leave()

    def test_a_restarted_grid_is_a_pulled_card_that_comes_back(self):
        self.__class__.grid.end(signal.SIGKILL)
        wait_for(self.FIRST, present=False)
        self.__class__.grid = grid()
        wait_for(self.FIRST, present=True)
        with Context() as context:
            card = Card(context, self.FIRST)
            self.assertEqual(card.send(select(b"back")), b"back\x90\x00")
            card.leave()


class Relayed(InReaders, unittest.TestCase):
    FIRST, SECOND = "Virtual PCD 00 00", "Virtual PCD 00 01"
    reader_number = 0

    @classmethod
    def setUpClass(cls):
        cls.grid = grid()
        # Heartbeats would need half a minute to notice a dead grid; a command notices at once.
        cls.relay = Program("relay", *cls.cards(), "--keep", ready="power-on")
        wait_for(cls.FIRST, present=True)
        wait_for(cls.SECOND, present=True)

    @staticmethod
    def cards():
        return "grid://127.0.0.1/101", "grid://127.0.0.1/102"

    @classmethod
    def tearDownClass(cls):
        assert cls.relay.end() == 0
        wait_for(cls.FIRST, present=False)
        assert cls.grid.end() == 0

    def test_a_restarted_grid_is_a_pulled_card_that_comes_back(self):
        self.__class__.grid.end(signal.SIGKILL)
        with Context() as context:
            card = Card(context, self.FIRST)
            self.assertEqual(card.send(select(b"lost")), b"\x6F\x00")
        wait_for(self.FIRST, present=False)
        self.__class__.grid = grid()
        wait_for(self.FIRST, present=True)
        with Context() as context:
            card = Card(context, self.FIRST)
            self.assertEqual(card.send(select(b"back")), b"back\x90\x00")
            card.leave()

    def test_without_keep_a_lost_card_ends_the_relay(self):
        other = other_grid()
        relay = Program("relay", "grid://127.0.0.1:2311/101", "--reader", "vpcd://127.0.0.1:1")
        self.assertEqual(relay.wait(), 1)
        self.assertIn("127.0.0.1:1", "".join(relay.rest))
        self.assertEqual(other.end(), 0)


class RelayedOverRacs(Relayed):
    test_without_keep_a_lost_card_ends_the_relay = None

    @staticmethod
    def cards():
        return racs("pay101?"), racs("pay102?")


class Driven(InReaders, unittest.TestCase):
    FIRST, SECOND, THIRD = "Grid 00 00", "Grid 00 01", "Grid 00 02"
    SERIAL = "serial grid://127.0.0.1:2310/103"
    reader_number = 2

    @staticmethod
    def device():
        return "grid://127.0.0.1:2310/103-105"

    @classmethod
    def setUpClass(cls):
        cls.grid = grid()
        folder = os.environ["COSE_VIRTUAL_READER"]
        with open(f"{folder}/grid.conf", "w", encoding="ascii") as readers:
            readers.write(f'FRIENDLYNAME "Grid"\nDEVICENAME "{cls.device()}"\nLIBPATH {DRIVER}\n')
        control("stop-pcscd")
        control("start-pcscd", f"{folder}/grid.conf")
        wait_for(cls.FIRST, present=True)
        wait_for(cls.SECOND, present=True)

    @classmethod
    def tearDownClass(cls):
        control("stop-pcscd")
        control("start-pcscd")
        assert cls.grid.end() == 0

    def test_a_reader_names_its_slot(self):
        listed = subprocess.run([PROGRAM, "list"], capture_output=True, text=True, timeout=PATIENCE)
        self.assertIn(self.SERIAL, listed.stdout)

    def test_a_card_that_comes_later_is_inserted_and_pulled(self):
        wait_for(self.THIRD, present=False)
        other = other_grid()
        # The grid asks a grid that was away after pauses that grow to a quarter of a minute.
        wait_for(self.THIRD, present=True, patience=60)
        with Context() as context:
            card = Card(context, self.THIRD)
            self.assertEqual(card.send(select(b"late")), b"late\x90\x00")
            card.leave()
        self.assertEqual(other.end(), 0)
        wait_for(self.THIRD, present=False, patience=60)


class DrivenByRacs(Driven):
    """Three places of what the grid has under a prefix."""
    SERIAL = "serial racs://127.0.0.1:7777/pay101"
    THIRD = "Grid 00 02"
    test_a_card_that_comes_later_is_inserted_and_pulled = None

    @staticmethod
    def device():
        return racs("pay*?slots=3&")


if __name__ == "__main__":
    PROGRAM, DRIVER, PKI = (os.path.abspath(word) for word in sys.argv[1:4])
    unittest.main(argv=sys.argv[:1] + sys.argv[4:], verbosity=2)
