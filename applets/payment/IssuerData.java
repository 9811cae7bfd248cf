// SPDX-License-Identifier: Apache-2.0
package cose.payment;

import javacard.framework.Util;

/**
 * Issuer application data (9F10): key index, version and what the card has to say to its issuer. Two layouts: VIS
 * format 0, and M/Chip.
 */
final class IssuerData {
    static final short MAXIMUM = 18;

    private static final byte NOT_REQUESTED = (byte) 0x80;
    private static final byte VIS_LENGTH = 6;
    private static final byte VIS_RESULTS_LENGTH = 3;
    private static final short RESULTS_LENGTH = 6;
    private static final short COUNTERS_LENGTH = 8;

    private final Profile profile;
    private final Counters counters;
    private final Session session;

    IssuerData(Profile profile, Counters counters, Session session) {
        this.profile = profile;
        this.counters = counters;
        this.session = session;
    }

    /** Where the card verification results begin, how long they are, and where the counters of M/Chip are. */
    short resultsAt() {
        return (short) (profile.isMastercard() ? 2 : 3);
    }

    short resultsLength() {
        return (short) (profile.isMastercard() ? RESULTS_LENGTH : 1 + VIS_RESULTS_LENGTH);
    }

    static short countersAt() {
        return MAXIMUM - COUNTERS_LENGTH;
    }

    /** `isSecond`: of the second cryptogram, whose type that is. Where it ends in the target. */
    short put(byte[] target, short at, boolean isSecond, byte type) {
        byte types = (byte) ((isSecond ? type : NOT_REQUESTED)
                | ((session.firstType() & 0xC0) >> 2));
        return profile.isMastercard() ? putMastercard(target, at, types) : putVisa(target, at, types);
    }

    private short putVersion(byte[] target, short at) {
        target[at] = (byte) profile.parameters.octet(Profile.CRYPTOGRAM_VERSION, (short) 0);
        target[(short) (at + 1)] = (byte) profile.version();
        return (short) (at + 2);
    }

    private static byte when(boolean condition, short bit) {
        return condition ? (byte) bit : 0;
    }

    /** VIS 1.5 appendix: the bits are in the dictionary of lib/emv as well. */
    private short putVisa(byte[] target, short at, byte types) {
        target[at] = VIS_LENGTH;
        at = putVersion(target, (short) (at + 1));
        target[at] = VIS_RESULTS_LENGTH;
        target[(short) (at + 1)] = (byte) (types
                | when(session.has(Session.ISSUER_FAILED), (short) 0x08)
                | when(session.has(Session.PIN_DONE), (short) 0x04)
                | when(session.has(Session.PIN_FAILED), (short) 0x02)
                | when(session.has(Session.UNABLE_TO_GO_ONLINE), (short) 0x01));
        target[(short) (at + 2)] = (byte) (session.findings() >> 8);
        target[(short) (at + 3)] = (byte) ((counters.scripts << 4)
                | when(counters.has(Counters.SCRIPT_FAILED), (short) 0x08)
                | when(session.has(Session.SIGNED_NUMBER), (short) 0x02));
        return (short) (at + 4);
    }

    /** M/Chip 4 §"card verification results". */
    private short putMastercard(byte[] target, short at, byte types) {
        short findings = session.findings();
        at = putVersion(target, at);
        boolean isPinRight = session.has(Session.PIN_DONE) && !session.has(Session.PIN_FAILED);
        target[at] = (byte) (types
                | when(session.has(Session.PIN_DONE), (short) 0x04)
                | when(session.has(Session.PIN_ENCIPHERED), (short) 0x02)
                | when(isPinRight, (short) 0x01));
        target[(short) (at + 1)] = (byte) (when(session.has(Session.SIGNED_NUMBER), (short) 0x80)
                | when(session.has(Session.SIGNED_FIRST), (short) 0x40)
                | when(session.has(Session.SIGNED_SECOND), (short) 0x20)
                | when(session.has(Session.ISSUER_DONE), (short) 0x10));
        target[(short) (at + 2)] = (byte) ((counters.scripts << 4) | (profile.pin.triesLeft() & 0x0F));
        boolean isAbroad = (short) (findings & Risk.INTERNATIONAL) != 0;
        target[(short) (at + 3)] = (byte) (when(session.has(Session.UNABLE_TO_GO_ONLINE), (short) 0x40)
                | when(!session.has(Session.PIN_DONE), (short) 0x20)
                | when(session.has(Session.PIN_FAILED), (short) 0x10)
                | when((short) (findings & Risk.PIN_TRIES_EXCEEDED) != 0, (short) 0x08)
                | (isAbroad ? 0x04 : 0x02));
        target[(short) (at + 4)] = (byte) (when((short) (findings & Risk.VELOCITY_EXCEEDED) != 0, (short) 0x80)
                | when((short) (findings & Risk.UPPER_COUNT_EXCEEDED) != 0, (short) 0x40)
                | when((short) (findings & Risk.LOWER_AMOUNT_EXCEEDED) != 0, (short) 0x20)
                | when((short) (findings & Risk.UPPER_AMOUNT_EXCEEDED) != 0, (short) 0x10)
                | when(session.has(Session.ISSUER_FAILED), (short) 0x04)
                | when(counters.scripts != 0, (short) 0x02)
                | when(counters.has(Counters.SCRIPT_FAILED), (short) 0x01));
        target[(short) (at + 5)] = 0;
        return putCounters(target, (short) (at + RESULTS_LENGTH));
    }

    /** The first octets of the dynamic number, of which there are none here; amount and count since the last online. */
    private short putCounters(byte[] target, short at) {
        at = Util.setShort(target, at, (short) 0);
        at = Util.arrayCopyNonAtomic(counters.amount, (short) 0, target, at, Counters.AMOUNT_LENGTH);
        return Util.setShort(target, at, counters.offline);
    }
}
