// SPDX-License-Identifier: Apache-2.0
package cose.payment;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;
import javacard.security.RandomData;

/** From GET PROCESSING OPTIONS to the last cryptogram (EMV 4.3 Book 3 chapter 10). */
final class Transaction {
    static final short FORMAT_1 = 0x80;
    static final short FORMAT_2 = 0x77;
    static final short COUNTER = (short) 0x9F36;
    static final short INFORMATION = (short) 0x9F27;
    static final short CRYPTOGRAM = (short) 0x9F26;
    static final short ISSUER_DATA = (short) 0x9F10;
    static final short SIGNATURE = (short) 0x9F4B;

    private static final byte COMMAND_TEMPLATE = (byte) 0x83;
    private static final short LAST_COUNT = (short) 0xFFFF;
    private static final short SW_AUTHENTICATION_FAILED = 0x6300;

    private static final byte TYPE = (byte) 0xC0;
    private static final byte WANTS_SIGNATURE = 0x10;

    private static final short NUMBER = (short) 0x9F37;
    private static final short NUMBER_LENGTH = 4;
    private static final short RESPONSE_CODE = 0x8A;
    private static final short ISSUER_AUTHENTICATION = 0x91;

    /** The card's number in signed dynamic data. */
    static final short CARD_NUMBER = 8;
    private static final short CRYPTOGRAM_AT = 1 + CARD_NUMBER + 1;
    private static final short DYNAMIC_CAPACITY = 64;

    private final Profile profile;
    final Counters counters = new Counters();
    final Session session = new Session();
    final TerminalData terminal = new TerminalData();
    final Risk risk;
    final IssuerData issuerData;
    final Cryptogram cryptogram;
    final Log log;
    private final RandomData random;
    private final byte[] dynamic = JCSystem.makeTransientByteArray(DYNAMIC_CAPACITY, JCSystem.CLEAR_ON_DESELECT);

    Transaction(Profile profile, RandomData random) {
        this.profile = profile;
        this.random = random;
        risk = new Risk(profile, counters, terminal);
        issuerData = new IssuerData(profile, counters, session);
        cryptogram = new Cryptogram(profile, counters, session, terminal, issuerData);
        log = new Log(profile, counters, terminal);
    }

    void clear() {
        session.clear();
        terminal.clear();
    }

    byte[] processing() {
        return profile.processing(session.has(Session.CONTACTLESS));
    }

    /** GET PROCESSING OPTIONS up to its answer: template 83 in, and the counter grows. */
    void initiate(byte[] buffer, short length) {
        session.require(Session.IDLE);
        short at = ISO7816.OFFSET_CDATA;
        if (length < 2 || buffer[at] != COMMAND_TEMPLATE || Tlv.next(buffer, at) != (short) (at + length)) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
        processing();
        if (counters.transactions == LAST_COUNT) {
            ISOException.throwIt(ISO7816.SW_CONDITIONS_NOT_SATISFIED);
        }
        short value = Tlv.valueOf(buffer, at);
        terminal.add(profile.pdol(session.has(Session.CONTACTLESS)), buffer, value, (short) (at + length - value));
        counters.transactions++;
        session.setState(Session.INITIATED);
    }

    /** Interchange profile and file locator. */
    short answerProcessing(byte[] target) {
        byte[] elements = processing();
        if (session.has(Session.CONTACTLESS) || !profile.hasOption(Profile.OPTION_FORMAT_1)) {
            Util.arrayCopyNonAtomic(elements, (short) 0, target, (short) 0, (short) elements.length);
            return Tlv.wrap(target, (short) elements.length, FORMAT_2);
        }
        short end = putValue(elements, Profile.INTERCHANGE_PROFILE, target, (short) 0);
        return Tlv.wrap(target, putValue(elements, Profile.FILE_LOCATOR, target, end), FORMAT_1);
    }

    private static short putValue(byte[] elements, short tag, byte[] target, short at) {
        short found = Tlv.find(elements, (short) 0, (short) elements.length, tag);
        return found == Tlv.NONE ? at
                : Util.arrayCopyNonAtomic(elements, Tlv.valueOf(elements, found), target, at,
                        Tlv.sizeOf(elements, found));
    }

    /** INTERNAL AUTHENTICATE: the signature over a number of the card's and what the terminal sent. */
    short signNumber(byte[] buffer, short length, byte[] target) {
        session.require(Session.INITIATED);
        short size = profile.signature.key.size();
        boolean isFormat1 = profile.hasOption(Profile.OPTION_FORMAT_1);
        short at = isFormat1 ? 0 : Tlv.putHeader(target, (short) 0, SIGNATURE, size);
        short end = profile.signature.sign(dynamic, putCardNumber(), buffer, ISO7816.OFFSET_CDATA, length, target, at);
        session.note(Session.SIGNED_NUMBER);
        return Tlv.wrap(target, end, isFormat1 ? FORMAT_1 : FORMAT_2);
    }

    private short putCardNumber() {
        dynamic[0] = (byte) CARD_NUMBER;
        random.generateData(dynamic, (short) 1, CARD_NUMBER);
        return (short) (1 + CARD_NUMBER);
    }

    /** GENERATE AC, first or second. */
    short generate(byte[] buffer, short length, byte[] target) {
        byte control = buffer[ISO7816.OFFSET_P1];
        byte wanted = (byte) (control & TYPE);
        boolean isSecond = session.state() == Session.ONLINE;
        if (wanted == TYPE) {
            ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
        }
        if (!isSecond) {
            session.require(Session.INITIATED);
        }
        boolean signs = (control & WANTS_SIGNATURE) != 0;
        if (signs) {
            profile.signature.key.size();
        }
        terminal.add(isSecond ? profile.cdol2 : profile.cdol1, buffer, ISO7816.OFFSET_CDATA, length);
        byte type = isSecond ? decideAgain(wanted) : decide(wanted);
        signs = signs && type != Risk.AAC;
        if (signs) {
            session.note(isSecond ? Session.SIGNED_SECOND : Session.SIGNED_FIRST);
        }
        keep(isSecond, type);
        return answer(isSecond, type, signs, target);
    }

    private byte decide(byte wanted) {
        session.setFindings(risk.find(session));
        byte type = risk.decide(wanted, session.findings());
        session.setFirstType(type);
        return type;
    }

    private byte decideAgain(byte wanted) {
        short code = terminal.find(RESPONSE_CODE);
        // EMV 4.3 Book 4 annex A6: Y3 and Z3 say that the terminal was unable to go online.
        if (code != Tlv.NONE && terminal.octets()[(short) (code + 1)] == '3'
                && (terminal.octets()[code] == 'Y' || terminal.octets()[code] == 'Z')) {
            session.note(Session.UNABLE_TO_GO_ONLINE);
        } else {
            checkIssuerInList();
        }
        return risk.decideAgain(wanted, session);
    }

    /** Zeros are what a terminal fills in that has no answer of the issuer's. */
    private void checkIssuerInList() {
        short at = terminal.find(ISSUER_AUTHENTICATION);
        if (at == Tlv.NONE || session.has(Session.ISSUER_DONE)) {
            return;
        }
        short length = profile.cdol2.sizeOf(ISSUER_AUTHENTICATION);
        byte any = 0;
        for (short index = 0; index < length; index++) {
            any |= terminal.octets()[(short) (at + index)];
        }
        if (any != 0) {
            cryptogram.checkIssuer(terminal.octets(), at, length);
        }
    }

    void keep(boolean isSecond, byte type) {
        boolean isLast = type != Risk.ARQC;
        boolean logs = isLast && (type == Risk.TC || profile.hasOption(Profile.OPTION_LOG_ALL)) && log.isThere();
        JCSystem.beginTransaction();
        if (isSecond) {
            risk.noteSecond(type, session);
        } else {
            risk.noteFirst(type, session);
        }
        if (logs) {
            log.append(type);
        }
        JCSystem.commitTransaction();
        session.setState(isLast ? Session.DONE : Session.ONLINE);
    }

    private short answer(boolean isSecond, byte type, boolean signs, byte[] target) {
        short end = Tlv.putByte(target, (short) 0, INFORMATION, type);
        end = Tlv.putShort(target, end, COUNTER, counters.transactions);
        short header = Tlv.putHeader(target, end, ISSUER_DATA, (short) 0);
        short issuerEnd = issuerData.put(target, header, isSecond, type);
        target[(short) (header - 1)] = (byte) (issuerEnd - header);
        cryptogram.compute(processing(), target, header, (short) (issuerEnd - header), dynamic, CRYPTOGRAM_AT);
        if (!isSecond) {
            keepCryptogram();
        }
        if (signs) {
            return Tlv.wrap(target, putSignature(type, target, issuerEnd), FORMAT_2);
        }
        if (profile.hasOption(Profile.OPTION_FORMAT_1) && !session.has(Session.CONTACTLESS)) {
            return answerFormat1(type, target, header, issuerEnd);
        }
        issuerEnd = Tlv.put(target, issuerEnd, CRYPTOGRAM, dynamic, CRYPTOGRAM_AT, Keys.CRYPTOGRAM_LENGTH);
        return Tlv.wrap(target, issuerEnd, FORMAT_2);
    }

    /** Of this transaction, for the issuer's answer and its scripts. */
    private void keepCryptogram() {
        Util.arrayCopyNonAtomic(dynamic, CRYPTOGRAM_AT, session.cryptogram, (short) 0, Keys.CRYPTOGRAM_LENGTH);
        session.note(Session.HAS_CRYPTOGRAM);
    }

    /** The cryptogram of a tap, into the session. */
    void computeFirst(byte[] issuer, short at, short length) {
        cryptogram.compute(processing(), issuer, at, length, dynamic, CRYPTOGRAM_AT);
        keepCryptogram();
    }

    /** EMV 4.3 Book 3 table 12: information, counter, cryptogram, issuer data. */
    private short answerFormat1(byte type, byte[] target, short issuer, short issuerEnd) {
        short fixed = 1 + 2 + Keys.CRYPTOGRAM_LENGTH;
        short length = (short) (issuerEnd - issuer);
        Util.arrayCopyNonAtomic(target, issuer, target, fixed, length);
        target[0] = type;
        Util.setShort(target, (short) 1, counters.transactions);
        Util.arrayCopyNonAtomic(dynamic, CRYPTOGRAM_AT, target, (short) 3, Keys.CRYPTOGRAM_LENGTH);
        return Tlv.wrap(target, (short) (fixed + length), FORMAT_1);
    }

    /**
     * EMV 4.3 Book 2 §6.6.1, tables 18 and 19: number, information, cryptogram and the hash of all that was sent and is
     * answered; behind that, what relay resistance told (EMV Contactless Book C-2 §S3R1).
     */
    private short putSignature(byte type, byte[] target, short end) {
        putCardNumber();
        short at = (short) (1 + CARD_NUMBER);
        dynamic[at] = type;
        at += (short) (1 + Keys.CRYPTOGRAM_LENGTH);
        profile.signature.hash(terminal.octets(), terminal.length(), target, end, dynamic, at);
        at += CardSignature.HASH_LENGTH;
        if (session.relayCount() != 0) {
            at = Util.arrayCopyNonAtomic(session.relay, (short) 0, dynamic, at, Session.RELAY_LENGTH);
        }
        short number = terminal.find(NUMBER);
        short signature = Tlv.putHeader(target, end, SIGNATURE, profile.signature.key.size());
        return profile.signature.sign(dynamic, at, terminal.octets(), number == Tlv.NONE ? 0 : number,
                number == Tlv.NONE ? 0 : NUMBER_LENGTH, target, signature);
    }

    /** EXTERNAL AUTHENTICATE: once a transaction. */
    void authenticateIssuer(byte[] buffer, short length) {
        session.require(Session.ONLINE);
        if (session.has(Session.ISSUER_DONE)) {
            ISOException.throwIt(ISO7816.SW_CONDITIONS_NOT_SATISFIED);
        }
        if (!cryptogram.checkIssuer(buffer, ISO7816.OFFSET_CDATA, length)) {
            ISOException.throwIt(SW_AUTHENTICATION_FAILED);
        }
    }
}
