// SPDX-License-Identifier: Apache-2.0
package cose.payment;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;

/** The answer to SELECT: template 6F with the instance's name and the personalised template A5. */
final class Fci {
    /** CPS 1.1 annex A: template A5 for the contact interface, and for the contactless one. */
    static final short GROUP = (short) 0x9102;
    static final short CONTACTLESS_GROUP = (short) 0x9103;
    static final short SW_REFERENCE_NOT_FOUND = 0x6A88;

    private static final short MAXIMUM = 220;
    private static final short NAME = 0x84;
    private static final short PROPRIETARY = 0xA5;
    private static final short TEMPLATE = 0x6F;

    private byte[] proprietary;

    boolean isThere() {
        return proprietary != null;
    }

    void set(byte[] data, short at, short size) {
        if (size < 2 || size > MAXIMUM || Tlv.tagAt(data, at) != PROPRIETARY
                || Tlv.next(data, at) != (short) (at + size)) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
        byte[] copy = new byte[size];
        Util.arrayCopyNonAtomic(data, at, copy, (short) 0, size);
        proprietary = copy;
    }

    /** The value of an element inside A5, as offset into octets(); NONE if there is none. */
    short find(short tag) {
        return Tlv.find(proprietary, Tlv.valueOf(proprietary, (short) 0), (short) proprietary.length, tag);
    }

    byte[] octets() {
        return proprietary;
    }

    /** How long it is; it begins where the target does. */
    short put(byte[] target) {
        byte length = JCSystem.getAID().getBytes(target, (short) 2);
        Tlv.putHeader(target, (short) 0, NAME, length);
        short end = (short) (2 + length);
        if (proprietary != null) {
            end = Util.arrayCopyNonAtomic(proprietary, (short) 0, target, end, (short) proprietary.length);
        }
        return Tlv.wrap(target, end, TEMPLATE);
    }
}
