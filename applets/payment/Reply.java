// SPDX-License-Identifier: Apache-2.0
package cose.payment;

import javacard.framework.APDU;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;

/** An answer, handed out in parts when it is longer than one APDU (ISO/IEC 7816-4 §5.3.4). */
final class Reply {
    static final short CAPACITY = 400;
    private static final short PART = 256;
    private static final short LENGTH = 0;
    private static final short SENT = 1;
    private static final short NUMBERS = 2;

    final byte[] octets;
    private final short[] state;

    Reply() {
        octets = JCSystem.makeTransientByteArray(CAPACITY, JCSystem.CLEAR_ON_DESELECT);
        state = JCSystem.makeTransientShortArray(NUMBERS, JCSystem.CLEAR_ON_DESELECT);
    }

    void clear() {
        state[LENGTH] = 0;
        state[SENT] = 0;
    }

    void send(APDU apdu, short length) {
        state[LENGTH] = length;
        state[SENT] = 0;
        sendMore(apdu);
    }

    /** GET RESPONSE: the next part. 61xx says that, and how much, there is more. */
    void sendMore(APDU apdu) {
        short left = (short) (state[LENGTH] - state[SENT]);
        if (left <= 0) {
            ISOException.throwIt(ISO7816.SW_CONDITIONS_NOT_SATISFIED);
        }
        short part = left < PART ? left : PART;
        short wanted = apdu.setOutgoing();
        if (wanted != 0 && wanted < part) {
            part = wanted;
        }
        apdu.setOutgoingLength(part);
        apdu.sendBytesLong(octets, state[SENT], part);
        state[SENT] += part;
        left -= part;
        if (left > 0) {
            ISOException.throwIt((short) (ISO7816.SW_BYTES_REMAINING_00 | (left < PART ? left : 0)));
        }
    }
}
