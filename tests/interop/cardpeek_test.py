#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Debian's cardpeek reads a payment card of a grid: tests/interop/cardpeek_test.py COSE CAP PROFILES.

Run inside tools/with-virtual-reader. The card is a slot of a grid, personalised over the grid, and stands in a reader
of pcscd by `cose relay`; cardpeek runs in console mode and writes its tree as XML.
"""
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import xml.etree.ElementTree as ElementTree

from smartcard.scard import (SCARD_S_SUCCESS, SCARD_SCOPE_USER, SCARD_STATE_PRESENT, SCARD_STATE_UNAWARE,
                             SCardEstablishContext, SCardGetStatusChange, SCardReleaseContext)

PATIENCE = 60  # seconds; reached only when something is wrong
READER = "Virtual PCD 00 00"
PORT = 2310
# os.exit: at the end of a command cardpeek would ask for the next one.
READ = 'dofile("emv.lua") ui.save_view("{file}") os.exit(0)'
# Whether to make its folder, and whether to send GET PROCESSING OPTIONS: always the first choice.
ANSWERS = "1\n" * 40
ACCOUNTS = {"visa": "4761739001010119", "mastercard": "5413330089020011"}
AIDS = {"visa": "A0000000031010", "mastercard": "A0000000041010"}


class Program:
    """A program in the background, ended by SIGTERM."""

    def __init__(self, *words, ready):
        self.process = subprocess.Popen([PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in self.process.stdout:
            if ready in line:
                break
        self.reader = threading.Thread(target=lambda: list(self.process.stdout), daemon=True)
        self.reader.start()

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE)
        self.reader.join(PATIENCE)
        self.process.stdout.close()


def wait_for_card():
    result, context = SCardEstablishContext(SCARD_SCOPE_USER)
    assert result == SCARD_S_SUCCESS
    end = time.monotonic() + PATIENCE
    state = SCARD_STATE_UNAWARE
    while time.monotonic() < end and not state & SCARD_STATE_PRESENT:
        _, states = SCardGetStatusChange(context, 500, [(READER, state)])
        state = states[0][1]
    SCardReleaseContext(context)
    assert state & SCARD_STATE_PRESENT, "no card in time"


def run_cardpeek(folder, command):
    """Its input stays open: at the end of it, cardpeek would ask the same for ever."""
    log = os.path.join(folder, "cardpeek.log")
    with open(log, "w") as output:
        process = subprocess.Popen(["cardpeek", "-c", "-r", f"pcsc://{READER}", "-e", command], stdin=subprocess.PIPE,
                                   stdout=output, stderr=subprocess.STDOUT, env=dict(os.environ, HOME=folder))
        process.stdin.write(ANSWERS.encode())
        process.stdin.flush()
        try:
            process.wait(PATIENCE)
        finally:
            process.kill()
            process.stdin.close()
            process.wait()
    with open(log, errors="replace") as text:
        return text.read()


def values(node, identifier):
    """The octets of every node with that id, as cardpeek shows them."""
    found = []
    for each in node.iter("node"):
        attributes = {attribute.get("name"): attribute.text for attribute in each.findall("attr")}
        if attributes.get("id") == identifier and attributes.get("val"):
            found.append(attributes["val"].split(":")[-1])
    return found


class PaymentCards(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.name = self.folder.name

    def tearDown(self):
        self.folder.cleanup()

    def tree_of(self, scheme):
        grid = Program("serve", "--simarray", f"127.0.0.1:{PORT}", "--slot", "101=sim:", "--log-level", "error",
                       ready="listening")
        try:
            subprocess.run([PROGRAM, "emv", "personalize", f"{PROFILES}/{scheme}.toml", "--bank", f"{self.name}/bank",
                            "--on", f"grid://127.0.0.1:{PORT}/101", "--cap", CAP], check=True, timeout=PATIENCE,
                           stdout=subprocess.DEVNULL)
            relay = Program("relay", f"grid://127.0.0.1:{PORT}/101", ready="ready")
            try:
                wait_for_card()
                # The first time it makes its folder and wants to be started again.
                run_cardpeek(self.name, "os.exit(0)")
                log = run_cardpeek(self.name, READ.format(file=f"{self.name}/tree.xml"))
            finally:
                relay.end()
        finally:
            grid.end()
        self.assertTrue(os.path.exists(f"{self.name}/tree.xml"), log)
        with open(f"{self.name}/tree.xml", encoding="utf-8") as text:
            # Its first line has "type" where XML has "encoding".
            return ElementTree.fromstring(text.read().partition("\n")[2])

    def check(self, scheme):
        tree = self.tree_of(scheme)
        self.assertIn("315041592E5359532E4444463031", values(tree, "84"))  # the PSE
        self.assertIn(AIDS[scheme], values(tree, "84"))
        self.assertEqual(values(tree, "4F"), [AIDS[scheme]])
        self.assertEqual(set(values(tree, "5A")), {ACCOUNTS[scheme]})
        self.assertTrue(values(tree, "57")[0].startswith(ACCOUNTS[scheme] + "D3512201"))
        for tag in ("82", "94", "5F24", "5F28", "8C", "8D", "8E", "9F0D", "9F0E", "9F0F", "9F07", "9F42"):
            self.assertTrue(values(tree, tag), f"cardpeek shows no {tag}")
        for tag in ("8F", "90", "9F32", "9F46", "9F47", "9F49"):
            self.assertTrue(values(tree, tag), f"cardpeek shows no {tag}")
        self.assertEqual(values(tree, "9F36"), ["0001"])
        self.assertEqual(values(tree, "9F17"), ["03"])
        self.assertEqual(values(tree, "9F4F"), ["9F02065F2A029A039F21039F36029F27019F1A029C01"])

    def test_visa(self):
        self.check("visa")

    def test_mastercard(self):
        self.check("mastercard")


if __name__ == "__main__":
    PROGRAM, CAP, PROFILES = sys.argv[1:4]
    unittest.main(argv=sys.argv[:1])
