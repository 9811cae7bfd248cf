// SPDX-License-Identifier: Apache-2.0
package cose.payment;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.Util;

/** The records of an application's files, each as it was personalised: with its template 70 (EMV 4.3 Book 3 §7.1). */
final class Records {
    private static final short CAPACITY = 48;
    private static final short LAST_FILE = 30;
    private static final short BY_NUMBER = 4;

    /** File and number in one. */
    private final short[] names = new short[CAPACITY];
    private final Object[] contents = new Object[CAPACITY];
    private short count;

    /** CPS 1.1 §2.2: groups 01xx to 1Exx are record xx of that file. */
    static boolean isRecord(short group) {
        short file = (short) ((short) (group >> 8) & 0xFF);
        return file > 0 && file <= LAST_FILE && (short) (group & 0xFF) != 0;
    }

    /** READ RECORD and UPDATE RECORD: P1 is the record, P2 the file and 100. */
    static short nameIn(byte[] header) {
        short reference = (short) (header[ISO7816.OFFSET_P2] & 0xFF);
        if ((short) (reference & 0x07) != BY_NUMBER || header[ISO7816.OFFSET_P1] == 0) {
            ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
        }
        return (short) ((short) ((short) (reference >> 3) << 8) | (short) (header[ISO7816.OFFSET_P1] & 0xFF));
    }

    void put(short name, byte[] data, short at, short size) {
        byte[] content = new byte[size];
        Util.arrayCopyNonAtomic(data, at, content, (short) 0, size);
        short index = indexOf(name);
        if (index != Tlv.NONE) {
            contents[index] = content;
            return;
        }
        if (count == CAPACITY) {
            ISOException.throwIt(ISO7816.SW_FILE_FULL);
        }
        names[count] = name;
        contents[count] = content;
        count++;
    }

    byte[] find(short name) {
        short index = indexOf(name);
        return index == Tlv.NONE ? null : (byte[]) contents[index];
    }

    /** How long the record is, which stands at the target's beginning then. */
    short read(short name, byte[] target) {
        byte[] content = find(name);
        if (content == null) {
            ISOException.throwIt(ISO7816.SW_RECORD_NOT_FOUND);
        }
        return Util.arrayCopyNonAtomic(content, (short) 0, target, (short) 0, (short) content.length);
    }

    private short indexOf(short name) {
        for (short index = 0; index < count; index++) {
            if (names[index] == name) {
                return index;
            }
        }
        return Tlv.NONE;
    }
}
