// SPDX-License-Identifier: Apache-2.0
package cose.wallet;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.OwnerPIN;
import javacard.framework.Util;

/**
 * A wallet: a balance behind a PIN, and a log of what happened to it. Balance, count and log entry change in one
 * transaction, so that the log always adds up to the balance, whenever the power goes.
 */
public final class Wallet extends Applet {
    private static final byte CLA = (byte) 0x80;
    private static final byte INS_VERIFY = 0x20;
    private static final byte INS_CREDIT = 0x30;
    private static final byte INS_DEBIT = 0x40;
    private static final byte INS_GET_BALANCE = 0x50;
    private static final byte INS_READ_LOG = 0x52;

    private static final byte PIN_TRIES = 3;
    private static final byte PIN_MAXIMUM = 8;
    private static final byte[] DEFAULT_PIN = {'1', '2', '3', '4'};

    private static final short MAXIMUM_BALANCE = 10000;
    private static final short MAXIMUM_AMOUNT = 1000;
    private static final short AMOUNT_LENGTH = 2;

    /** An entry: the operation, the amount, the balance after it. */
    private static final short ENTRY_LENGTH = 5;
    private static final short ENTRIES = 8;
    /** The last count before it falls back by a whole ring; one less than a multiple of ENTRIES. */
    private static final short MAXIMUM_COUNT = 0x7FFF;

    /** 63Cx: wrong PIN, x tries left (ISO/IEC 7816-4). */
    private static final short SW_TRIES_LEFT = 0x63C0;
    private static final short SW_LIMIT = (short) 0x9850;
    private static final short SW_NOT_ENOUGH = (short) 0x9851;

    private final OwnerPIN pin;
    private final byte[] log;
    private short balance;
    private short count;

    private Wallet(byte[] parameters, short offset, byte length) {
        pin = new OwnerPIN(PIN_TRIES, PIN_MAXIMUM);
        if (length == 0) {
            pin.update(DEFAULT_PIN, (short) 0, (byte) DEFAULT_PIN.length);
        } else {
            pin.update(parameters, offset, length);
        }
        log = new byte[(short) (ENTRIES * ENTRY_LENGTH)];
    }

    /** The parameters, if there are any, are the PIN. */
    public static void install(byte[] parameters, short offset, byte length) {
        // GPC 2.3.1 §11.5.2.3.6: instance AID, control information, application's own parameters, each with its length.
        short aid = offset;
        short control = (short) (aid + 1 + parameters[aid]);
        short own = (short) (control + 1 + parameters[control]);
        Wallet wallet = new Wallet(parameters, (short) (own + 1), parameters[own]);
        wallet.register(parameters, (short) (aid + 1), parameters[aid]);
    }

    /** A blocked wallet cannot be selected. */
    @Override
    public boolean select() {
        return pin.getTriesRemaining() != 0;
    }

    @Override
    public void deselect() {
        pin.reset();
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
            case INS_VERIFY:
                verify(apdu, buffer);
                break;
            case INS_CREDIT:
                credit(amountIn(apdu, buffer));
                break;
            case INS_DEBIT:
                debit(amountIn(apdu, buffer));
                break;
            case INS_GET_BALANCE:
                sendBalance(apdu, buffer);
                break;
            case INS_READ_LOG:
                sendLogEntry(apdu, buffer);
                break;
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }

    private void verify(APDU apdu, byte[] buffer) {
        short length = apdu.setIncomingAndReceive();
        if (length > PIN_MAXIMUM) {
            ISOException.throwIt(ISO7816.SW_WRONG_LENGTH);
        }
        if (!pin.check(buffer, ISO7816.OFFSET_CDATA, (byte) length)) {
            ISOException.throwIt((short) (SW_TRIES_LEFT | pin.getTriesRemaining()));
        }
    }

    private short amountIn(APDU apdu, byte[] buffer) {
        if (!pin.isValidated()) {
            ISOException.throwIt(ISO7816.SW_SECURITY_STATUS_NOT_SATISFIED);
        }
        if (apdu.setIncomingAndReceive() != AMOUNT_LENGTH) {
            ISOException.throwIt(ISO7816.SW_WRONG_LENGTH);
        }
        short amount = Util.getShort(buffer, ISO7816.OFFSET_CDATA);
        if (amount <= 0 || amount > MAXIMUM_AMOUNT) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
        return amount;
    }

    private void credit(short amount) {
        if ((short) (balance + amount) > MAXIMUM_BALANCE) {
            ISOException.throwIt(SW_LIMIT);
        }
        book(INS_CREDIT, amount, (short) (balance + amount));
    }

    private void debit(short amount) {
        if (amount > balance) {
            ISOException.throwIt(SW_NOT_ENOUGH);
        }
        book(INS_DEBIT, amount, (short) (balance - amount));
    }

    private void book(byte operation, short amount, short newBalance) {
        short entry = (short) ((short) (count % ENTRIES) * ENTRY_LENGTH);
        JCSystem.beginTransaction();
        log[entry] = operation;
        Util.setShort(log, (short) (entry + 1), amount);
        Util.setShort(log, (short) (entry + 3), newBalance);
        // Never negative, and the place in the ring goes on where it was.
        count = (short) (count == MAXIMUM_COUNT ? MAXIMUM_COUNT + 1 - ENTRIES : count + 1);
        balance = newBalance;
        JCSystem.commitTransaction();
    }

    private void sendBalance(APDU apdu, byte[] buffer) {
        Util.setShort(buffer, (short) 0, balance);
        Util.setShort(buffer, (short) 2, count);
        apdu.setOutgoingAndSend((short) 0, (short) 4);
    }

    /** P1 says which: 0 is the latest. */
    private void sendLogEntry(APDU apdu, byte[] buffer) {
        short back = buffer[ISO7816.OFFSET_P1];
        if (back < 0 || back >= ENTRIES || back >= count) {
            ISOException.throwIt(ISO7816.SW_RECORD_NOT_FOUND);
        }
        short entry = (short) ((short) ((short) (count - 1 - back) % ENTRIES) * ENTRY_LENGTH);
        Util.arrayCopyNonAtomic(log, entry, buffer, (short) 0, ENTRY_LENGTH);
        apdu.setOutgoingAndSend((short) 0, ENTRY_LENGTH);
    }
}
