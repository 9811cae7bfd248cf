// SPDX-License-Identifier: Apache-2.0
package cose.piv;

import javacard.framework.APDU;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;

/**
 * The data of one command, put together from its chain, and then of its answer, handed out in parts: certificates are
 * longer than an APDU (ISO/IEC 7816-4 §5.3.3 and §5.3.4).
 */
final class Message {
    private static final short CAPACITY = 2100;
    private static final short PART = 256;

    private static final short LENGTH = 0;
    private static final short SENT = 1;
    /** INS, P1 and P2 of the chain: its commands must not be mixed with others. */
    private static final short CHAIN_INS = 2;
    private static final short CHAIN_P1P2 = 3;
    private static final short STATES = 4;
    private static final short NO_CHAIN = -1;

    private final byte[] octets;
    private final short[] state;

    Message() {
        octets = JCSystem.makeTransientByteArray(CAPACITY, JCSystem.CLEAR_ON_DESELECT);
        state = JCSystem.makeTransientShortArray(STATES, JCSystem.CLEAR_ON_DESELECT);
    }

    byte[] octets() {
        return octets;
    }

    short length() {
        return state[LENGTH];
    }

    void setLength(short length) {
        state[LENGTH] = length;
        state[SENT] = 0;
    }

    /** Adds what this command brings; true if it was the last of its chain. */
    boolean receive(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        short instruction = (short) (buffer[ISO7816.OFFSET_INS] & 0xFF);
        short parameters = Util.getShort(buffer, ISO7816.OFFSET_P1);
        if (state[CHAIN_INS] != instruction || state[CHAIN_P1P2] != parameters) {
            state[LENGTH] = 0;
        }
        append(apdu, buffer);
        boolean isLast = !apdu.isCommandChainingCLA();
        state[CHAIN_INS] = isLast ? NO_CHAIN : instruction;
        state[CHAIN_P1P2] = parameters;
        return isLast;
    }

    private void append(APDU apdu, byte[] buffer) {
        short count = apdu.setIncomingAndReceive();
        short start = apdu.getOffsetCdata();
        while (count > 0) {
            if (count > (short) (CAPACITY - state[LENGTH])) {
                state[CHAIN_INS] = NO_CHAIN;
                ISOException.throwIt(ISO7816.SW_WRONG_LENGTH);
            }
            state[LENGTH] = Util.arrayCopyNonAtomic(buffer, start, octets, state[LENGTH], count);
            count = apdu.receiveBytes(start);
        }
    }

    void sendWhole(APDU apdu, byte[] answer) {
        setLength(Util.arrayCopyNonAtomic(answer, (short) 0, octets, (short) 0, (short) answer.length));
        send(apdu);
    }

    void send(APDU apdu) {
        state[SENT] = 0;
        sendMore(apdu);
    }

    /** The next part; 61xx says that, and how much, there is more. */
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
