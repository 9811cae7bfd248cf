// SPDX-License-Identifier: Apache-2.0
package cose.payment;

import javacard.framework.Util;

/** BER-TLV in place, with tags of one and two octets as numbers (EMV 4.3 Book 3 annex B). */
final class Tlv {
    static final short NONE = -1;

    private static final byte MORE_OCTETS = 0x1F;
    private static final short ONE_OCTET = 0x81;
    private static final short TWO_OCTETS = 0x82;

    private Tlv() {}

    private static boolean isLongTag(byte first) {
        return (byte) (first & MORE_OCTETS) == MORE_OCTETS;
    }

    static short tagAt(byte[] octets, short at) {
        return isLongTag(octets[at]) ? Util.getShort(octets, at) : (short) (octets[at] & 0xFF);
    }

    static short skipTag(byte[] octets, short at) {
        boolean isLong = isLongTag(octets[at]);
        at++;
        if (isLong) {
            while (octets[at] < 0) {
                at++;
            }
            at++;
        }
        return at;
    }

    private static short lengthFrom(byte[] octets, short at) {
        short first = (short) (octets[at] & 0xFF);
        if (first == ONE_OCTET) {
            return (short) (octets[(short) (at + 1)] & 0xFF);
        }
        return first == TWO_OCTETS ? Util.getShort(octets, (short) (at + 1)) : first;
    }

    private static short skipLength(byte[] octets, short at) {
        short first = (short) (octets[at] & 0xFF);
        return (short) (at + (first == ONE_OCTET ? 2 : first == TWO_OCTETS ? 3 : 1));
    }

    /** Where the value of the element stands. */
    static short valueOf(byte[] octets, short element) {
        return skipLength(octets, skipTag(octets, element));
    }

    static short sizeOf(byte[] octets, short element) {
        return lengthFrom(octets, skipTag(octets, element));
    }

    static short next(byte[] octets, short element) {
        return (short) (valueOf(octets, element) + sizeOf(octets, element));
    }

    /** The element with that tag, of those from one place to another; NONE if there is none. */
    static short find(byte[] octets, short at, short end, short tag) {
        while (at < end) {
            if (tagAt(octets, at) == tag) {
                return at;
            }
            short following = next(octets, at);
            if (following <= at) {
                return NONE;
            }
            at = following;
        }
        return NONE;
    }

    private static short putTag(byte[] target, short at, short tag) {
        if ((short) (tag & 0xFF00) != 0) {
            return Util.setShort(target, at, tag);
        }
        target[at] = (byte) tag;
        return (short) (at + 1);
    }

    /** Tag and length; where the value goes. */
    static short putHeader(byte[] target, short at, short tag, short length) {
        at = putTag(target, at, tag);
        if (length > 0xFF) {
            target[at] = (byte) TWO_OCTETS;
            return Util.setShort(target, (short) (at + 1), length);
        }
        if (length > 0x7F) {
            target[at] = (byte) ONE_OCTET;
            at++;
        }
        target[at] = (byte) length;
        return (short) (at + 1);
    }

    static short put(byte[] target, short at, short tag, byte[] value, short offset, short length) {
        return Util.arrayCopyNonAtomic(value, offset, target, putHeader(target, at, tag, length), length);
    }

    static short putShort(byte[] target, short at, short tag, short value) {
        return Util.setShort(target, putHeader(target, at, tag, (short) 2), value);
    }

    static short putByte(byte[] target, short at, short tag, byte value) {
        at = putHeader(target, at, tag, (short) 1);
        target[at] = value;
        return (short) (at + 1);
    }

    /** Puts tag and length in front of what the target begins with; the new length. */
    static short wrap(byte[] target, short length, short tag) {
        short header = (short) ((short) (tag & 0xFF00) != 0 ? 3 : 2);
        if (length > 0x7F) {
            header += (short) (length > 0xFF ? 2 : 1);
        }
        Util.arrayCopyNonAtomic(target, (short) 0, target, header, length);
        return (short) (putHeader(target, (short) 0, tag, length) + length);
    }
}
