// SPDX-License-Identifier: Apache-2.0
package cose.payment;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.OwnerPIN;
import javacard.framework.Util;

/** The offline PIN, kept as the block that terminals send: ISO 9564-1 format 2. */
final class Pin {
    static final short BLOCK_LENGTH = 8;

    private static final byte DEFAULT_TRIES = 3;
    private static final byte MAXIMUM_TRIES = 15;
    private static final short SW_TRIES_LEFT = 0x63C0;
    private static final byte ENCIPHERED_HEADER = 0x7F;
    private static final byte FORMAT_2 = 0x20;
    private static final byte MINIMUM_DIGITS = 4;
    private static final byte MAXIMUM_DIGITS = 12;
    private static final short CHALLENGE_AT = 1 + BLOCK_LENGTH;

    private OwnerPIN pin = new OwnerPIN(DEFAULT_TRIES, (byte) BLOCK_LENGTH);
    final RsaKey key = new RsaKey();
    private final byte[] clear =
            JCSystem.makeTransientByteArray(RsaKey.MAXIMUM_OCTETS, JCSystem.CLEAR_ON_DESELECT);

    byte triesLeft() {
        return pin.getTriesRemaining();
    }

    /** What is behind the block filled it up when it was encrypted. */
    void set(byte[] data, short at, short size) {
        if (size < BLOCK_LENGTH) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
        pin.update(data, at, (byte) BLOCK_LENGTH);
    }

    /** Try counter and limit, of a new card the same. It comes before the PIN, which a new object would lose. */
    void setLimit(byte[] data, short at, short size) {
        PersonalizedApplet.expect(size, (short) 2);
        byte limit = data[(short) (at + 1)];
        if (limit <= 0 || limit > MAXIMUM_TRIES || data[at] != limit) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
        pin = new OwnerPIN(limit, (byte) BLOCK_LENGTH);
    }

    void verify(byte[] data, short at, short length, Session session) {
        if (length != BLOCK_LENGTH) {
            ISOException.throwIt(ISO7816.SW_WRONG_LENGTH);
        }
        check(data, at, session);
    }

    /**
     * EMV 4.3 Book 2 §7.2. A block that deciphers to something else counts as a wrong PIN: whoever sends such must not
     * be able to try for ever.
     */
    void verifyEnciphered(byte[] data, short at, short length, RsaKey key, Session session) {
        if (!session.has(Session.HAS_CHALLENGE)) {
            ISOException.throwIt(ISO7816.SW_CONDITIONS_NOT_SATISFIED);
        }
        session.forget(Session.HAS_CHALLENGE);
        if (length != key.size()) {
            ISOException.throwIt(ISO7816.SW_WRONG_LENGTH);
        }
        key.apply(data, at, clear, (short) 0);
        session.note(Session.PIN_ENCIPHERED);
        boolean isOurs = clear[0] == ENCIPHERED_HEADER
                && Util.arrayCompare(clear, CHALLENGE_AT, session.challenge, (short) 0, Session.CHALLENGE_LENGTH) == 0;
        if (!isOurs) {
            Util.arrayFillNonAtomic(clear, (short) 1, BLOCK_LENGTH, (byte) 0);
        }
        check(clear, (short) 1, session);
    }

    private void check(byte[] block, short at, Session session) {
        session.note(Session.PIN_DONE);
        session.note(Session.PIN_FAILED);
        if (pin.getTriesRemaining() == 0) {
            ISOException.throwIt(ISO7816.SW_AUTHENTICATION_METHOD_BLOCKED);
        }
        if (!pin.check(block, at, (byte) BLOCK_LENGTH)) {
            ISOException.throwIt((short) (SW_TRIES_LEFT | pin.getTriesRemaining()));
        }
        session.forget(Session.PIN_FAILED);
    }

    /** The issuer's, by script: the counter goes back as well. */
    void change(byte[] block, short at) {
        byte digits = (byte) (block[at] & 0x0F);
        if (digits < MINIMUM_DIGITS || digits > MAXIMUM_DIGITS) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
        block[at] = (byte) (FORMAT_2 | digits);
        pin.update(block, at, (byte) BLOCK_LENGTH);
    }

    void unblock() {
        pin.resetAndUnblock();
    }
}
