// SPDX-License-Identifier: Apache-2.0
package cose.crc32;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacardx.framework.util.intx.JCint;

/**
 * CRC-32 (ISO-HDLC) of data that comes in any number of commands. Here because it needs 32-bit arithmetic: a package
 * that runs only on cards with the type int.
 */
public final class Crc32 extends Applet {
    private static final byte CLA = (byte) 0x80;
    private static final byte INS_START = 0x10;
    private static final byte INS_UPDATE = 0x12;
    private static final byte INS_FINISH = 0x14;

    /** The polynomial 04C11DB7 with its bits turned round, as data comes with the lowest bit first. */
    private static final int POLYNOMIAL = 0xEDB88320;
    private static final int ALL_ONES = 0xFFFFFFFF;
    private static final short TABLE_LENGTH = 256;
    private static final short RESULT_LENGTH = 4;

    private final int[] table;
    private final int[] remainder;

    private Crc32() {
        table = new int[TABLE_LENGTH];
        for (short index = 0; index < TABLE_LENGTH; index++) {
            table[index] = tableEntry(index);
        }
        remainder = JCint.makeTransientIntArray((short) 1, JCSystem.CLEAR_ON_DESELECT);
        register();
    }

    public static void install(byte[] parameters, short offset, byte length) {
        new Crc32();
    }

    /** A new conversation begins with the remainder of no data. */
    @Override
    public boolean select() {
        remainder[0] = ALL_ONES;
        return true;
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
            case INS_START:
                remainder[0] = ALL_ONES;
                break;
            case INS_UPDATE:
                remainder[0] = update(remainder[0], buffer, ISO7816.OFFSET_CDATA, apdu.setIncomingAndReceive());
                break;
            case INS_FINISH:
                JCint.setInt(buffer, (short) 0, ~remainder[0]);
                apdu.setOutgoingAndSend((short) 0, RESULT_LENGTH);
                break;
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }

    private static int tableEntry(short index) {
        int entry = index;
        for (byte bit = 0; bit < 8; bit++) {
            entry = (entry & 1) != 0 ? (entry >>> 1) ^ POLYNOMIAL : entry >>> 1;
        }
        return entry;
    }

    private int update(int value, byte[] data, short offset, short length) {
        short end = (short) (offset + length);
        for (short at = offset; at < end; at++) {
            value = table[(short) ((value ^ data[at]) & 0xFF)] ^ (value >>> 8);
        }
        return value;
    }
}
