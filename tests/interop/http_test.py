#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""HTTP by clients that are not ours, over real TLS: tests/interop/http_test.py COSE PKI-FOLDER.

curl, and the WebSocket client of Debian's python3-websockets. What each request gets is tested in lib/web.
"""
import asyncio
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest

import websockets

PATIENCE = 30  # seconds; reached only when something is wrong

POLICY = """
[[role]]
name = "phones"
elements = ["pay*"]
filters = ["00FF0000:00D80000"]
[[role.application]]
aid = "any"
[[user]]
name = "seven"
common_names = ["phone-7"]
roles = ["phones"]
"""


def pki(name):
    return os.path.join(PKI, name)


class Grid:
    """`cose serve` with HTTP over TLS on a free port."""

    def __init__(self, *options):
        self.process = subprocess.Popen(
            [COSE, "serve", "--simarray", "127.0.0.1:0", "--http", "127.0.0.1:0", "--log-level", "error", *options],
            stdout=subprocess.PIPE, text=True)
        self.plain_port = self.port("simarray")
        self.http_port = self.port("http")

    def port(self, protocol):
        line = self.process.stdout.readline()
        return int(re.match(protocol + r" listening on \S+:(\d+) ", line).group(1))

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE)
        self.process.stdout.close()
        return code


class Answer:
    def __init__(self, done):
        self.code = done.returncode
        self.body, _, status = done.stdout.rpartition("\n")
        self.status = int(status or 0)

    @property
    def json(self):
        return json.loads(self.body)


class OverTls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        policy = os.path.join(cls.folder.name, "policy.toml")
        with open(policy, "w", encoding="ascii") as file:
            file.write(POLICY)
        cls.grid = Grid("--slot", "101-103=echo:", "--seid", "pay#1=101", "--seid", "pay#2=102", "--seid", "sim=103",
                        "--policy", policy, "--tls-certificate", pki("server.pem"), "--tls-key", pki("server.key"),
                        "--tls-client-ca", pki("ca.pem"), "--tls-client-crl", pki("clients.crl"))

    @classmethod
    def tearDownClass(cls):
        assert cls.grid.end() == 0
        cls.folder.cleanup()

    def curl(self, path, *options, who="client"):
        identity = ["--cert", pki(f"{who}.pem"), "--key", pki(f"{who}.key")] if who else []
        return Answer(subprocess.run(
            ["curl", "-sS", "--cacert", pki("ca.pem"), *identity, "-w", "\n%{http_code}", *options,
             f"https://localhost:{self.grid.http_port}{path}"],
            capture_output=True, text=True, timeout=PATIENCE))

    def open(self, seid):
        opened = self.curl("/api/v1/sessions", "-d", json.dumps({"seid": seid}))
        self.assertEqual(opened.status, 201, opened.body)
        return f"/api/v1/sessions/{opened.json['id']}"

    def test_a_session_from_its_beginning_to_its_end(self):
        cards = self.curl("/api/v1/cards")
        self.assertEqual([card["seid"] for card in cards.json["cards"]], ["pay#1", "pay#2"])
        session = self.open("pay#1")
        self.assertEqual(self.curl("/api/v1/sessions", "-d", '{"seid":"pay#1"}').status, 409)
        sent = self.curl(session + "/exchange", "-d", '{"commands":["00B0000003AABBCC","00B0000000"]}')
        self.assertEqual(sent.status, 200)
        self.assertEqual(sent.json["responses"][0], {"data": "AABBCC", "status": "9000"})
        self.assertTrue(sent.json["complete"])
        self.assertEqual(self.curl(session + "/exchange", "-d", '{"command":"80D8000000"}').status, 403)
        key = ("-H", "Idempotency-Key: k1", "-d", '{"command":"00B0000001AA"}')
        self.assertEqual(self.curl(session + "/exchange", *key).json, self.curl(session + "/exchange", *key).json)
        self.assertEqual(self.curl(session + "/reset", "-X", "POST").status, 200)
        self.assertEqual(self.curl(session, "-X", "DELETE").status, 204)
        self.assertEqual(self.curl(session).status, 404)

    def test_the_form_of_racs(self):
        answer = self.curl("/RACS?BEGIN=x&APDU=pay%232%2000B0000002BEEF%20APPEND&ECHO=Hello&END=")
        self.assertEqual(answer.status, 200)
        self.assertIn("<begin>x</begin>", answer.body)
        self.assertIn("<parameters>BEEF9000</parameters>", answer.body)
        self.assertIn("<status>+009</status><line>002</line><parameters>Hello</parameters>", answer.body)
        posted = self.curl("/RACS", "-d", "BEGIN=&LIST=&END=")
        self.assertIn("<parameters>pay#1 pay#2</parameters>", posted.body)

    def test_who_may_come_in(self):
        self.assertEqual(self.curl("/api/v1/cards", who="server").json, {"cards": []})
        self.assertEqual(self.curl("/api/v1/cards", who=None).status, 403)
        self.assertEqual(self.curl("/healthz", who=None).json["status"], "ok")
        for who in ("stranger", "revoked"):
            self.assertNotEqual(self.curl("/healthz", who=who).code, 0, who)
        self.assertEqual(self.curl("/api/v1/cards", "-H", "Origin: https://evil.example").status, 403)
        self.assertEqual(self.curl("/api/v1/cards").status, 200)

    def test_measurements(self):
        self.curl("/api/v1/cards")
        text = self.curl("/metrics", who=None).body
        check_exposition(self, text)
        self.assertIn('cose_slots{state="free"}', text)
        self.assertRegex(text, r'cose_http_responses_total\{status="200"\} [1-9]')
        for secret in ("pay", "phone-7", "seven"):
            self.assertNotIn(secret, text)

    def test_the_description_is_served(self):
        self.assertEqual(self.curl("/api/v1/openapi.json").json["openapi"], "3.1.0")

    def test_large_bodies_and_long_headers(self):
        session = self.open("pay#2")
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump({"command": "00B00000" + "000FFF" + "5A" * 0x0FFF}, file)
            file.flush()
            sent = self.curl(session + "/exchange", "-H", "Expect: 100-continue", "--data-binary", "@" + file.name)
            self.assertEqual(sent.json["responses"][0]["data"], "5A" * 0x0FFF)
        with tempfile.NamedTemporaryFile("wb", suffix=".json") as file:
            file.write(b" " * 300_000)
            file.flush()
            self.assertEqual(self.curl(session + "/exchange", "--data-binary", "@" + file.name).status, 413)
        self.assertEqual(self.curl("/healthz", "-H", "X: " + "x" * 20_000).status, 431)
        self.assertEqual(self.curl(session, "-X", "DELETE").status, 204)

    def test_events_follow_each_other(self):
        stream = subprocess.Popen(
            ["curl", "-sSN", "--cacert", pki("ca.pem"), "--cert", pki("client.pem"), "--key", pki("client.key"), "-i",
             f"https://localhost:{self.grid.http_port}/api/v1/events"], stdout=subprocess.PIPE, text=True)
        timer = threading.Timer(PATIENCE, stream.kill)
        timer.start()
        try:
            for line in stream.stdout:
                if not line.strip():
                    break
            session = self.open("pay#1")
            self.assertEqual(self.curl(session, "-X", "DELETE").status, 204)
            seen = []
            for line in stream.stdout:
                if line.startswith("event: "):
                    seen.append(line.split()[1])
                if "card.unlocked" in seen:
                    break
            self.assertEqual(seen, ["card.locked", "session.opened", "session.closed", "card.unlocked"])
        finally:
            timer.cancel()
            stream.kill()
            stream.wait()
            stream.stdout.close()

    def test_a_websocket_of_another_library(self):
        context = ssl.create_default_context(cafile=pki("ca.pem"))
        context.load_cert_chain(pki("client.pem"), pki("client.key"))

        async def talk():
            url = f"wss://localhost:{self.grid.http_port}/api/v1/cards/pay%231/socket"
            async with websockets.connect(url, ssl=context, compression=None) as link:
                self.assertEqual(json.loads(await link.recv())["seid"], "pay#1")
                await link.send(bytes.fromhex("00B0000003010203"))
                self.assertEqual(await link.recv(), bytes.fromhex("0102039000"))
                await link.send(json.dumps({"commands": ["00B0000001AA", "00B0000001BB"]}))
                answers = json.loads(await link.recv())["responses"]
                self.assertEqual([each["data"] for each in answers], ["AA", "BB"])
                large = bytes.fromhex("00B00000") + b"\x00\x4E\x20" + bytes(20_000)
                await link.send(large)
                self.assertEqual(await link.recv(), bytes(20_000) + b"\x90\x00")
                await link.send(bytes.fromhex("80D8000000"))
                self.assertEqual(json.loads(await link.recv())["problem"]["status"], 403)
                await (await link.ping())
            self.assertEqual(self.curl("/api/v1/cards/pay%231").json["state"], "free")

        asyncio.run(asyncio.wait_for(talk(), PATIENCE))

    def test_a_connection_that_breaks_gives_its_cards_back(self):
        context = ssl.create_default_context(cafile=pki("ca.pem"))
        context.load_cert_chain(pki("client.pem"), pki("client.key"))
        with socket.create_connection(("localhost", self.grid.http_port), PATIENCE) as raw:
            with context.wrap_socket(raw, server_hostname="localhost") as link:
                link.sendall(b"GET /RACS?BEGIN=&POWERON=pay%232&END= HTTP/1.1\r\nHost: localhost\r\n\r\n")
                while b"</RACS-Response>" not in link.recv(4096):
                    pass
                self.assertEqual(self.curl("/api/v1/cards/pay%232").json["state"], "in_use")
        for _ in range(1000):
            if self.curl("/api/v1/cards/pay%232").json["state"] == "free":
                return
        self.fail("the card is still in use")

    def test_what_speaks_no_http_or_no_tls_disturbs_nobody(self):
        in_clear = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        for octets in (in_clear, b"\x16\x03\x01\xFF\xFF" + bytes(300), b"\x00"):
            with socket.create_connection(("localhost", self.grid.http_port), PATIENCE) as raw:
                raw.sendall(octets)
                raw.shutdown(socket.SHUT_WR)
                raw.settimeout(PATIENCE)
                try:
                    while raw.recv(4096):
                        pass
                except ConnectionResetError:
                    pass
        self.assertEqual(self.curl("/api/v1/cards").status, 200)


class InClear(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.grid = Grid("--slot", "101=sim:")

    @classmethod
    def tearDownClass(cls):
        assert cls.grid.end() == 0

    def curl(self, path, *options):
        return Answer(subprocess.run(
            ["curl", "-sS", "-w", "\n%{http_code}", *options, f"http://127.0.0.1:{self.grid.http_port}{path}"],
            capture_output=True, text=True, timeout=PATIENCE))

    def test_applications_of_a_software_card(self):
        found = self.curl("/api/v1/cards/101/applications").json["applications"]
        self.assertEqual([each["aid"] for each in found if each["source"] == "default"], ["A000000151000000"])

    def test_other_names_of_this_machine_are_not_taken(self):
        self.assertEqual(self.curl("/api/v1/cards", "-H", "Host: rebound.example").status, 403)

    def test_promtool_is_content(self):
        text = self.curl("/metrics").body
        check_exposition(self, text)
        promtool = shutil.which("promtool")
        if promtool:
            done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True,
                                  timeout=PATIENCE)
            self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))


class KeptCard(unittest.TestCase):
    # INITIALIZE UPDATE: the card's answer holds a challenge that it makes anew each time.
    COMMAND = '{"command":"8050000008010203040506070800"}'

    def curl(self, path, *options):
        done = subprocess.run(["curl", "-sS", *options, f"http://127.0.0.1:{self.grid.http_port}{path}"],
                              capture_output=True, text=True, timeout=PATIENCE)
        return json.loads(done.stdout)

    def exchange(self, key):
        opened = self.curl("/api/v1/sessions", "-d", '{"seid":"101"}')
        return self.curl(f"/api/v1/sessions/{opened['id']}/exchange", "-H", f"Idempotency-Key: {key}", "-d",
                         self.COMMAND)

    def test_a_grid_that_was_killed_does_nothing_twice(self):
        with tempfile.TemporaryDirectory() as folder:
            cards = os.path.join(folder, "cards")
            subprocess.run([COSE, "card", "create", "--state", cards, "anna"], check=True, capture_output=True,
                           timeout=PATIENCE)
            self.grid = Grid("--state", cards, "--slot", "101=sim:anna")
            given = self.exchange("order-1")
            self.assertEqual(given["responses"][0]["status"], "9000")
            self.grid.process.kill()
            self.grid.process.wait(PATIENCE)
            self.grid.process.stdout.close()
            self.grid = Grid("--state", cards, "--slot", "101=sim:anna")
            self.assertEqual(self.exchange("order-1"), given)
            self.assertEqual(self.grid.end(), 0)

    def test_another_key_is_another_request(self):
        with tempfile.TemporaryDirectory() as folder:
            cards = os.path.join(folder, "cards")
            subprocess.run([COSE, "card", "create", "--state", cards, "anna"], check=True, capture_output=True,
                           timeout=PATIENCE)
            self.grid = Grid("--state", cards, "--slot", "101=sim:anna")
            given = self.exchange("order-1")
            self.assertEqual(self.grid.end(), 0)
            self.grid = Grid("--state", cards, "--slot", "101=sim:anna")
            self.assertNotEqual(self.exchange("order-2"), given)
            self.assertEqual(self.grid.end(), 0)


def check_exposition(test, text):
    """The text format of Prometheus: each sample belongs to the family above it, and histograms add up."""
    family, kind, buckets = None, None, []
    for line in text.splitlines():
        if line.startswith("# HELP "):
            family = line.split()[2]
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            test.assertEqual(name, family)
            test.assertIn(kind, ("counter", "gauge", "histogram"))
            test.assertEqual(kind == "counter", name.endswith("_total"), name)
        else:
            found = re.fullmatch(r'([a-z_]+)(\{[a-z_]+="[^"\n]*"(?:,[a-z_]+="[^"\n]*")*\})? (\S+)', line)
            test.assertIsNotNone(found, line)
            name, labels, value = found.groups()
            suffixes = ("_bucket", "_sum", "_count") if kind == "histogram" else ("",)
            test.assertIn(name, [family + suffix for suffix in suffixes])
            number = float(value)
            if name.endswith("_bucket"):
                buckets.append(number)
                test.assertEqual(buckets, sorted(buckets), line)
            elif name.endswith("_count"):
                test.assertEqual(number, buckets[-1], line)
                buckets = []
    test.assertTrue(family)


if __name__ == "__main__":
    COSE, PKI = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
