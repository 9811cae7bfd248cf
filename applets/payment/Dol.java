// SPDX-License-Identifier: Apache-2.0
package cose.payment;

import javacard.framework.Util;

/** A data object list: which values a terminal sends, one behind the other (EMV 4.3 Book 3 §5.4). */
final class Dol {
    private byte[] entries = new byte[0];

    void set(byte[] data, short at, short size) {
        byte[] copy = new byte[size];
        Util.arrayCopyNonAtomic(data, at, copy, (short) 0, size);
        entries = copy;
    }

    /** How long all values are together. */
    short length() {
        short total = 0;
        for (short at = 0; at < (short) entries.length; ) {
            short sizeAt = Tlv.skipTag(entries, at);
            total += (short) (entries[sizeAt] & 0xFF);
            at = (short) (sizeAt + 1);
        }
        return total;
    }

    private short entryOf(short tag) {
        for (short at = 0; at < (short) entries.length; at = (short) (Tlv.skipTag(entries, at) + 1)) {
            if (Tlv.tagAt(entries, at) == tag) {
                return at;
            }
        }
        return Tlv.NONE;
    }

    /** Where the value stands among the values; NONE if it is not in the list. */
    short offsetOf(short tag) {
        short offset = 0;
        for (short at = 0; at < (short) entries.length; ) {
            if (Tlv.tagAt(entries, at) == tag) {
                return offset;
            }
            short sizeAt = Tlv.skipTag(entries, at);
            offset += (short) (entries[sizeAt] & 0xFF);
            at = (short) (sizeAt + 1);
        }
        return Tlv.NONE;
    }

    short sizeOf(short tag) {
        short entry = entryOf(tag);
        return entry == Tlv.NONE ? 0 : (short) (entries[Tlv.skipTag(entries, entry)] & 0xFF);
    }
}
