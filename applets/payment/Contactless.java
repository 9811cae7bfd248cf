// SPDX-License-Identifier: Apache-2.0
package cose.payment;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;
import javacard.security.RandomData;

/**
 * What contactless terminals ask for besides: relay resistance and the checksum of magnetic stripe mode (EMV
 * Contactless Book C-2), and the whole transaction in the answer to GET PROCESSING OPTIONS (Book C-3).
 */
final class Contactless {
    /** Terminal transaction qualifiers and card transaction qualifiers. */
    private static final short TERMINAL_QUALIFIERS = (short) 0x9F66;
    private static final short CARD_QUALIFIERS = (short) 0x9F6C;
    private static final short CARD_AUTHENTICATION = (short) 0x9F69;
    private static final short NUMBER = (short) 0x9F37;
    private static final short AMOUNT = (short) 0x9F02;
    private static final short CURRENCY = 0x5F2A;

    private static final byte TTQ_TAP = 0x20;
    private static final byte TTQ_ONLINE_PIN = 0x04;
    private static final byte TTQ_SIGNATURE = 0x02;
    private static final byte TTQ_SIGNED_ONLINE = 0x01;
    private static final byte TTQ2_CRYPTOGRAM_REQUIRED = (byte) 0x80;
    private static final byte TTQ2_CARDHOLDER_REQUIRED = 0x40;
    private static final byte TTQ1_OFFLINE_ONLY = 0x08;
    private static final byte CTQ_ONLINE_PIN = (byte) 0x80;
    private static final byte CTQ_SIGNATURE = 0x40;

    private static final short CHECKSUM_TRACK_1 = (short) 0x9F60;
    private static final short CHECKSUM_TRACK_2 = (short) 0x9F61;
    private static final short CHECKSUM_NUMBER_LENGTH = 4;
    private static final short CHECKSUM_LENGTH = 2;

    private static final short ENTROPY_LENGTH = 4;
    private static final short RELAY_TIMES_LENGTH = 6;
    private static final short MAXIMUM_RELAY_EXCHANGES = 3;

    private static final byte AUTHENTICATION_VERSION = 0x01;
    private static final short AUTHENTICATION_LENGTH = 7;
    private static final short TERMINAL_INPUT = 4 + 6 + 2;
    private static final short RECORD_TEMPLATE = 0x70;
    private static final short WORK = 64;
    /** Signature and 9F69 as elements. */
    private static final short SIGNED = RsaKey.MAXIMUM_OCTETS + 24;

    private final Profile profile;
    private final Transaction transaction;
    private final RandomData random;
    private final byte[] work;
    private final byte[] signed;
    private final short[] signedLength;

    Contactless(Profile profile, Transaction transaction, RandomData random) {
        this.profile = profile;
        this.transaction = transaction;
        this.random = random;
        work = JCSystem.makeTransientByteArray(WORK, JCSystem.CLEAR_ON_DESELECT);
        signed = JCSystem.makeTransientByteArray(SIGNED, JCSystem.CLEAR_ON_DESELECT);
        signedLength = JCSystem.makeTransientShortArray((short) 1, JCSystem.CLEAR_ON_DESELECT);
    }

    void clear() {
        signedLength[0] = 0;
    }

    /** EXCHANGE RELAY RESISTANCE DATA: entropy for entropy, and how fast the card says it is. Book C-2 §5.3. */
    short exchange(byte[] buffer, short length, byte[] target) {
        Session session = transaction.session;
        byte[] times = profile.parameters.find(Profile.RELAY_TIMES);
        session.require(Session.INITIATED);
        if (times == null || times.length != RELAY_TIMES_LENGTH
                || session.relayCount() == MAXIMUM_RELAY_EXCHANGES) {
            ISOException.throwIt(ISO7816.SW_CONDITIONS_NOT_SATISFIED);
        }
        if (length != ENTROPY_LENGTH) {
            ISOException.throwIt(ISO7816.SW_WRONG_LENGTH);
        }
        session.countRelay();
        byte[] relay = session.relay;
        short end = Util.arrayCopyNonAtomic(buffer, ISO7816.OFFSET_CDATA, relay, (short) 0, ENTROPY_LENGTH);
        random.generateData(relay, end, ENTROPY_LENGTH);
        end += ENTROPY_LENGTH;
        Util.arrayCopyNonAtomic(times, (short) 0, relay, end, RELAY_TIMES_LENGTH);
        short answer = ENTROPY_LENGTH + RELAY_TIMES_LENGTH;
        Util.arrayCopyNonAtomic(relay, ENTROPY_LENGTH, target, (short) 0, answer);
        return Tlv.wrap(target, answer, Transaction.FORMAT_1);
    }

    /** COMPUTE CRYPTOGRAPHIC CHECKSUM: by the default UDOL, which is the number alone. */
    short computeChecksum(byte[] buffer, short length, byte[] target) {
        byte[] vectors = profile.parameters.find(Profile.CHECKSUM_VECTORS);
        transaction.session.require(Session.INITIATED);
        if (vectors == null || vectors.length != 2 * CHECKSUM_LENGTH) {
            ISOException.throwIt(ISO7816.SW_CONDITIONS_NOT_SATISFIED);
        }
        if (length != CHECKSUM_NUMBER_LENGTH) {
            ISOException.throwIt(ISO7816.SW_WRONG_LENGTH);
        }
        short end = putChecksum(vectors, (short) 0, buffer, CHECKSUM_TRACK_1, target, (short) 0);
        end = putChecksum(vectors, CHECKSUM_LENGTH, buffer, CHECKSUM_TRACK_2, target, end);
        end = Tlv.putShort(target, end, Transaction.COUNTER, transaction.counters.transactions);
        transaction.session.setState(Session.DONE);
        return Tlv.wrap(target, end, Transaction.FORMAT_2);
    }

    private short putChecksum(byte[] vectors, short vector, byte[] buffer, short tag, byte[] target, short at) {
        short end = Util.arrayCopyNonAtomic(vectors, vector, work, (short) 0, CHECKSUM_LENGTH);
        end = Util.arrayCopyNonAtomic(buffer, ISO7816.OFFSET_CDATA, work, end, CHECKSUM_NUMBER_LENGTH);
        Util.setShort(work, end, transaction.counters.transactions);
        profile.keys.encipherByChecksumKey(work, (short) 0);
        return Tlv.put(target, at, tag, work, (short) (Keys.BLOCK - CHECKSUM_LENGTH), CHECKSUM_LENGTH);
    }

    /** Whether card and terminal both can do it in one tap. */
    boolean isTap() {
        short at = transaction.terminal.find(TERMINAL_QUALIFIERS);
        return transaction.session.has(Session.CONTACTLESS) && at != Tlv.NONE
                && (transaction.terminal.octets()[at] & TTQ_TAP) != 0
                && profile.objects.find(CARD_QUALIFIERS) != null;
    }

    /** The whole transaction as answer to GET PROCESSING OPTIONS. */
    short tap(byte[] target) {
        Session session = transaction.session;
        byte type = decide();
        session.setFirstType(type);
        transaction.keep(false, type);
        session.setState(Session.DONE);
        short issuerAt = Tlv.putHeader(target, (short) 0, Transaction.ISSUER_DATA, (short) 0);
        short end = transaction.issuerData.put(target, issuerAt, false, type);
        target[(short) (issuerAt - 1)] = (byte) (end - issuerAt);
        transaction.computeFirst(target, issuerAt, (short) (end - issuerAt));
        end = Tlv.put(target, end, Transaction.CRYPTOGRAM, session.cryptogram, (short) 0, Keys.CRYPTOGRAM_LENGTH);
        end = Tlv.putByte(target, end, Transaction.INFORMATION, type);
        end = Tlv.putShort(target, end, Transaction.COUNTER, transaction.counters.transactions);
        end = Util.arrayCopyNonAtomic(profile.tapObjects, (short) 0, target, end, (short) profile.tapObjects.length);
        putQualifiers(work);
        end = Tlv.put(target, end, CARD_QUALIFIERS, work, (short) 0, (short) 2);
        end = putProcessing(target, end, type);
        return Tlv.wrap(target, end, Transaction.FORMAT_2);
    }

    private byte decide() {
        short at = transaction.terminal.find(TERMINAL_QUALIFIERS);
        byte[] octets = transaction.terminal.octets();
        boolean mustGoOnline = (octets[(short) (at + 1)] & TTQ2_CRYPTOGRAM_REQUIRED) != 0;
        boolean isOfflineOnly = (octets[at] & TTQ1_OFFLINE_ONLY) != 0;
        transaction.session.setFindings(transaction.risk.find(transaction.session));
        byte type = transaction.risk.decide(mustGoOnline ? Risk.ARQC : Risk.TC, transaction.session.findings());
        // Book C-3: what the terminal cannot take online the card declines.
        return type == Risk.ARQC && isOfflineOnly ? Risk.AAC : type;
    }

    /** Which cardholder verification the card wants, of those that both can. */
    private void putQualifiers(byte[] target) {
        byte[] own = profile.objects.find(CARD_QUALIFIERS);
        short at = transaction.terminal.find(TERMINAL_QUALIFIERS);
        byte[] octets = transaction.terminal.octets();
        Util.arrayCopyNonAtomic(own, (short) 0, target, (short) 0, (short) 2);
        boolean isRequired = (octets[(short) (at + 1)] & TTQ2_CARDHOLDER_REQUIRED) != 0;
        byte wanted = isRequired ? (byte) (own[0] & (CTQ_ONLINE_PIN | CTQ_SIGNATURE)) : 0;
        if ((octets[at] & TTQ_ONLINE_PIN) == 0) {
            wanted &= (byte) ~CTQ_ONLINE_PIN;
        }
        if ((octets[at] & TTQ_SIGNATURE) == 0 || (wanted & CTQ_ONLINE_PIN) != 0) {
            wanted &= (byte) ~CTQ_SIGNATURE;
        }
        target[0] = (byte) (own[0] & ~(CTQ_ONLINE_PIN | CTQ_SIGNATURE) | wanted);
    }

    /** Records, and with them the signature, only where the terminal authenticates data. */
    private short putProcessing(byte[] target, short end, byte type) {
        byte[] elements = transaction.processing();
        short at = transaction.terminal.find(TERMINAL_QUALIFIERS);
        boolean signsOnline = (transaction.terminal.octets()[at] & TTQ_SIGNED_ONLINE) != 0;
        boolean signs = profile.signature.key.isThere() && (type == Risk.TC || type == Risk.ARQC && signsOnline);
        if (!signs) {
            short found = Tlv.find(elements, (short) 0, (short) elements.length, Profile.INTERCHANGE_PROFILE);
            return Tlv.put(target, end, Profile.INTERCHANGE_PROFILE, elements, Tlv.valueOf(elements, found), (short) 2);
        }
        end = Util.arrayCopyNonAtomic(elements, (short) 0, target, end, (short) elements.length);
        sign();
        if (profile.parameters.find(Profile.TAP_SIGNATURE_RECORD) != null) {
            return end;
        }
        return Util.arrayCopyNonAtomic(signed, (short) 0, target, end, signedLength[0]);
    }

    /** Book C-3 annex C: over the transaction counter, the terminal's number, amount and currency, and 9F69. */
    private void sign() {
        TerminalData terminal = transaction.terminal;
        short input = Keys.BLOCK;
        short end = terminal.copy(NUMBER, work, input, (short) 4);
        end = terminal.copy(AMOUNT, work, end, (short) 6);
        end = terminal.copy(CURRENCY, work, end, (short) 2);
        short authentication = end;
        work[end] = AUTHENTICATION_VERSION;
        random.generateData(work, (short) (end + 1), ENTROPY_LENGTH);
        byte[] qualifiers = profile.objects.find(CARD_QUALIFIERS);
        Util.arrayCopyNonAtomic(qualifiers, (short) 0, work, (short) (end + 1 + ENTROPY_LENGTH), (short) 2);
        work[0] = 2;
        Util.setShort(work, (short) 1, transaction.counters.transactions);
        short at = Tlv.put(signed, (short) 0, CARD_AUTHENTICATION, work, authentication, AUTHENTICATION_LENGTH);
        at = Tlv.putHeader(signed, at, Transaction.SIGNATURE, profile.signature.key.size());
        signedLength[0] = profile.signature.sign(work, (short) 3, work, input,
                (short) (TERMINAL_INPUT + AUTHENTICATION_LENGTH), signed, at);
        transaction.session.note(Session.SIGNED_NUMBER);
    }

    /** Whether the record is the one that the signature of the tap stands in. */
    boolean isSignatureRecord(short name) {
        return signedLength[0] != 0 && profile.parameters.number(Profile.TAP_SIGNATURE_RECORD, (short) 0) == name;
    }

    short readSignature(byte[] target) {
        Util.arrayCopyNonAtomic(signed, (short) 0, target, (short) 0, signedLength[0]);
        return Tlv.wrap(target, signedLength[0], RECORD_TEMPLATE);
    }
}
