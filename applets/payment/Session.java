// SPDX-License-Identifier: Apache-2.0
package cose.payment;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;

/** What one transaction knows, from SELECT to the next: gone with the power. */
final class Session {
    /** How far it is. */
    static final short IDLE = 0;
    static final short INITIATED = 1;
    static final short ONLINE = 2;
    static final short DONE = 3;

    static final short CONTACTLESS = 0x0001;
    static final short PIN_DONE = 0x0002;
    static final short PIN_FAILED = 0x0004;
    static final short PIN_ENCIPHERED = 0x0008;
    static final short ISSUER_DONE = 0x0010;
    static final short ISSUER_FAILED = 0x0020;
    static final short UNABLE_TO_GO_ONLINE = 0x0040;
    static final short SIGNED_NUMBER = 0x0080;
    static final short SIGNED_FIRST = 0x0100;
    static final short SIGNED_SECOND = 0x0200;
    static final short HAS_CHALLENGE = 0x0400;
    static final short HAS_CRYPTOGRAM = 0x0800;
    static final short ISSUER_DECLINES = 0x1000;

    static final short CHALLENGE_LENGTH = 8;
    /** Entropy of the terminal and of the card, and the three times. */
    static final short RELAY_LENGTH = 14;

    private static final short STATE = 0;
    private static final short FLAGS = 1;
    private static final short FIRST_TYPE = 2;
    private static final short FINDINGS = 3;
    private static final short RELAY_COUNT = 4;
    private static final short NUMBERS = 5;

    private final short[] numbers = JCSystem.makeTransientShortArray(NUMBERS, JCSystem.CLEAR_ON_DESELECT);
    final byte[] cryptogram =
            JCSystem.makeTransientByteArray(Keys.CRYPTOGRAM_LENGTH, JCSystem.CLEAR_ON_DESELECT);
    final byte[] challenge = JCSystem.makeTransientByteArray(CHALLENGE_LENGTH, JCSystem.CLEAR_ON_DESELECT);
    final byte[] relay = JCSystem.makeTransientByteArray(RELAY_LENGTH, JCSystem.CLEAR_ON_DESELECT);

    void clear() {
        for (short index = 0; index < NUMBERS; index++) {
            numbers[index] = 0;
        }
    }

    short state() {
        return numbers[STATE];
    }

    void setState(short state) {
        numbers[STATE] = state;
    }

    void require(short state) {
        if (numbers[STATE] != state) {
            ISOException.throwIt(ISO7816.SW_CONDITIONS_NOT_SATISFIED);
        }
    }

    boolean has(short flag) {
        return (short) (numbers[FLAGS] & flag) != 0;
    }

    void note(short flag) {
        numbers[FLAGS] |= flag;
    }

    void forget(short flag) {
        numbers[FLAGS] &= (short) ~flag;
    }

    byte firstType() {
        return (byte) numbers[FIRST_TYPE];
    }

    void setFirstType(byte type) {
        numbers[FIRST_TYPE] = type;
    }

    short findings() {
        return numbers[FINDINGS];
    }

    void setFindings(short findings) {
        numbers[FINDINGS] = findings;
    }

    short relayCount() {
        return numbers[RELAY_COUNT];
    }

    void countRelay() {
        numbers[RELAY_COUNT]++;
    }
}
