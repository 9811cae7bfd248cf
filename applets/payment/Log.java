// SPDX-License-Identifier: Apache-2.0
package cose.payment;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.Util;

/** The log of transactions: a cyclic file whose record 1 is the latest (EMV 4.3 Book 3 annex D). */
final class Log {
    private static final short ENTRY = (short) 0x9F4D;
    private static final short FORMAT = (short) 0x9F4F;
    private static final short DISCRETIONARY = (short) 0xBF0C;
    private static final short COUNTER = (short) 0x9F36;
    private static final short INFORMATION = (short) 0x9F27;
    private static final short MAXIMUM_ENTRY = 64;

    private final Profile profile;
    private final Counters counters;
    private final TerminalData terminal;

    /** One more than the file has, so that a torn entry is none that can be read. */
    private byte[] entries;
    private short size;
    private short capacity;
    private short used;
    private short latest;

    Log(Profile profile, Counters counters, TerminalData terminal) {
        this.profile = profile;
        this.counters = counters;
        this.terminal = terminal;
    }

    /** Where file and number of records stand in the answer to SELECT; NONE: there is no log. */
    private short entryIn(Fci fci) {
        if (!fci.isThere()) {
            return Tlv.NONE;
        }
        byte[] octets = fci.octets();
        short inside = fci.find(DISCRETIONARY);
        if (inside == Tlv.NONE) {
            return Tlv.NONE;
        }
        short found = Tlv.find(octets, Tlv.valueOf(octets, inside), Tlv.next(octets, inside), ENTRY);
        return found == Tlv.NONE ? found : Tlv.valueOf(octets, found);
    }

    /** Before a transaction of the runtime, since it makes the file when there is none. */
    boolean isThere() {
        if (entries != null) {
            return true;
        }
        byte[] format = profile.objects.find(FORMAT);
        short at = entryIn(profile.fci);
        if (format == null || at == Tlv.NONE) {
            return false;
        }
        Dol list = new Dol();
        list.set(format, (short) 0, (short) format.length);
        size = list.length();
        capacity = (short) (profile.fci.octets()[(short) (at + 1)] + 1);
        if (size == 0 || size > MAXIMUM_ENTRY || capacity < 2) {
            return false;
        }
        entries = new byte[(short) (size * capacity)];
        return true;
    }

    /** Inside a transaction of the runtime. */
    void append(byte type) {
        short slot = (short) ((short) (latest + 1) % capacity);
        short at = (short) (slot * size);
        byte[] format = profile.objects.find(FORMAT);
        for (short entry = 0; entry < (short) format.length; ) {
            short tag = Tlv.tagAt(format, entry);
            entry = Tlv.skipTag(format, entry);
            short length = (short) (format[entry] & 0xFF);
            entry++;
            at = put(tag, length, at, type);
        }
        latest = slot;
        if (used < (short) (capacity - 1)) {
            used++;
        }
    }

    private short put(short tag, short length, short at, byte type) {
        if (tag == COUNTER && length == 2) {
            entries[at] = (byte) (counters.transactions >> 8);
            entries[(short) (at + 1)] = (byte) counters.transactions;
            return (short) (at + 2);
        }
        if (tag == INFORMATION && length == 1) {
            entries[at] = type;
            return (short) (at + 1);
        }
        return terminal.copy(tag, entries, at, length);
    }

    boolean isFile(short name) {
        short at = entryIn(profile.fci);
        return at != Tlv.NONE && (short) (name >> 8) == profile.fci.octets()[at];
    }

    short read(short name, byte[] target) {
        short number = (short) (name & 0xFF);
        if (number > used) {
            ISOException.throwIt(ISO7816.SW_RECORD_NOT_FOUND);
        }
        short slot = (short) ((short) (latest - number + 1 + capacity) % capacity);
        return Util.arrayCopyNonAtomic(entries, (short) (slot * size), target, (short) 0, size);
    }
}
