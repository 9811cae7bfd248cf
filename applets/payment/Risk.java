// SPDX-License-Identifier: Apache-2.0
package cose.payment;

import javacard.framework.JCSystem;
import javacard.framework.Util;

/**
 * Card risk management: what the card has found, and which cryptogram it gives (EMV 4.3 Book 3 §10.8). What a finding
 * leads to is the issuer's choice: the parameter ACTIONS has three masks over the findings, for a decline, for going
 * online, and for a decline when the terminal cannot.
 */
final class Risk {
    /** Types of cryptograms, as P1 asks for them and the cryptogram information data tells them. */
    static final byte AAC = 0x00;
    static final byte TC = 0x40;
    static final byte ARQC = (byte) 0x80;

    /** Findings; the upper octet is octet 3 of VIS's card verification results. */
    static final short ONLINE_INCOMPLETE = (short) 0x8000;
    static final short PIN_TRIES_EXCEEDED = 0x4000;
    static final short VELOCITY_EXCEEDED = 0x2000;
    static final short NEW_CARD = 0x1000;
    static final short ISSUER_FAILED_BEFORE = 0x0800;
    static final short ISSUER_MISSING_BEFORE = 0x0400;
    static final short UPPER_COUNT_EXCEEDED = 0x0080;
    static final short LOWER_AMOUNT_EXCEEDED = 0x0040;
    static final short UPPER_AMOUNT_EXCEEDED = 0x0020;
    static final short INTERNATIONAL = 0x0010;
    static final short SCRIPT_FAILED_BEFORE = 0x0008;
    static final short PIN_FAILED = 0x0004;
    static final short PIN_MISSING = 0x0002;

    private static final short DENIAL = 0;
    private static final short GO_ONLINE = 2;
    private static final short DEFAULT = 4;

    private static final short AMOUNT = (short) 0x9F02;
    private static final short CURRENCY = 0x5F2A;
    private static final short COUNTRY = (short) 0x9F1A;
    private static final short TERMINAL_TYPE = (short) 0x9F35;
    private static final short LOWER_AMOUNT_AT = 2;
    private static final short UPPER_AMOUNT_AT = 8;
    private static final short AMOUNT_LIMITS_LENGTH = 14;

    private final Profile profile;
    private final Counters counters;
    private final TerminalData terminal;
    private final byte[] sum =
            JCSystem.makeTransientByteArray(Counters.AMOUNT_LENGTH, JCSystem.CLEAR_ON_DESELECT);

    Risk(Profile profile, Counters counters, TerminalData terminal) {
        this.profile = profile;
        this.counters = counters;
        this.terminal = terminal;
    }

    private static short when(boolean condition, short finding) {
        return condition ? finding : 0;
    }

    /** At the first cryptogram. */
    short find(Session session) {
        short found = when(counters.has(Counters.ONLINE_INCOMPLETE), ONLINE_INCOMPLETE);
        found |= when(profile.pin.triesLeft() == 0, PIN_TRIES_EXCEEDED);
        found |= when(!counters.has(Counters.HAS_BEEN_ONLINE), NEW_CARD);
        found |= when(counters.has(Counters.ISSUER_FAILED), ISSUER_FAILED_BEFORE);
        found |= when(counters.has(Counters.ISSUER_MISSING), ISSUER_MISSING_BEFORE);
        found |= when(counters.has(Counters.SCRIPT_FAILED), SCRIPT_FAILED_BEFORE);
        found |= when(session.has(Session.PIN_FAILED), PIN_FAILED);
        found |= when(!session.has(Session.PIN_DONE), PIN_MISSING);
        found |= when(isAbroad(), INTERNATIONAL);
        return (short) (found | velocity());
    }

    private boolean isAbroad() {
        byte[] home = profile.parameters.find(Profile.COUNTRY);
        return home != null && home.length == 2 && !terminal.has(COUNTRY, Util.getShort(home, (short) 0));
    }

    /** As if this transaction were made offline. */
    private short velocity() {
        short found = 0;
        if (profile.parameters.find(Profile.COUNT_LIMITS) != null) {
            short count = (short) (counters.offline + 1);
            found |= when(count > profile.parameters.octet(Profile.COUNT_LIMITS, (short) 0), VELOCITY_EXCEEDED);
            found |= when(count > profile.parameters.octet(Profile.COUNT_LIMITS, (short) 1), UPPER_COUNT_EXCEEDED);
        }
        byte[] limits = profile.parameters.find(Profile.AMOUNT_LIMITS);
        if (limits == null || limits.length != AMOUNT_LIMITS_LENGTH) {
            return found;
        }
        Util.arrayCopyNonAtomic(counters.amount, (short) 0, sum, (short) 0, Counters.AMOUNT_LENGTH);
        addAmount(sum, limits);
        found |= when(Counters.exceeds(sum, limits, LOWER_AMOUNT_AT), LOWER_AMOUNT_EXCEEDED);
        found |= when(Counters.exceeds(sum, limits, UPPER_AMOUNT_AT), UPPER_AMOUNT_EXCEEDED);
        return found;
    }

    /** An amount in another currency counts as none: the card has no rates. */
    private void addAmount(byte[] target, byte[] limits) {
        short at = terminal.find(AMOUNT);
        if (at != Tlv.NONE && limits != null && terminal.has(CURRENCY, Util.getShort(limits, (short) 0))) {
            Counters.add(target, terminal.octets(), at);
        }
    }

    private boolean matches(short findings, short mask) {
        return (short) (findings & profile.parameters.number(Profile.ACTIONS, mask)) != 0;
    }

    /** EMV 4.3 Book 3 table 28: the card may only lower what the terminal wants. */
    byte decide(byte wanted, short findings) {
        if (wanted == AAC || counters.has(Counters.APPLICATION_BLOCKED) || matches(findings, DENIAL)) {
            return AAC;
        }
        if (wanted == ARQC) {
            return ARQC;
        }
        if (!matches(findings, GO_ONLINE)) {
            return TC;
        }
        if (!isOfflineOnly()) {
            return ARQC;
        }
        return matches(findings, DEFAULT) ? AAC : TC;
    }

    /** EMV 4.3 Book 4 annex A1: the last digit of the terminal type. */
    private boolean isOfflineOnly() {
        short at = terminal.find(TERMINAL_TYPE);
        byte kind = at == Tlv.NONE ? 0 : (byte) (terminal.octets()[at] & 0x0F);
        return kind == 3 || kind == 6;
    }

    byte decideAgain(byte wanted, Session session) {
        if (wanted != TC || counters.has(Counters.APPLICATION_BLOCKED)) {
            return AAC;
        }
        if (session.has(Session.UNABLE_TO_GO_ONLINE)) {
            return matches(session.findings(), DEFAULT) ? AAC : TC;
        }
        if (session.has(Session.ISSUER_FAILED) || session.has(Session.ISSUER_DECLINES)) {
            return AAC;
        }
        boolean isMissing = !session.has(Session.ISSUER_DONE);
        return isMissing && profile.hasOption(Profile.OPTION_ISSUER_AUTHENTICATION) ? AAC : TC;
    }

    /** Inside a transaction of the runtime. A contactless terminal comes back with no second command. */
    void noteFirst(byte type, Session session) {
        if (type == TC) {
            countOffline();
        } else if (type == ARQC && !session.has(Session.CONTACTLESS)) {
            counters.note(Counters.ONLINE_INCOMPLETE);
        }
    }

    /** Inside a transaction of the runtime. */
    void noteSecond(byte type, Session session) {
        counters.forget(Counters.ONLINE_INCOMPLETE);
        if (session.has(Session.UNABLE_TO_GO_ONLINE)) {
            if (type == TC) {
                countOffline();
            }
            return;
        }
        if (session.has(Session.ISSUER_FAILED)) {
            counters.note(Counters.ISSUER_FAILED);
        } else if (session.has(Session.ISSUER_DONE)) {
            counters.wentOnline();
        } else if (type == TC) {
            counters.wentOnline();
            counters.note(Counters.ISSUER_MISSING);
        }
    }

    private void countOffline() {
        counters.offline++;
        addAmount(counters.amount, profile.parameters.find(Profile.AMOUNT_LIMITS));
    }
}
