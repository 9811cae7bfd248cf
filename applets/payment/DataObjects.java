// SPDX-License-Identifier: Apache-2.0
package cose.payment;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.Util;

/** Values by tag, as they were personalised. */
final class DataObjects {
    private static final short CAPACITY = 24;

    private final short[] tags = new short[CAPACITY];
    private final Object[] values = new Object[CAPACITY];
    private short count;

    /** All elements of a data group. */
    void putAll(byte[] data, short at, short size) {
        short end = (short) (at + size);
        while (at < end) {
            short next = Tlv.next(data, at);
            if (next <= at || next > end) {
                ISOException.throwIt(ISO7816.SW_WRONG_DATA);
            }
            put(Tlv.tagAt(data, at), data, Tlv.valueOf(data, at), Tlv.sizeOf(data, at));
            at = next;
        }
    }

    private void put(short tag, byte[] data, short at, short size) {
        byte[] value = new byte[size];
        Util.arrayCopyNonAtomic(data, at, value, (short) 0, size);
        short index = indexOf(tag);
        if (index == Tlv.NONE) {
            if (count == CAPACITY) {
                ISOException.throwIt(ISO7816.SW_FILE_FULL);
            }
            index = count;
            tags[index] = tag;
            values[index] = value;
            count++;
            return;
        }
        values[index] = value;
    }

    private short indexOf(short tag) {
        for (short index = 0; index < count; index++) {
            if (tags[index] == tag) {
                return index;
            }
        }
        return Tlv.NONE;
    }

    /** Null: there is none. */
    byte[] find(short tag) {
        short index = indexOf(tag);
        return index == Tlv.NONE ? null : (byte[]) values[index];
    }

    /** One number of two octets inside a value; what is not there is zero. */
    short number(short tag, short at) {
        byte[] value = find(tag);
        return value == null || (short) (at + 2) > (short) value.length ? 0 : Util.getShort(value, at);
    }

    short octet(short tag, short at) {
        byte[] value = find(tag);
        return value == null || at >= (short) value.length ? 0 : (short) (value[at] & 0xFF);
    }
}
