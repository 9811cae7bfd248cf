// SPDX-License-Identifier: Apache-2.0
package cose.payment;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;

/**
 * What the terminal sent in this transaction: the values of PDOL, CDOL1 and CDOL2, one behind the other, as the hash of
 * combined data authentication wants them (EMV 4.3 Book 2 §6.6.1).
 */
final class TerminalData {
    static final short CAPACITY = 512;
    private static final short LISTS = 3;

    /** The lists of the values that came so far, and where the values of each end. */
    private final Object[] lists;
    private final short[] ends;
    private final byte[] octets;
    private final short[] count;

    TerminalData() {
        lists = JCSystem.makeTransientObjectArray(LISTS, JCSystem.CLEAR_ON_DESELECT);
        ends = JCSystem.makeTransientShortArray(LISTS, JCSystem.CLEAR_ON_DESELECT);
        count = JCSystem.makeTransientShortArray((short) 1, JCSystem.CLEAR_ON_DESELECT);
        octets = JCSystem.makeTransientByteArray(CAPACITY, JCSystem.CLEAR_ON_DESELECT);
    }

    void clear() {
        count[0] = 0;
    }

    byte[] octets() {
        return octets;
    }

    short length() {
        return endOf(count[0]);
    }

    private short endOf(short number) {
        return number == 0 ? 0 : ends[(short) (number - 1)];
    }

    /** The values of the next list. */
    void add(Dol list, byte[] data, short at, short size) {
        if (size != list.length() || count[0] == LISTS || size > (short) (CAPACITY - length())) {
            ISOException.throwIt(ISO7816.SW_WRONG_LENGTH);
        }
        short end = Util.arrayCopyNonAtomic(data, at, octets, length(), size);
        lists[count[0]] = list;
        ends[count[0]] = end;
        count[0]++;
    }

    private short latestWith(short tag) {
        for (short number = (short) (count[0] - 1); number >= 0; number--) {
            if (((Dol) lists[number]).offsetOf(tag) != Tlv.NONE) {
                return number;
            }
        }
        return Tlv.NONE;
    }

    /** Where the latest value with that tag stands in octets(); NONE if the terminal sent none. */
    short find(short tag) {
        short number = latestWith(tag);
        return number == Tlv.NONE ? number : (short) (endOf(number) + ((Dol) lists[number]).offsetOf(tag));
    }

    /** Copies the latest value, of what the terminal did not send as many zeros; where the next goes. */
    short copy(short tag, byte[] target, short at, short size) {
        short number = latestWith(tag);
        if (number == Tlv.NONE || ((Dol) lists[number]).sizeOf(tag) != size) {
            return Util.arrayFillNonAtomic(target, at, size, (byte) 0);
        }
        return Util.arrayCopyNonAtomic(octets, find(tag), target, at, size);
    }

    boolean has(short tag, short value) {
        short at = find(tag);
        return at != Tlv.NONE && Util.getShort(octets, at) == value;
    }
}
