#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A stock GPShell manages software cards: tests/interop/gpshell_test.py COSE PLUGIN-FOLDER GPSHELL-FOLDER DRIVER

Run inside tools/with-virtual-reader. Three ways: our plug-in, which makes card URIs its readers, and its own plug-in
with pcscd, by `cose relay` and by our driver. The scripts are GPShell's samples as they come in its package. Where the
package could not be fetched (fetch-gpshell), the plug-in is called as GPShell calls it, by ctypes.
"""
import ctypes
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from smartcard.System import readers

PATIENCE = 60  # seconds; reached only when something is wrong
TESTS = pathlib.Path(__file__).resolve().parent.parent
KEY = "404142434445464748494A4B4C4D4E4F"


class Program:
    """A program in the background, ended by SIGTERM."""

    def __init__(self, *words, ready):
        self.process = subprocess.Popen([PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in self.process.stdout:
            if ready in line:
                return
        raise AssertionError(f"{words} did not start")

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE)
        self.process.stdout.close()
        return code


def cose(*words):
    done = subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=PATIENCE, check=False)
    if done.returncode != 0:
        raise AssertionError(f"cose {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Samples(unittest.TestCase):
    """What both ways share: a folder with helloworld.cap, and GPShell."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        os.environ["XDG_STATE_HOME"] = self.folder.name
        cose("cap", "asm", str(TESTS / "gpshell/hello.jca"), "-o", f"{self.folder.name}/helloworld.cap")

    def tearDown(self):
        self.folder.cleanup()

    def shell(self, sample, libraries, uri=""):
        environment = os.environ | {"LD_LIBRARY_PATH": ":".join(libraries), "COSE_CARDS": uri}
        done = subprocess.run([f"{GPSHELL}/usr/bin/gpshell", f"{GPSHELL}/usr/share/doc/gpshell/examples/{sample}.txt"],
                              cwd=self.folder.name, env=environment, capture_output=True, text=True, timeout=PATIENCE,
                              check=False)
        # Its exit code tells of a 6A88 that the script said to go on after; that the script ended, its last line does.
        last = done.stdout.splitlines()[-1]
        self.assertRegex(last, r"^(release_context|command time: \d+ ms)$", done.stdout + done.stderr)
        return done.stdout

    def ours(self, sample, uri):
        done = subprocess.run([PROGRAM, "admin", uri, "run", f"{GPSHELL}/usr/share/doc/gpshell/examples/{sample}.txt"],
                              cwd=self.folder.name, capture_output=True, text=True, timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def go_through(self, run, uri):
        """The flows of the samples: list, install, put and delete keys, data. run(sample) gives what was printed."""
        self.assertIn("OP", run("listSCP03"))
        self.assertEqual(failures(run("helloInstallSCP03")), ["6A88"])  # nothing to delete yet
        listed = run("listSCP03").upper()
        self.assertIn("D0D1D2D3D4D50101", listed)
        self.assertIn("SELECTABLE", listed)
        self.assertEqual(failures(run("helloInstallSCP03")), [])  # deletes and installs again
        # The sample wants keys of version 1.
        cose("admin", uri, "keys", "put", "--new-version", "1", "--replace", "48", "--new-key", KEY)
        self.assertEqual(failures(run("putKeysSCP03")), [])
        self.assertIn("9F7F2A", run("get_data"))
        run("getExtCardResourcesInfoGP231")
        run("getCardRecognitionData")
        # As it was.
        cose("admin", uri, "keys", "put", "--new-version", "48", "--replace", "1", "--new-key", KEY)
        cose("admin", uri, "delete", "D0D1D2D3D4D501", "--related")


def failures(output):
    return re.findall(r"returns 0x802[0-9]([0-9A-F]{4})", output)


def has_gpshell():
    return os.access(f"{GPSHELL}/usr/bin/gpshell", os.X_OK)


class ThroughOurPlugin(Samples):
    def setUp(self):
        super().setUp()
        self.grid = Program("serve", "--simarray", "127.0.0.1:2310", "--slot", "101=sim:?scp=03", "--log-level",
                            "error", ready="listening")
        self.uri = "grid://127.0.0.1:2310/101"

    def tearDown(self):
        self.assertEqual(self.grid.end(), 0)
        super().tearDown()

    def test_samples_of_gpshell(self):
        if has_gpshell():
            libraries = [PLUGIN, f"{GPSHELL}/usr/lib/x86_64-linux-gnu"]
            self.go_through(lambda sample: self.shell(sample, libraries, self.uri), self.uri)

    def test_the_same_by_our_console(self):
        if has_gpshell():
            self.go_through(lambda sample: self.ours(sample, self.uri), self.uri)

    def test_the_plugin_as_gpshell_calls_it(self):
        os.environ["COSE_CARDS"] = self.uri
        plugin = Plugin()
        self.assertEqual(plugin.readers(), [self.uri])
        self.assertEqual(plugin.connect(self.uri)[:2], b"\x3B\x84")
        answer, code = plugin.send("00A4040000")
        self.assertEqual(code, 0x80209000)
        self.assertEqual(answer[:1], b"\x6F")
        self.assertEqual(plugin.send("80CA123400")[1], 0x80206A88)
        self.assertIn("9000", plugin.send("8050000008010203040506070800")[0].hex())
        plugin.disconnect()


class ThroughPcscd(Samples):
    """One card for all: pcscd looks for cards about once a second, so a card that goes and comes may be missed."""

    @classmethod
    def setUpClass(cls):
        cls.grid = Program("serve", "--simarray", "127.0.0.1:2310", "--slot", "101=sim:?scp=03", "--log-level",
                           "error", ready="listening")
        cls.relay = subprocess.Popen([PROGRAM, "relay", "grid://127.0.0.1:2310/101", "--reader", "vpcd://127.0.0.1"],
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE
        while not cls.card_is_there():
            if time.monotonic() > end:
                raise AssertionError("the virtual reader does not see the card")
            time.sleep(0.1)

    @staticmethod
    def card_is_there():
        try:
            connection = readers()[0].createConnection()
            connection.connect()
            connection.disconnect()
            return True
        except Exception:  # pyscard has one kind for each trouble
            return False

    @classmethod
    def tearDownClass(cls):
        cls.relay.send_signal(signal.SIGTERM)
        cls.relay.wait(PATIENCE)
        cls.grid.end()

    def test_samples_of_gpshell(self):
        if has_gpshell():
            libraries = [f"{GPSHELL}/usr/lib/x86_64-linux-gnu"]
            self.go_through(lambda sample: self.shell(sample, libraries), "pcsc:")

    def test_clients_of_debian(self):
        selected = subprocess.run(["opensc-tool", "-r", "0", "-s", "00:A4:04:00:00"], capture_output=True, text=True,
                                  timeout=PATIENCE, check=False)
        self.assertIn("SW1=0x90", selected.stdout, selected.stdout + selected.stderr)
        seen = subprocess.run(["pcsc_scan", "-c"], capture_output=True, text=True, timeout=PATIENCE, check=False)
        self.assertIn("Card inserted", seen.stdout, seen.stdout + seen.stderr)

    def test_a_channel_by_pyscard(self):
        """INITIALIZE UPDATE of SCP03 with i=70 answers 32 octets, and a wrong MAC is refused."""
        connection = readers()[0].createConnection()
        connection.connect()
        _, first, second = connection.transmit([0x00, 0xA4, 0x04, 0x00, 0x00])
        self.assertEqual((first, second), (0x90, 0x00))
        data, first, second = connection.transmit([0x80, 0x50, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0])
        self.assertEqual((len(data), data[11], data[12], first), (32, 0x03, 0x70, 0x90))
        _, first, second = connection.transmit([0x84, 0x82, 0x03, 0, 16] + 16 * [0])
        self.assertEqual((first, second), (0x63, 0x00))
        _, first, second = connection.transmit([0x84, 0xF2, 0x80, 0x02, 0x0A, 0x4F, 0x00] + 8 * [0])
        self.assertEqual((first, second), (0x69, 0x82))
        connection.disconnect()


class ThroughOurDriver(Samples):
    @classmethod
    def setUpClass(cls):
        cls.grid = Program("serve", "--simarray", "127.0.0.1:2310", "--slot", "101=sim:?scp=03", "--log-level",
                           "error", ready="listening")
        configuration = os.environ["COSE_VIRTUAL_READER"] + "/gpshell.conf"
        with open(configuration, "w", encoding="ascii") as written:
            written.write(f'FRIENDLYNAME "Grid"\nDEVICENAME grid://127.0.0.1:2310/101\nLIBPATH {DRIVER}\n')
        for words in (["stop-pcscd"], ["start-pcscd", configuration]):
            subprocess.run([os.environ["COSE_VIRTUAL_READER_CONTROL"], *words], check=True, timeout=PATIENCE)

    @classmethod
    def tearDownClass(cls):
        for words in (["stop-pcscd"], ["start-pcscd"]):
            subprocess.run([os.environ["COSE_VIRTUAL_READER_CONTROL"], *words], check=True, timeout=PATIENCE)
        cls.grid.end()

    def test_samples_of_gpshell(self):
        if has_gpshell():
            libraries = [f"{GPSHELL}/usr/lib/x86_64-linux-gnu"]
            self.go_through(lambda sample: self.shell(sample, libraries), "pcsc:Grid")


class Status(ctypes.Structure):
    _fields_ = [("failed", ctypes.c_long), ("code", ctypes.c_long), ("message", ctypes.c_char * 257)]


class Context(ctypes.Structure):
    _fields_ = [("connection", ctypes.c_void_p), ("name", ctypes.c_char * 64), ("version", ctypes.c_char * 32),
                ("library", ctypes.c_void_p), ("functions", ctypes.c_void_p * 6)]


class Card(ctypes.Structure):
    _fields_ = [("atr", ctypes.c_ubyte * 33), ("atr_size", ctypes.c_ulong), ("channel", ctypes.c_ubyte),
                ("specification", ctypes.c_ubyte), ("connection", ctypes.c_void_p)]


class Plugin:
    """The plug-in's six functions, structures by value as C passes them."""

    def __init__(self):
        self.library = ctypes.CDLL(f"{PLUGIN}/libgppcscconnectionplugin.so.1")
        self.context = Context()
        self.card = Card()
        self.call("establish_context", ctypes.byref(self.context))

    def call(self, name, *arguments):
        function = getattr(self.library, "OPGP_PL_" + name)
        function.restype = Status
        status = function(*arguments)
        assert status.failed == 0, status.message
        return status

    def readers(self):
        size = ctypes.c_ulong(0)
        self.call("list_readers", self.context, None, ctypes.byref(size))
        names = ctypes.create_string_buffer(size.value)
        self.call("list_readers", self.context, names, ctypes.byref(size))
        return [name.decode() for name in names.raw.split(b"\0") if name]

    def connect(self, name):
        self.call("card_connect", self.context, name.encode(), ctypes.byref(self.card), ctypes.c_ulong(0))
        return bytes(self.card.atr)[:self.card.atr_size]

    def send(self, text):
        command = bytes.fromhex(text)
        size = ctypes.c_ulong(258)
        response = (ctypes.c_ubyte * 258)()
        status = self.call("send_APDU", self.context, self.card, command, ctypes.c_ulong(len(command)), response,
                           ctypes.byref(size))
        return bytes(response)[:size.value], status.code

    def disconnect(self):
        self.call("card_disconnect", self.context, ctypes.byref(self.card))
        self.call("release_context", ctypes.byref(self.context))


if __name__ == "__main__":
    PROGRAM, PLUGIN, GPSHELL, DRIVER = (os.path.abspath(word) for word in sys.argv[1:5])
    unittest.main(argv=sys.argv[:1] + sys.argv[5:], verbosity=2)
