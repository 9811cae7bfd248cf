// SPDX-License-Identifier: Apache-2.0
package cose.ticket;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;
import javacard.security.AESKey;
import javacard.security.KeyBuilder;
import javacard.security.Signature;

/**
 * A public transport ticket: check in at one gate, check out at another, which takes the fare. Card and gates share a
 * key of this card. Each order of a gate carries a MAC over the card's counter, and the counter grows with each order
 * that was carried out; so no order works twice, and no challenge has to be asked for while a person walks through.
 */
public final class Ticket extends Applet {
    private static final byte CLA = (byte) 0x80;
    private static final byte INS_GET_STATUS = 0x10;
    private static final byte INS_CHECK_IN = 0x12;
    private static final byte INS_CHECK_OUT = 0x14;

    private static final byte OUTSIDE = 0;
    private static final byte TRAVELLING = 1;

    private static final short ID_LENGTH = 8;
    private static final short KEY_LENGTH = 16;
    private static final short MAC_LENGTH = 16;
    private static final short BALANCE_LENGTH = 2;
    private static final short PARAMETERS_LENGTH = (short) (ID_LENGTH + KEY_LENGTH + BALANCE_LENGTH);

    /** A gate says where (2) and when (4); at the end of a journey also the fare (2). */
    private static final short PLACE_LENGTH = 6;
    private static final short FARE_LENGTH = 2;

    /** At the end of its counter a ticket is worn out. */
    private static final short LAST_COUNT = 0x7FFF;

    private static final short SW_NOT_ENOUGH = (short) 0x9851;

    private final byte[] id;
    private final AESKey key;
    private final Signature mac;
    /** What a MAC goes over is put together here. */
    private final byte[] scratch;
    private static final short SCRATCH_LENGTH = 48;

    private short counter;
    private byte state;
    private final byte[] place;
    private short balance;

    private Ticket(byte[] parameters, short offset) {
        id = new byte[ID_LENGTH];
        place = new byte[PLACE_LENGTH];
        scratch = JCSystem.makeTransientByteArray(SCRATCH_LENGTH, JCSystem.CLEAR_ON_DESELECT);
        key = (AESKey) KeyBuilder.buildKey(KeyBuilder.TYPE_AES, KeyBuilder.LENGTH_AES_128, false);
        mac = Signature.getInstance(Signature.ALG_AES_CMAC_128, false);
        Util.arrayCopyNonAtomic(parameters, offset, id, (short) 0, ID_LENGTH);
        key.setKey(parameters, (short) (offset + ID_LENGTH));
        balance = Util.getShort(parameters, (short) (offset + ID_LENGTH + KEY_LENGTH));
        state = OUTSIDE;
    }

    /** The parameters: identification (8), key (16), balance (2). */
    public static void install(byte[] parameters, short offset, byte length) {
        short aid = offset;
        short control = (short) (aid + 1 + parameters[aid]);
        short own = (short) (control + 1 + parameters[control]);
        if (parameters[own] != PARAMETERS_LENGTH) {
            ISOException.throwIt(ISO7816.SW_DATA_INVALID);
        }
        Ticket ticket = new Ticket(parameters, (short) (own + 1));
        ticket.register(parameters, (short) (aid + 1), parameters[aid]);
    }

    @Override
    public void process(APDU apdu) {
        if (selectingApplet()) {
            return;
        }
        byte[] buffer = apdu.getBuffer();
        if (buffer[ISO7816.OFFSET_CLA] != CLA) {
            ISOException.throwIt(ISO7816.SW_CLA_NOT_SUPPORTED);
        }
        switch (buffer[ISO7816.OFFSET_INS]) {
            case INS_GET_STATUS:
                apdu.setOutgoingAndSend((short) 0, putStatus(buffer, (short) 0));
                break;
            case INS_CHECK_IN:
                receiveOrder(apdu, buffer, PLACE_LENGTH);
                checkIn(buffer);
                confirm(apdu, buffer, INS_CHECK_IN);
                break;
            case INS_CHECK_OUT:
                receiveOrder(apdu, buffer, (short) (PLACE_LENGTH + FARE_LENGTH));
                checkOut(buffer);
                confirm(apdu, buffer, INS_CHECK_OUT);
                break;
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }

    /** The MAC is checked before anything that the order says is looked at. */
    private void receiveOrder(APDU apdu, byte[] buffer, short length) {
        if (apdu.setIncomingAndReceive() != (short) (length + MAC_LENGTH)) {
            ISOException.throwIt(ISO7816.SW_WRONG_LENGTH);
        }
        short end = putHeader(buffer[ISO7816.OFFSET_INS]);
        end = Util.arrayCopyNonAtomic(buffer, ISO7816.OFFSET_CDATA, scratch, end, length);
        mac.init(key, Signature.MODE_VERIFY);
        if (!mac.verify(scratch, (short) 0, end, buffer, (short) (ISO7816.OFFSET_CDATA + length), MAC_LENGTH)) {
            ISOException.throwIt(ISO7816.SW_SECURITY_STATUS_NOT_SATISFIED);
        }
        if (counter == LAST_COUNT) {
            ISOException.throwIt(ISO7816.SW_CONDITIONS_NOT_SATISFIED);
        }
    }

    private void checkIn(byte[] buffer) {
        if (state != OUTSIDE) {
            ISOException.throwIt(ISO7816.SW_CONDITIONS_NOT_SATISFIED);
        }
        move(TRAVELLING, buffer, (short) 0);
    }

    private void checkOut(byte[] buffer) {
        if (state != TRAVELLING) {
            ISOException.throwIt(ISO7816.SW_CONDITIONS_NOT_SATISFIED);
        }
        short fare = Util.getShort(buffer, (short) (ISO7816.OFFSET_CDATA + PLACE_LENGTH));
        if (fare < 0) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
        if (fare > balance) {
            ISOException.throwIt(SW_NOT_ENOUGH);
        }
        move(OUTSIDE, buffer, fare);
    }

    /** All of it or nothing: a ticket that is pulled away too early is where it was. */
    private void move(byte newState, byte[] buffer, short fare) {
        JCSystem.beginTransaction();
        Util.arrayCopy(buffer, ISO7816.OFFSET_CDATA, place, (short) 0, PLACE_LENGTH);
        state = newState;
        balance -= fare;
        counter++;
        JCSystem.commitTransaction();
    }

    /** Tells the gate with a MAC of the card's own that it happened. */
    private void confirm(APDU apdu, byte[] buffer, byte instruction) {
        // An answer's header differs from that of any order, so that neither can be taken for the other.
        short end = putHeader((byte) (instruction | 0x80));
        end = putStatus(scratch, end);
        mac.init(key, Signature.MODE_SIGN);
        mac.sign(scratch, (short) 0, end, buffer, (short) 2);
        Util.setShort(buffer, (short) 0, counter);
        apdu.setOutgoingAndSend((short) 0, (short) (2 + MAC_LENGTH));
    }

    /** What every MAC begins with; returns where it ends. */
    private short putHeader(byte instruction) {
        scratch[0] = instruction;
        short end = Util.arrayCopyNonAtomic(id, (short) 0, scratch, (short) 1, ID_LENGTH);
        return Util.setShort(scratch, end, counter);
    }

    private short putStatus(byte[] target, short offset) {
        short end = Util.arrayCopyNonAtomic(id, (short) 0, target, offset, ID_LENGTH);
        end = Util.setShort(target, end, counter);
        target[end++] = state;
        end = Util.arrayCopyNonAtomic(place, (short) 0, target, end, PLACE_LENGTH);
        return Util.setShort(target, end, balance);
    }
}
