// SPDX-License-Identifier: Apache-2.0
package cose.piv;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;

/** The public data objects of the card, by tag 5FC1xx (SP 800-73-4 part 1 table 3): certificates and identifiers. */
final class DataObjects {
    private static final byte TAG_LIST = 0x5C;
    private static final byte TAG_DATA = 0x53;
    private static final byte TAG_DISCOVERY = 0x7E;
    private static final short FAMILY = 0x5FC1;
    private static final short LARGEST = 2000;

    /** CHUID, capability container, and the certificates of the four keys. */
    private static final byte[] NUMBERS = {0x02, 0x07, 0x05, 0x0A, 0x0B, 0x01};

    /** SP 800-73-4 part 1 §3.3.2: the application, and that its own PIN is the one to use. */
    private static final byte[] DISCOVERY = {
        TAG_DISCOVERY, 0x12, 0x4F, 0x0B, (byte) 0xA0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x01, 0x00,
        0x5F, 0x2F, 0x02, 0x40, 0x00
    };

    /** Of each number the octets, or null. */
    private final Object[] contents = new Object[(short) NUMBERS.length];

    /** The request is replaced by the object; returns its length. */
    short get(byte[] message, short length) {
        short tag = Tlv.contentOf(message, (short) 0, length, TAG_LIST);
        if (Tlv.lengthAt(message, (short) 0) == 1 && message[tag] == TAG_DISCOVERY) {
            return Util.arrayCopyNonAtomic(DISCOVERY, (short) 0, message, (short) 0, (short) DISCOVERY.length);
        }
        byte[] content = (byte[]) contents[indexOf(message, tag, Tlv.lengthAt(message, (short) 0))];
        if (content == null) {
            ISOException.throwIt(ISO7816.SW_FILE_NOT_FOUND);
        }
        return Util.arrayCopyNonAtomic(content, (short) 0, message, (short) 0, (short) content.length);
    }

    /** The list with one tag, then 53 and the content; an empty content removes the object. */
    void put(byte[] message, short length) {
        short tag = Tlv.contentOf(message, (short) 0, length, TAG_LIST);
        short tagLength = Tlv.lengthAt(message, (short) 0);
        short index = indexOf(message, tag, tagLength);
        short object = (short) (tag + tagLength);
        Tlv.contentOf(message, object, length, TAG_DATA);
        if ((short) (length - object) > LARGEST) {
            ISOException.throwIt(ISO7816.SW_FILE_FULL);
        }
        byte[] content = null;
        if (Tlv.lengthAt(message, object) != 0) {
            content = new byte[(short) (length - object)];
            Util.arrayCopyNonAtomic(message, object, content, (short) 0, (short) content.length);
        }
        // One reference is written: a card that loses power has the old object or the new.
        contents[index] = content;
        if (JCSystem.isObjectDeletionSupported()) {
            JCSystem.requestObjectDeletion();
        }
    }

    private static short indexOf(byte[] message, short tag, short tagLength) {
        if (tagLength == 3 && Util.getShort(message, tag) == FAMILY) {
            for (short index = 0; index < (short) NUMBERS.length; index++) {
                if (NUMBERS[index] == message[(short) (tag + 2)]) {
                    return index;
                }
            }
        }
        ISOException.throwIt(ISO7816.SW_FILE_NOT_FOUND);
        return 0;
    }
}
