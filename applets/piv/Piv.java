// SPDX-License-Identifier: Apache-2.0
package cose.piv;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.OwnerPIN;
import javacard.framework.Util;

/**
 * A key card with the commands of FIPS 201 (NIST SP 800-73-4 part 2): data objects, PIN and PUK, an administrator's
 * key, and key pairs that are made on the card and never leave it. This class knows commands and who may give them.
 */
public final class Piv extends Applet {
    private static final byte INS_VERIFY = 0x20;
    private static final byte INS_CHANGE_REFERENCE_DATA = 0x24;
    private static final byte INS_RESET_RETRY_COUNTER = 0x2C;
    private static final byte INS_GENERATE_KEY_PAIR = 0x47;
    private static final byte INS_GENERAL_AUTHENTICATE = (byte) 0x87;
    private static final byte INS_GET_RESPONSE = (byte) 0xC0;
    private static final byte INS_GET_DATA = (byte) 0xCB;
    private static final byte INS_PUT_DATA = (byte) 0xDB;

    private static final short CURRENT_TEMPLATE = 0x3FFF;

    private static final byte PIN_REFERENCE = (byte) 0x80;
    private static final byte PUK_REFERENCE = (byte) 0x81;
    private static final byte PIN_LENGTH = 8;
    private static final byte TRIES = 3;
    private static final byte PAD = (byte) 0xFF;
    private static final short SW_TRIES_LEFT = 0x63C0;
    private static final short SW_REFERENCE_NOT_FOUND = 0x6A88;

    private static final byte TAG_DYNAMIC_AUTHENTICATION = 0x7C;
    private static final byte TAG_CHALLENGE = (byte) 0x81;
    private static final byte TAG_RESPONSE = (byte) 0x82;

    private static final byte[] FIRST_PIN = {'1', '2', '3', '4', '5', '6', PAD, PAD};
    private static final byte[] FIRST_PUK = {'1', '2', '3', '4', '5', '6', '7', '8'};

    /** Application property template: PIX of the application and its authority (SP 800-73-4 part 2 table 3). */
    private static final byte[] PROPERTIES = {
        0x61, 0x11, 0x4F, 0x06, 0x00, 0x00, 0x10, 0x00, 0x01, 0x00,
        0x79, 0x07, 0x4F, 0x05, (byte) 0xA0, 0x00, 0x00, 0x03, 0x08
    };

    private final OwnerPIN pin;
    private final OwnerPIN puk;
    private final DataObjects objects;
    private final KeySlot[] slots;
    private final AdministratorKey administrator;
    private final Message message;

    private Piv() {
        pin = new OwnerPIN(TRIES, PIN_LENGTH);
        pin.update(FIRST_PIN, (short) 0, PIN_LENGTH);
        puk = new OwnerPIN(TRIES, PIN_LENGTH);
        puk.update(FIRST_PUK, (short) 0, PIN_LENGTH);
        objects = new DataObjects();
        message = new Message();
        administrator = new AdministratorKey();
        slots = new KeySlot[] {
            new KeySlot(KeySlot.AUTHENTICATION), new KeySlot(KeySlot.SIGNATURE), new KeySlot(KeySlot.KEY_MANAGEMENT),
            new KeySlot(KeySlot.CARD_AUTHENTICATION)
        };
    }

    public static void install(byte[] parameters, short offset, byte length) {
        new Piv().register(parameters, (short) (offset + 1), parameters[offset]);
    }

    @Override
    public void deselect() {
        pin.reset();
    }

    @Override
    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        if (selectingApplet()) {
            message.sendWhole(apdu, PROPERTIES);
            return;
        }
        if (buffer[ISO7816.OFFSET_INS] == INS_GET_RESPONSE) {
            message.sendMore(apdu);
            return;
        }
        if (!message.receive(apdu)) {
            return;
        }
        short reference = Util.getShort(buffer, ISO7816.OFFSET_P1);
        switch (buffer[ISO7816.OFFSET_INS]) {
            case INS_VERIFY:
                verify(reference);
                break;
            case INS_CHANGE_REFERENCE_DATA:
                change(reference);
                break;
            case INS_RESET_RETRY_COUNTER:
                unblock(reference);
                break;
            case INS_GET_DATA:
                require(reference == CURRENT_TEMPLATE, ISO7816.SW_INCORRECT_P1P2);
                message.setLength(objects.get(message.octets(), message.length()));
                message.send(apdu);
                break;
            case INS_PUT_DATA:
                require(reference == CURRENT_TEMPLATE, ISO7816.SW_INCORRECT_P1P2);
                requireAdministrator();
                objects.put(message.octets(), message.length());
                break;
            case INS_GENERATE_KEY_PAIR:
                requireAdministrator();
                message.setLength(slotOf(reference).generate(message.octets(), message.length()));
                message.send(apdu);
                break;
            case INS_GENERAL_AUTHENTICATE:
                authenticate(apdu, buffer[ISO7816.OFFSET_P1], buffer[ISO7816.OFFSET_P2]);
                break;
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }

    private static void require(boolean condition, short statusWord) {
        if (!condition) {
            ISOException.throwIt(statusWord);
        }
    }

    private void requireAdministrator() {
        require(administrator.isAuthenticated(), ISO7816.SW_SECURITY_STATUS_NOT_SATISFIED);
    }

    private KeySlot slotOf(short reference) {
        for (short index = 0; index < (short) slots.length; index++) {
            if (slots[index].reference == reference) {
                return slots[index];
            }
        }
        ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
        return null;
    }

    /** Without data: how many tries are left, or success if the PIN was given already. */
    private void verify(short reference) {
        require(reference == (short) (PIN_REFERENCE & 0xFF), SW_REFERENCE_NOT_FOUND);
        if (message.length() == 0) {
            require(pin.isValidated(), (short) (SW_TRIES_LEFT | pin.getTriesRemaining()));
            return;
        }
        require(message.length() == PIN_LENGTH, ISO7816.SW_WRONG_DATA);
        checked(pin, (short) 0);
    }

    /** Old and new one behind each other. */
    private void change(short reference) {
        boolean isPin = reference == (short) (PIN_REFERENCE & 0xFF);
        require(isPin || reference == (short) (PUK_REFERENCE & 0xFF), SW_REFERENCE_NOT_FOUND);
        replace(isPin ? pin : puk, isPin ? pin : puk);
    }

    /** PUK and new PIN behind each other. */
    private void unblock(short reference) {
        require(reference == (short) (PIN_REFERENCE & 0xFF), SW_REFERENCE_NOT_FOUND);
        replace(puk, pin);
    }

    private void replace(OwnerPIN proof, OwnerPIN target) {
        require(message.length() == (short) (2 * PIN_LENGTH), ISO7816.SW_WRONG_DATA);
        // SP 800-73-4 part 2 §2.4.3: a PIN has six digits at least.
        require(target != pin || hasSixDigits(PIN_LENGTH), ISO7816.SW_WRONG_DATA);
        checked(proof, (short) 0);
        target.update(message.octets(), PIN_LENGTH, PIN_LENGTH);
        target.resetAndUnblock();
    }

    private boolean hasSixDigits(short offset) {
        for (short index = 0; index < 6; index++) {
            byte digit = message.octets()[(short) (offset + index)];
            if (digit < '0' || digit > '9') {
                return false;
            }
        }
        return true;
    }

    private void checked(OwnerPIN secret, short offset) {
        require(secret.getTriesRemaining() != 0, ISO7816.SW_AUTHENTICATION_METHOD_BLOCKED);
        require(secret.check(message.octets(), offset, PIN_LENGTH),
                (short) (SW_TRIES_LEFT | secret.getTriesRemaining()));
    }

    private void authenticate(APDU apdu, byte algorithm, byte reference) {
        byte[] octets = message.octets();
        short end = message.length();
        short content = Tlv.contentOf(octets, (short) 0, end, TAG_DYNAMIC_AUTHENTICATION);
        short challenge = Tlv.find(octets, content, end, TAG_CHALLENGE);
        short response = Tlv.find(octets, content, end, TAG_RESPONSE);
        if (reference == AdministratorKey.REFERENCE) {
            require(algorithm == AdministratorKey.ALGORITHM, ISO7816.SW_INCORRECT_P1P2);
            authenticateAdministrator(apdu, challenge, response);
            return;
        }
        KeySlot slot = slotOf((short) (reference & 0xFF));
        require(slot.allows(pin), ISO7816.SW_SECURITY_STATUS_NOT_SATISFIED);
        require(challenge != Tlv.NONE, ISO7816.SW_WRONG_DATA);
        short start = Tlv.contentOf(octets, challenge, end, TAG_CHALLENGE);
        short length = slot.sign(algorithm, octets, start, Tlv.lengthAt(octets, challenge));
        if (slot.reference == KeySlot.SIGNATURE) {
            // SP 800-73-4 part 1 table 4: this key asks for the PIN each time.
            pin.reset();
        }
        length = Tlv.wrap(octets, length, TAG_RESPONSE);
        message.setLength(Tlv.wrap(octets, length, TAG_DYNAMIC_AUTHENTICATION));
        message.send(apdu);
    }

    private void authenticateAdministrator(APDU apdu, short challenge, short response) {
        byte[] octets = message.octets();
        if (response != Tlv.NONE && Tlv.lengthAt(octets, response) != 0) {
            short start = Tlv.contentOf(octets, response, message.length(), TAG_RESPONSE);
            require(administrator.check(octets, start, Tlv.lengthAt(octets, response)),
                    ISO7816.SW_SECURITY_STATUS_NOT_SATISFIED);
            return;
        }
        require(challenge != Tlv.NONE, ISO7816.SW_WRONG_DATA);
        short length = administrator.makeChallenge(octets);
        length = Tlv.wrap(octets, length, TAG_CHALLENGE);
        message.setLength(Tlv.wrap(octets, length, TAG_DYNAMIC_AUTHENTICATION));
        message.send(apdu);
    }
}
