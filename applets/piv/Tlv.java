// SPDX-License-Identifier: Apache-2.0
package cose.piv;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.Util;

/** BER-TLV with tags of one octet and lengths up to 65535; whatever passes the end of the data is refused. */
final class Tlv {
    static final short NONE = -1;

    private static final short SHORT_FORM = 0x80;

    private Tlv() {}

    /** Where the object with this tag begins among those from offset to end; NONE if there is none. */
    static short find(byte[] data, short offset, short end, byte tag) {
        short at = offset;
        while (at < end) {
            if (data[at] == tag) {
                return at;
            }
            at = endOf(data, at, end);
        }
        return NONE;
    }

    /** Where the content begins of an object that must have this tag. */
    static short contentOf(byte[] data, short at, short end, byte tag) {
        endOf(data, at, end);
        if (data[at] != tag) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
        return (short) (at + headerLength(data, at));
    }

    private static short endOf(byte[] data, short at, short end) {
        if ((short) (end - at) < 2 || (short) (end - at) < headerLength(data, at)) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
        short length = lengthAt(data, at);
        short left = (short) (end - at - headerLength(data, at));
        if (length < 0 || length > left) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
        return (short) (at + headerLength(data, at) + length);
    }

    private static short headerLength(byte[] data, short at) {
        switch (data[(short) (at + 1)]) {
            case (byte) 0x81:
                return 3;
            case (byte) 0x82:
                return 4;
            default:
                return 2;
        }
    }

    static short lengthAt(byte[] data, short at) {
        short first = (short) (data[(short) (at + 1)] & 0xFF);
        if (first < SHORT_FORM) {
            return first;
        }
        switch (first) {
            case 0x81:
                return (short) (data[(short) (at + 2)] & 0xFF);
            case 0x82:
                return Util.getShort(data, (short) (at + 2));
            default:
                ISOException.throwIt(ISO7816.SW_WRONG_DATA);
                return 0;
        }
    }

    /** Makes the first octets the content of one object; returns the length with its header. */
    static short wrap(byte[] data, short length, byte tag) {
        short header = (short) (length < 0x80 ? 2 : length < 0x100 ? 3 : 4);
        Util.arrayCopyNonAtomic(data, (short) 0, data, header, length);
        putHeader(data, (short) 0, tag, length);
        return (short) (header + length);
    }

    /** Returns where the content begins. */
    static short putHeader(byte[] data, short at, byte tag, short length) {
        data[at] = tag;
        at++;
        if (length < 0x80) {
            data[at] = (byte) length;
            return (short) (at + 1);
        }
        if (length < 0x100) {
            data[at] = (byte) 0x81;
            data[(short) (at + 1)] = (byte) length;
            return (short) (at + 2);
        }
        data[at] = (byte) 0x82;
        return Util.setShort(data, (short) (at + 1), length);
    }
}
