# SPDX-License-Identifier: Apache-2.0
"""Two PN532 chips in software, each behind a pseudo-terminal, and the field between their antennas.

One is meant to be a card (TgInitAsTarget), the other a reader (InListPassiveTarget). They do what libnfc's driver
pn532_uart asks of a chip, as NXP UM0701-02 describes it: frames §6.2.1, commands §7. What happens on the air is not
bits but whole ISO-DEP blocks: activation, an exchange, a release, a field that goes away.
"""
import os
import pty
import select
import threading
import tty

ACK = bytes.fromhex("0000FF00FF00")
ATS = bytes.fromhex("0575339203")  # with its length: what a PN532 answers by itself as a card
OK = b"\x00"
TIMEOUT = b"\x01"
RELEASED = b"\x29"
NOT_ALLOWED = b"\x27"


class Field:
    """What one antenna can tell the other."""

    def __init__(self):
        self.card = None  # the chip that waits as a card
        self.reader = None  # the chip that has activated it


class Chip:
    def __init__(self, field):
        self.field = field
        self.host, slave = pty.openpty()
        tty.setraw(self.host)
        tty.setraw(slave)
        self.path = os.ttyname(slave)
        self.slave = slave  # held open, so that the terminal lives between two users
        self.buffer = b""
        self.registers = {}
        self.waiting = None  # the command whose answer comes later
        self.target = None  # as a card: ATQA, UID, SAK
        self.block = None  # as a card: a command that has arrived
        self.answered = threading.Event()

    # ---- the wire to the host ----
    def frame(self, code, data):
        body = bytes([0xD5, code + 1]) + data
        if len(body) > 255:
            size = len(body).to_bytes(2, "big")
            head = b"\xFF\xFF" + size + bytes([-sum(size) & 0xFF])
        else:
            head = bytes([len(body), -len(body) & 0xFF])
        return b"\x00\x00\xFF" + head + body + bytes([-sum(body) & 0xFF, 0x00])

    def reply(self, code, data):
        self.waiting = None
        os.write(self.host, self.frame(code, data))

    def take_frame(self):
        """The next command of the host, None: not complete yet."""
        start = self.buffer.find(b"\x00\xFF")
        if start < 0 or len(self.buffer) < start + 4:
            return None
        at = start + 2
        if self.buffer[at:at + 2] == b"\x00\xFF":  # the host's ACK: what runs is given up
            self.buffer = self.buffer[at + 2:]
            return b""
        size, head = self.buffer[at], 2
        if self.buffer[at:at + 2] == b"\xFF\xFF":
            if len(self.buffer) < at + 5:
                return None
            size, head = int.from_bytes(self.buffer[at + 2:at + 4], "big"), 5
        end = at + head + size
        if len(self.buffer) < end + 1:
            return None
        body, check = self.buffer[at + head:end], self.buffer[end]
        self.buffer = self.buffer[end + 1:]
        assert (sum(body) + check) & 0xFF == 0 and body[0] == 0xD4, body.hex()
        return body[1:]

    def readable(self):
        self.buffer += os.read(self.host, 4096)
        while (command := self.take_frame()) is not None:
            if command == b"":
                self.give_up()
                continue
            os.write(self.host, ACK)
            self.run(command[0], command[1:])

    def give_up(self):
        self.waiting = None
        if self.field.card is self:
            self.field.card = None

    # ---- commands ----
    def run(self, code, data):
        commands = {
            0x00: lambda: self.reply(code, data),  # Diagnose: communication line
            0x02: lambda: self.reply(code, bytes.fromhex("32010607")),  # PN532 firmware 1.6
            0x06: lambda: self.read_registers(code, data),
            0x08: lambda: self.write_registers(code, data),
            0x40: lambda: self.exchange(code, data[1:]),
            0x42: lambda: self.reply(code, TIMEOUT),  # raw frames: nobody answers those
            0x44: lambda: self.release(code),
            0x4A: lambda: self.list_targets(code, data),
            0x52: lambda: self.release(code),
            0x54: lambda: self.reply(code, OK),
            0x60: lambda: self.reply(code, b"\x00"),
            0x86: lambda: self.get_data(code),
            0x8C: lambda: self.init_target(code, data),
            0x8E: lambda: self.set_data(code, data),
        }
        commands.get(code, lambda: self.reply(code, b""))()

    def read_registers(self, code, data):
        self.reply(code, bytes(self.registers.get(data[at:at + 2], 0) for at in range(0, len(data), 2)))

    def write_registers(self, code, data):
        for at in range(0, len(data), 3):
            self.registers[data[at:at + 2]] = data[at + 2]
        self.reply(code, b"")

    # As a reader.
    def list_targets(self, code, data):
        card = self.field.card
        if data[1] != 0x00 or card is None or card.waiting != 0x8C:
            return self.reply(code, b"\x00")
        self.field.reader = self
        atqa, uid, sak = card.target
        self.reply(code, b"\x01\x01" + atqa + sak + bytes([len(uid)]) + uid + ATS)
        # 106 kbit/s, ISO/IEC 14443-4 as a card; the initiator's RATS was E080.
        card.reply(0x8C, b"\x08\xE0\x80")

    def exchange(self, code, block):
        card = self.field.card
        if card is None or self.field.reader is not self:
            return self.reply(code, TIMEOUT)
        self.waiting = code
        card.block = block
        card.deliver()

    def release(self, code):
        card, self.field.reader = self.field.card, None
        self.reply(code, OK)
        if card is not None:
            card.lose_field()

    # As a card.
    def init_target(self, code, data):
        self.target = (data[2:0:-1], b"\x08" + data[3:6], data[6:7])
        self.block = None
        self.waiting = code
        self.field.card = self

    def get_data(self, code):
        if self.field.reader is None:
            return self.reply(code, RELEASED)
        self.waiting = code
        self.deliver()

    def deliver(self):
        if self.waiting == 0x86 and self.block is not None:
            block, self.block = self.block, None
            self.reply(0x86, OK + block)

    def set_data(self, code, data):
        reader = self.field.reader
        if reader is None or reader.waiting != 0x40:
            return self.reply(code, RELEASED)
        self.reply(code, OK)
        reader.reply(0x40, OK + data)

    def lose_field(self):
        if self.waiting in (0x86, 0x8E):
            self.reply(self.waiting, RELEASED)


class Pair:
    """A card's chip and a reader's chip, held together; runs on a thread of its own."""

    def __init__(self):
        self.field = Field()
        self.card, self.reader = Chip(self.field), Chip(self.field)
        self.wake, self.end = os.pipe()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        chips = {self.card.host: self.card, self.reader.host: self.reader}
        while True:
            ready, _, _ = select.select([*chips, self.wake], [], [])
            if self.wake in ready:
                request = os.read(self.wake, 1)
                if request == b"e":
                    return
                self.part()
            for host in ready:
                if host in chips:
                    chips[host].readable()

    def part(self):
        """The card leaves the field, in the middle of whatever goes on."""
        reader, self.field.reader = self.field.reader, None
        self.card.lose_field()
        if reader is not None and reader.waiting == 0x40:
            reader.reply(0x40, TIMEOUT)

    def pull_apart(self):
        os.write(self.end, b"p")

    def stop(self):
        os.write(self.end, b"e")
        self.thread.join()
