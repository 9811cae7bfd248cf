// SPDX-License-Identifier: Apache-2.0
package cose.payment;

import javacard.framework.APDU;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.Util;
import javacard.security.RandomData;

/**
 * An EMV payment application (EMV 4.3 Books 1 to 3; EMV Contactless Books C-2 and C-3). All that is a bank's choice
 * comes by personalisation; this class knows the commands.
 */
public final class Payment extends PersonalizedApplet {
    private static final byte INS_VERIFY = 0x20;
    private static final byte INS_COMPUTE_CRYPTOGRAPHIC_CHECKSUM = 0x2A;
    private static final byte INS_GET_CHALLENGE = (byte) 0x84;
    private static final byte INS_INTERNAL_AUTHENTICATE = (byte) 0x88;
    private static final byte INS_GET_PROCESSING_OPTIONS = (byte) 0xA8;
    private static final byte INS_GENERATE_AC = (byte) 0xAE;
    private static final byte INS_READ_RECORD = (byte) 0xB2;
    private static final byte INS_GET_RESPONSE = (byte) 0xC0;
    private static final byte INS_GET_DATA = (byte) 0xCA;
    private static final byte INS_EXCHANGE_RELAY_RESISTANCE_DATA = (byte) 0xEA;

    private static final byte CLA_PROPRIETARY = (byte) 0x80;

    private static final short PLAIN_PIN = 0x0080;
    private static final short ENCIPHERED_PIN = 0x0088;
    private static final short CHECKSUM_PARAMETERS = (short) 0x8E80;

    private static final short LAST_ONLINE = (short) 0x9F13;
    private static final short PIN_TRIES = (short) 0x9F17;

    /** EMV 4.3 Book 1 table 48: the application is blocked; the card is, or does not do that. */
    private static final short SW_APPLICATION_BLOCKED = 0x6283;
    private static final short SW_CARD_BLOCKED = ISO7816.SW_FUNC_NOT_SUPPORTED;

    private final Profile profile = new Profile();
    private final RandomData random = RandomData.getInstance(RandomData.ALG_SECURE_RANDOM);
    private final Transaction transaction = new Transaction(profile, random);
    private final Contactless contactless = new Contactless(profile, transaction, random);
    private final Script script = new Script(profile, transaction);
    private final Reply reply = new Reply();

    private Payment(boolean isOpen) {
        super(isOpen);
    }

    public static void install(byte[] parameters, short offset, byte length) {
        new Payment(isOpen(parameters, offset)).register(parameters, (short) (offset + 1), parameters[offset]);
    }

    @Override
    void storeGroup(short group, byte[] data, short at, short size) {
        profile.store(group, data, at, size);
    }

    @Override
    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        if (transaction.counters.has(Counters.CARD_BLOCKED)) {
            ISOException.throwIt(SW_CARD_BLOCKED);
        }
        if (selectingApplet()) {
            select(apdu);
            return;
        }
        if (personalizes(apdu)) {
            return;
        }
        if (buffer[ISO7816.OFFSET_INS] == INS_GET_RESPONSE) {
            reply.sendMore(apdu);
            return;
        }
        reply.clear();
        if (Script.isCommand(buffer)) {
            script.run(buffer, apdu.setIncomingAndReceive());
            return;
        }
        switch (buffer[ISO7816.OFFSET_CLA]) {
            case ISO7816.CLA_ISO7816:
                processStandard(apdu, buffer);
                break;
            case CLA_PROPRIETARY:
                processProprietary(apdu, buffer);
                break;
            default:
                ISOException.throwIt(ISO7816.SW_CLA_NOT_SUPPORTED);
        }
    }

    private void select(APDU apdu) {
        transaction.clear();
        contactless.clear();
        reply.clear();
        boolean isContactless = Directory.isProximitySelected();
        if (isContactless) {
            transaction.session.note(Session.CONTACTLESS);
        }
        reply.send(apdu, profile.fci(isContactless).put(reply.octets));
        if (transaction.counters.has(Counters.APPLICATION_BLOCKED)) {
            ISOException.throwIt(SW_APPLICATION_BLOCKED);
        }
    }

    private void processStandard(APDU apdu, byte[] buffer) {
        switch (buffer[ISO7816.OFFSET_INS]) {
            case INS_READ_RECORD:
                reply.send(apdu, readRecord(Records.nameIn(buffer)));
                break;
            case INS_VERIFY:
                verify(apdu, buffer);
                break;
            case INS_GET_CHALLENGE:
                random.generateData(transaction.session.challenge, (short) 0, Session.CHALLENGE_LENGTH);
                transaction.session.note(Session.HAS_CHALLENGE);
                reply.send(apdu, Util.arrayCopyNonAtomic(transaction.session.challenge, (short) 0, reply.octets,
                        (short) 0, Session.CHALLENGE_LENGTH));
                break;
            case INS_INTERNAL_AUTHENTICATE:
                reply.send(apdu, transaction.signNumber(buffer, apdu.setIncomingAndReceive(), reply.octets));
                break;
            case ISO7816.INS_EXTERNAL_AUTHENTICATE:
                transaction.authenticateIssuer(buffer, apdu.setIncomingAndReceive());
                break;
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }

    private void processProprietary(APDU apdu, byte[] buffer) {
        short length;
        switch (buffer[ISO7816.OFFSET_INS]) {
            case INS_GET_PROCESSING_OPTIONS:
                length = initiate(buffer, apdu.setIncomingAndReceive());
                break;
            case INS_GENERATE_AC:
                length = transaction.generate(buffer, apdu.setIncomingAndReceive(), reply.octets);
                break;
            case INS_GET_DATA:
                length = getData(Util.getShort(buffer, ISO7816.OFFSET_P1));
                break;
            case INS_EXCHANGE_RELAY_RESISTANCE_DATA:
                length = contactless.exchange(buffer, apdu.setIncomingAndReceive(), reply.octets);
                break;
            case INS_COMPUTE_CRYPTOGRAPHIC_CHECKSUM:
                requireParameters(buffer, CHECKSUM_PARAMETERS);
                length = contactless.computeChecksum(buffer, apdu.setIncomingAndReceive(), reply.octets);
                break;
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
                return;
        }
        reply.send(apdu, length);
    }

    private static void requireParameters(byte[] buffer, short wanted) {
        if (Util.getShort(buffer, ISO7816.OFFSET_P1) != wanted) {
            ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
        }
    }

    private short initiate(byte[] buffer, short length) {
        requireParameters(buffer, (short) 0);
        transaction.initiate(buffer, length);
        return contactless.isTap() ? contactless.tap(reply.octets) : transaction.answerProcessing(reply.octets);
    }

    private short readRecord(short name) {
        if (contactless.isSignatureRecord(name)) {
            return contactless.readSignature(reply.octets);
        }
        if (transaction.log.isFile(name)) {
            return transaction.log.read(name, reply.octets);
        }
        return profile.records.read(name, reply.octets);
    }

    /** EMV 4.3 Book 3 §6.5.7: the card's counters, and what was personalised for it. */
    private short getData(short tag) {
        byte[] target = reply.octets;
        switch (tag) {
            case Transaction.COUNTER:
                return Tlv.putShort(target, (short) 0, tag, transaction.counters.transactions);
            case LAST_ONLINE:
                return Tlv.putShort(target, (short) 0, tag, transaction.counters.lastOnline);
            case PIN_TRIES:
                return Tlv.putByte(target, (short) 0, tag, profile.pin.triesLeft());
            default:
                byte[] value = profile.objects.find(tag);
                if (value == null) {
                    ISOException.throwIt(Fci.SW_REFERENCE_NOT_FOUND);
                }
                return Tlv.put(target, (short) 0, tag, value, (short) 0, (short) value.length);
        }
    }

    private void verify(APDU apdu, byte[] buffer) {
        short form = Util.getShort(buffer, ISO7816.OFFSET_P1);
        short length = apdu.setIncomingAndReceive();
        transaction.session.require(Session.INITIATED);
        try {
            if (form == PLAIN_PIN) {
                profile.pin.verify(buffer, ISO7816.OFFSET_CDATA, length, transaction.session);
            } else if (form == ENCIPHERED_PIN) {
                RsaKey key = profile.pin.key.isThere() ? profile.pin.key : profile.signature.key;
                profile.pin.verifyEnciphered(buffer, ISO7816.OFFSET_CDATA, length, key, transaction.session);
            } else {
                ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
            }
        } finally {
            blockWhenExhausted();
        }
    }

    private void blockWhenExhausted() {
        if (profile.pin.triesLeft() == 0 && profile.hasOption(Profile.OPTION_PIN_BLOCKS)) {
            transaction.counters.note(Counters.APPLICATION_BLOCKED);
        }
    }
}
