#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A card of a grid in the air: tests/nfc/relay_test.py COSE.

`cose relay` makes a PN532 a contactless card; libnfc, Debian's, is the reader's side. Both chips are software.
"""
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
import unittest

from software_pn532 import Pair

PATIENCE = 20  # seconds; reached only when something is wrong


class Modulation(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int), ("speed", ctypes.c_int)]


ISO14443A_106 = Modulation(1, 1)


class Target(ctypes.Structure):
    _fields_ = [("octets", ctypes.c_uint8 * 512)]


class Reader:
    """A program that uses libnfc as it is."""

    def __init__(self, device):
        self.library = ctypes.CDLL("libnfc.so.6")
        self.library.nfc_open.restype = ctypes.c_void_p
        self.context = ctypes.c_void_p()
        self.library.nfc_init(ctypes.byref(self.context))
        self.device = ctypes.c_void_p(self.library.nfc_open(self.context, device.encode()))
        assert self.device, "libnfc does not take the chip for a PN532"
        assert self.library.nfc_initiator_init(self.device) == 0

    def select(self):
        """Until a card answers."""
        end = time.monotonic() + PATIENCE
        target = Target()
        while time.monotonic() < end:
            if self.library.nfc_initiator_select_passive_target(self.device, ISO14443A_106, None, ctypes.c_size_t(0),
                                                                ctypes.byref(target)) > 0:
                return
            time.sleep(0.05)
        raise AssertionError("no card in time")

    def send(self, command):
        answer = (ctypes.c_uint8 * 300)()
        size = self.library.nfc_initiator_transceive_bytes(self.device, command, ctypes.c_size_t(len(command)), answer,
                                                           ctypes.c_size_t(len(answer)), 5000)
        return bytes(answer[:size]) if size >= 0 else None

    def release(self):
        self.library.nfc_initiator_deselect_target(self.device)

    def close(self):
        if self.device:
            self.library.nfc_close(self.device)
            self.library.nfc_exit(self.context)
            self.device = None


def select_command(data):
    return bytes([0x00, 0xA4, 0x04, 0x00, len(data)]) + data


class InTheAir(unittest.TestCase):
    def setUp(self):
        self.pair = Pair()
        self.grid = subprocess.Popen([PROGRAM, "serve", "--simarray", "127.0.0.1:0", "--slot", "101=echo:",
                                      "--log-level", "error"], stdout=subprocess.PIPE, text=True)
        address = self.grid.stdout.readline().split()[3]
        self.addCleanup(self.grid.kill)
        self.relay = subprocess.Popen([PROGRAM, "relay", f"grid://{address}/101", "--json", "--reader",
                                       f"nfc:pn532_uart:{self.pair.card.path}"], stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.relay.kill)
        self.events = []
        self.listener = threading.Thread(target=lambda: self.events.extend(self.relay.stdout))
        self.listener.start()
        self.reader = Reader(f"pn532_uart:{self.pair.reader.path}")

    def tearDown(self):
        self.reader.close()
        self.relay.send_signal(signal.SIGTERM)
        self.assertEqual(self.relay.wait(PATIENCE), 0)
        self.listener.join()
        self.relay.stdout.close()
        self.grid.send_signal(signal.SIGTERM)
        self.assertEqual(self.grid.wait(PATIENCE), 0)
        self.grid.stdout.close()
        self.pair.stop()

    def test_taps(self):
        for tap in range(3):
            self.reader.select()
            for count in range(8):
                data = bytes([tap, count]) * 4
                self.assertEqual(self.reader.send(select_command(data)), data + b"\x90\x00")
            self.reader.release()

    def test_longest_answer(self):
        self.reader.select()
        data = bytes(range(240))
        self.assertEqual(self.reader.send(select_command(data)), data + b"\x90\x00")
        self.reader.release()

    def test_a_card_pulled_from_the_field_comes_back_fresh(self):
        self.reader.select()
        self.assertEqual(self.reader.send(select_command(b"first")), b"first\x90\x00")
        self.pair.pull_apart()
        self.reader.select()
        self.assertEqual(self.reader.send(select_command(b"second")), b"second\x90\x00")
        self.reader.release()

    def test_debians_tools_see_card_and_chip(self):
        self.reader.close()
        device = f"pn532_uart:{self.pair.reader.path}"
        environment = dict(os.environ, LIBNFC_DEFAULT_DEVICE=device)
        # The relay may not be in the air yet when the tool looks; the tool looks once.
        end = time.monotonic() + PATIENCE
        while True:
            listed = subprocess.run(["nfc-list", "-t", "1"], capture_output=True, text=True, env=environment,
                                    timeout=PATIENCE)
            if "ISO14443A passive" in listed.stdout or time.monotonic() > end:
                break
        # A UID that begins with 08 is a random one, NFCID3 (ISO/IEC 14443-3 §6.5.4).
        self.assertIn("UID (NFCID3): 08  c0  5e  01", listed.stdout)
        self.assertIn("ATS: 75  33  92  03", listed.stdout)


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv[1])
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
