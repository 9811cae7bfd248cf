// SPDX-License-Identifier: Apache-2.0
package cose.payment;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;

/**
 * Commands of issuer scripts: data and a MAC of eight octets behind them (EMV 4.3 Book 2 §9, format 2; Book 3 §6.5).
 * The MAC goes over the header, the transaction counter, the first cryptogram and the data.
 */
final class Script {
    static final byte INS_CARD_BLOCK = 0x16;
    static final byte INS_APPLICATION_UNBLOCK = 0x18;
    static final byte INS_APPLICATION_BLOCK = 0x1E;
    static final byte INS_PIN_CHANGE = 0x24;
    static final byte INS_PUT_DATA = (byte) 0xDA;
    static final byte INS_UPDATE_RECORD = (byte) 0xDC;

    private static final byte SECURED = 0x04;
    private static final short MAC_LENGTH = 8;
    private static final short HEADER = 5;
    private static final short WORK = 300;
    private static final short SW_SECURITY_DATA_INCORRECT = 0x6988;
    private static final short SW_SECURITY_DATA_MISSING = 0x6987;

    private static final byte UNBLOCK = 0;
    private static final byte CHANGE = 2;

    private final Profile profile;
    private final Transaction transaction;
    private final byte[] work = JCSystem.makeTransientByteArray(WORK, JCSystem.CLEAR_ON_DESELECT);

    Script(Profile profile, Transaction transaction) {
        this.profile = profile;
        this.transaction = transaction;
    }

    static boolean isCommand(byte[] buffer) {
        byte ins = buffer[ISO7816.OFFSET_INS];
        return ins == INS_CARD_BLOCK || ins == INS_APPLICATION_UNBLOCK || ins == INS_APPLICATION_BLOCK
                || ins == INS_PIN_CHANGE || ins == INS_PUT_DATA || ins == INS_UPDATE_RECORD;
    }

    void run(byte[] buffer, short length) {
        if ((byte) (buffer[ISO7816.OFFSET_CLA] & 0x0C) != SECURED) {
            ISOException.throwIt(SW_SECURITY_DATA_MISSING);
        }
        if (!transaction.session.has(Session.HAS_CRYPTOGRAM)) {
            ISOException.throwIt(ISO7816.SW_CONDITIONS_NOT_SATISFIED);
        }
        if (!isAuthentic(buffer, length)) {
            transaction.counters.note(Counters.SCRIPT_FAILED);
            ISOException.throwIt(SW_SECURITY_DATA_INCORRECT);
        }
        execute(buffer, (short) (length - MAC_LENGTH));
        transaction.counters.countScript();
    }

    private boolean isAuthentic(byte[] buffer, short length) {
        short dataLength = (short) (length - MAC_LENGTH);
        if (dataLength < 0) {
            return false;
        }
        byte[] cryptogram = transaction.session.cryptogram;
        short end = Util.arrayCopyNonAtomic(buffer, (short) 0, work, (short) 0, HEADER);
        end = Util.setShort(work, end, transaction.counters.transactions);
        end = Util.arrayCopyNonAtomic(cryptogram, (short) 0, work, end, Keys.CRYPTOGRAM_LENGTH);
        end = Util.arrayCopyNonAtomic(buffer, ISO7816.OFFSET_CDATA, work, end, dataLength);
        deriveKey(true);
        profile.keys.macByScriptKey(work, (short) 0, end, work, (short) 0);
        return Util.arrayCompare(work, (short) 0, buffer, (short) (ISO7816.OFFSET_CDATA + dataLength), MAC_LENGTH)
                == 0;
    }

    private void deriveKey(boolean isForIntegrity) {
        if (transaction.cryptogram.hasCommonScriptKey()) {
            profile.keys.deriveCommonScriptKey(isForIntegrity, transaction.session.cryptogram);
        } else {
            profile.keys.deriveScriptKey(isForIntegrity, transaction.counters.transactions);
        }
    }

    private void execute(byte[] buffer, short length) {
        switch (buffer[ISO7816.OFFSET_INS]) {
            case INS_CARD_BLOCK:
                transaction.counters.note(Counters.CARD_BLOCKED);
                break;
            case INS_APPLICATION_BLOCK:
                transaction.counters.note(Counters.APPLICATION_BLOCKED);
                break;
            case INS_APPLICATION_UNBLOCK:
                transaction.counters.forget(Counters.APPLICATION_BLOCKED);
                break;
            case INS_PIN_CHANGE:
                changePin(buffer, length);
                break;
            case INS_PUT_DATA:
                putData(buffer, length);
                break;
            default:
                updateRecord(buffer, length);
        }
    }

    /** Without data: only the counter goes back. A new PIN comes enciphered, in Visa's block or the scheme-free one. */
    private void changePin(byte[] buffer, short length) {
        byte form = buffer[ISO7816.OFFSET_P2];
        if (length == 0 && form == UNBLOCK) {
            profile.pin.unblock();
            return;
        }
        short at = ISO7816.OFFSET_CDATA;
        boolean isVisa = !profile.isMastercard();
        if (form != (isVisa ? CHANGE : UNBLOCK)) {
            ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
        }
        short expected = (short) (isVisa ? 2 * Keys.BLOCK : Keys.BLOCK);
        if (length != expected) {
            ISOException.throwIt(ISO7816.SW_WRONG_LENGTH);
        }
        deriveKey(false);
        profile.keys.decipherByScriptKey(buffer, at, length);
        if (isVisa) {
            // VIS: the length in front of the block.
            if (buffer[at] != Pin.BLOCK_LENGTH) {
                ISOException.throwIt(ISO7816.SW_WRONG_DATA);
            }
            at++;
            profile.keys.addPinBinding(buffer, at);
        }
        profile.pin.change(buffer, at);
    }

    /** What was personalised may get another value of the same length. */
    private void putData(byte[] buffer, short length) {
        byte[] value = profile.objects.find(Util.getShort(buffer, ISO7816.OFFSET_P1));
        if (value == null) {
            ISOException.throwIt(Fci.SW_REFERENCE_NOT_FOUND);
        }
        replace(value, buffer, length);
    }

    private void updateRecord(byte[] buffer, short length) {
        byte[] content = profile.records.find(Records.nameIn(buffer));
        if (content == null) {
            ISOException.throwIt(ISO7816.SW_RECORD_NOT_FOUND);
        }
        replace(content, buffer, length);
    }

    private static void replace(byte[] value, byte[] buffer, short length) {
        if (length != (short) value.length) {
            ISOException.throwIt(ISO7816.SW_WRONG_LENGTH);
        }
        Util.arrayCopy(buffer, ISO7816.OFFSET_CDATA, value, (short) 0, length);
    }
}
