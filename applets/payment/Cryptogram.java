// SPDX-License-Identifier: Apache-2.0
package cose.payment;

import javacard.framework.JCSystem;
import javacard.framework.Util;

/**
 * Application cryptograms and the issuer's answers to them, by version: Visa's 10, 18 and 22, Mastercard's 16, 17, 20
 * and 21 (EMV 4.3 Book 2 §8.1 and §8.2).
 */
final class Cryptogram {
    private static final short VISA_10 = 10;
    private static final short MASTERCARD_16 = 16;
    private static final short MASTERCARD_17 = 17;
    private static final short MASTERCARD_21 = 21;
    private static final short VISA_22 = 22;

    private static final short NUMBER = (short) 0x9F37;
    private static final short NUMBER_LENGTH = 4;
    private static final short WORK = 64;

    /** EMV 4.3 Book 2 table 26, with the length of each. */
    private static final short[] INPUTS = {
        (short) 0x9F02, 6, (short) 0x9F03, 6, (short) 0x9F1A, 2, 0x95, 5, 0x5F2A, 2, 0x9A, 3, 0x9C, 1, NUMBER,
        NUMBER_LENGTH
    };

    private static final short CODE_LENGTH = 2;
    private static final short SHORT_ARPC = 4;
    private static final short STATUS_UPDATE = 4;
    private static final short MAXIMUM_ANSWER = 16;

    private final Profile profile;
    private final Counters counters;
    private final Session session;
    private final TerminalData terminal;
    private final IssuerData issuerData;
    private final byte[] work = JCSystem.makeTransientByteArray(WORK, JCSystem.CLEAR_ON_DESELECT);

    Cryptogram(Profile profile, Counters counters, Session session, TerminalData terminal, IssuerData issuerData) {
        this.profile = profile;
        this.counters = counters;
        this.session = session;
        this.terminal = terminal;
        this.issuerData = issuerData;
    }

    private boolean isByCardKey() {
        return profile.version() == VISA_10 && !profile.isMastercard();
    }

    /** VIS has its own script keys up to version 18; else they are of the cryptogram. */
    boolean hasCommonScriptKey() {
        return profile.isMastercard() || profile.version() == VISA_22;
    }

    /** Over what the terminal sent, interchange profile, counter, and of the issuer data what the version says. */
    void compute(byte[] processing, byte[] issuer, short issuerAt, short issuerLength, byte[] target, short at) {
        short end = 0;
        for (short index = 0; index < (short) INPUTS.length; index += 2) {
            end = terminal.copy(INPUTS[index], work, end, INPUTS[(short) (index + 1)]);
        }
        short profileAt =
                Tlv.find(processing, (short) 0, (short) processing.length, Profile.INTERCHANGE_PROFILE);
        end = Util.arrayCopyNonAtomic(processing, Tlv.valueOf(processing, profileAt), work, end, (short) 2);
        end = Util.setShort(work, end, counters.transactions);
        end = putTail(issuer, issuerAt, issuerLength, end);
        if (isByCardKey()) {
            profile.keys.macByCardKey(work, (short) 0, end, target, at);
            return;
        }
        deriveSession();
        profile.keys.macBySession(work, (short) 0, end, target, at);
    }

    private void deriveSession() {
        short version = profile.version();
        boolean isOwn = profile.isMastercard() && (version == MASTERCARD_16 || version == MASTERCARD_17);
        short number = isOwn ? terminal.find(NUMBER) : Tlv.NONE;
        profile.keys.deriveSession(counters.transactions, number == Tlv.NONE ? null : terminal.octets(), number);
    }

    private short putTail(byte[] issuer, short at, short length, short end) {
        if (!profile.isMastercard() && !isByCardKey()) {
            return Util.arrayCopyNonAtomic(issuer, at, work, end, length);
        }
        end = Util.arrayCopyNonAtomic(issuer, (short) (at + issuerData.resultsAt()), work, end,
                issuerData.resultsLength());
        short version = profile.version();
        if (profile.isMastercard() && (version == MASTERCARD_17 || version == MASTERCARD_21)) {
            short counters = IssuerData.countersAt();
            end = Util.arrayCopyNonAtomic(issuer, (short) (at + counters), work, end,
                    (short) (IssuerData.MAXIMUM - counters));
        }
        return end;
    }

    /** Whether the answer (91) is the issuer's: its outcome is noted in the session. */
    boolean checkIssuer(byte[] answer, short at, short length) {
        boolean isSecondMethod = !profile.isMastercard() && !isByCardKey();
        boolean isRight = isSecondMethod ? checkMethod2(answer, at, length) : checkMethod1(answer, at, length);
        session.note(Session.ISSUER_DONE);
        if (!isRight) {
            session.note(Session.ISSUER_FAILED);
        }
        return isRight;
    }

    private boolean checkMethod1(byte[] answer, short at, short length) {
        if (length != (short) (Keys.BLOCK + CODE_LENGTH)) {
            return false;
        }
        Util.arrayCopyNonAtomic(session.cryptogram, (short) 0, work, (short) 0, Keys.BLOCK);
        for (short index = 0; index < CODE_LENGTH; index++) {
            work[index] ^= answer[(short) (at + Keys.BLOCK + index)];
        }
        boolean bySession = profile.isMastercard() && profile.version() > MASTERCARD_17;
        if (bySession) {
            deriveSession();
        }
        profile.keys.encipher(bySession, work, (short) 0);
        return Util.arrayCompare(work, (short) 0, answer, at, Keys.BLOCK) == 0;
    }

    /** Of the card status update only what concerns the whole application is followed. */
    private boolean checkMethod2(byte[] answer, short at, short length) {
        if (length < (short) (SHORT_ARPC + STATUS_UPDATE) || length > MAXIMUM_ANSWER) {
            return false;
        }
        short end = Util.arrayCopyNonAtomic(session.cryptogram, (short) 0, work, (short) 0, Keys.BLOCK);
        short update = (short) (at + SHORT_ARPC);
        end = Util.arrayCopyNonAtomic(answer, update, work, end, (short) (length - SHORT_ARPC));
        deriveSession();
        profile.keys.macBySession(work, (short) 0, end, work, end);
        if (Util.arrayCompare(work, end, answer, at, SHORT_ARPC) != 0) {
            return false;
        }
        follow(answer[(short) (update + 1)]);
        return true;
    }

    /** EMV 4.3 Book 3 annex C, common core definitions: octet 2 of the card status update. */
    private void follow(byte update) {
        if ((update & 0x80) == 0) {
            session.note(Session.ISSUER_DECLINES);
        }
        if ((update & 0x40) != 0) {
            counters.note(Counters.CARD_BLOCKED);
        }
        if ((update & 0x20) != 0) {
            counters.note(Counters.APPLICATION_BLOCKED);
        }
    }
}
