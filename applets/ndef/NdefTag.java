// SPDX-License-Identifier: Apache-2.0
package cose.ndef;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;
import org.globalplatform.Application;

/**
 * An NFC Forum Type 4 Tag: what a phone reads when it touches the card. A capability container says how large the NDEF
 * file is; the file is two octets of length and the message.
 *
 * <p>Source: NFC Forum Type 4 Tag 2.0, mapping version 2.0.
 */
public final class NdefTag extends Applet implements Application {
    private static final byte INS_READ_BINARY = (byte) 0xB0;
    private static final byte INS_UPDATE_BINARY = (byte) 0xD6;

    private static final byte SELECT_BY_IDENTIFIER = 0x00;
    private static final byte FIRST_WITHOUT_ANSWER = 0x0C;

    private static final short NO_FILE = 0;
    private static final short CAPABILITIES = (short) 0xE103;
    private static final short NDEF = (short) 0xE104;

    private static final short NDEF_CAPACITY = 512;
    private static final short LENGTH_FIELD = 2;

    /** Where STORE DATA has the number of its block: GPC 2.3.1 11.11.2.2. */
    private static final short OFFSET_BLOCK = ISO7816.OFFSET_P2;

    /** Table 4: length, mapping version, most to read, most to write, then the control block of the NDEF file. */
    private static final byte[] CAPABILITY_CONTAINER = {
        0x00, 0x0F, 0x20, 0x00, (byte) 0xF0, 0x00, (byte) 0xF0,
        0x04, 0x06, (byte) 0xE1, 0x04, 0x02, 0x00, 0x00, 0x00
    };
    private static final short MOST_AT_ONCE = 0xF0;

    /** A URI record: well known type 'U', prefix 04 is https://. */
    private static final byte[] DEFAULT_MESSAGE = {
        (byte) 0xD1, 0x01, 0x0C, 'U', 0x04, 'e', 'x', 'a', 'm', 'p', 'l', 'e', '.', 'o', 'r', 'g'
    };

    private final byte[] ndefFile;
    /** The file that is selected, until the applet is not. */
    private final short[] selected;

    private NdefTag(byte[] message, short offset, short length) {
        ndefFile = new byte[NDEF_CAPACITY];
        selected = JCSystem.makeTransientShortArray((short) 1, JCSystem.CLEAR_ON_DESELECT);
        Util.setShort(ndefFile, (short) 0, length);
        Util.arrayCopyNonAtomic(message, offset, ndefFile, LENGTH_FIELD, length);
    }

    /** The parameters, if there are any, are the NDEF message. */
    public static void install(byte[] parameters, short offset, byte length) {
        short aid = offset;
        short control = (short) (aid + 1 + parameters[aid]);
        short own = (short) (control + 1 + parameters[control]);
        short ownLength = (short) (parameters[own] & 0xFF);
        NdefTag tag = ownLength == 0
                ? new NdefTag(DEFAULT_MESSAGE, (short) 0, (short) DEFAULT_MESSAGE.length)
                : new NdefTag(parameters, (short) (own + 1), ownLength);
        tag.register(parameters, (short) (aid + 1), parameters[aid]);
    }

    /** Personalisation: the blocks of STORE DATA are the message, one behind the other. Each is there wholly or not. */
    @Override
    public void processData(byte[] command, short offset, short length) {
        short size = (short) (command[(short) (offset + ISO7816.OFFSET_LC)] & 0xFF);
        short present = command[(short) (offset + OFFSET_BLOCK)] == 0 ? 0 : Util.getShort(ndefFile, (short) 0);
        if ((short) (LENGTH_FIELD + present + size) > NDEF_CAPACITY) {
            ISOException.throwIt(ISO7816.SW_FILE_FULL);
        }
        JCSystem.beginTransaction();
        short data = (short) (offset + ISO7816.OFFSET_CDATA);
        Util.arrayCopy(command, data, ndefFile, (short) (LENGTH_FIELD + present), size);
        Util.setShort(ndefFile, (short) 0, (short) (present + size));
        JCSystem.commitTransaction();
    }

    @Override
    public void process(APDU apdu) {
        if (selectingApplet()) {
            return;
        }
        byte[] buffer = apdu.getBuffer();
        if (!apdu.isISOInterindustryCLA()) {
            ISOException.throwIt(ISO7816.SW_CLA_NOT_SUPPORTED);
        }
        switch (buffer[ISO7816.OFFSET_INS]) {
            case ISO7816.INS_SELECT:
                selectFile(apdu, buffer);
                break;
            case INS_READ_BINARY:
                read(apdu, buffer);
                break;
            case INS_UPDATE_BINARY:
                update(apdu, buffer);
                break;
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }

    private void selectFile(APDU apdu, byte[] buffer) {
        if (buffer[ISO7816.OFFSET_P1] != SELECT_BY_IDENTIFIER || buffer[ISO7816.OFFSET_P2] != FIRST_WITHOUT_ANSWER) {
            ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
        }
        if (apdu.setIncomingAndReceive() != 2) {
            ISOException.throwIt(ISO7816.SW_WRONG_LENGTH);
        }
        short identifier = Util.getShort(buffer, ISO7816.OFFSET_CDATA);
        if (identifier != CAPABILITIES && identifier != NDEF) {
            ISOException.throwIt(ISO7816.SW_FILE_NOT_FOUND);
        }
        selected[0] = identifier;
    }

    private byte[] selectedFile() {
        if (selected[0] == NO_FILE) {
            ISOException.throwIt(ISO7816.SW_COMMAND_NOT_ALLOWED);
        }
        return selected[0] == NDEF ? ndefFile : CAPABILITY_CONTAINER;
    }

    private void read(APDU apdu, byte[] buffer) {
        byte[] file = selectedFile();
        short offset = offsetIn(file, buffer);
        short left = (short) (file.length - offset);
        short length = apdu.setOutgoing();
        if (length > MOST_AT_ONCE) {
            length = MOST_AT_ONCE;
        }
        if (length > left) {
            length = left;
        }
        apdu.setOutgoingLength(length);
        apdu.sendBytesLong(file, offset, length);
    }

    /** One command changes the file wholly or not at all: arrayCopy is atomic. */
    private void update(APDU apdu, byte[] buffer) {
        byte[] file = selectedFile();
        if (file != ndefFile) {
            ISOException.throwIt(ISO7816.SW_SECURITY_STATUS_NOT_SATISFIED);
        }
        short offset = offsetIn(file, buffer);
        short length = apdu.setIncomingAndReceive();
        if (length == 0 || length > MOST_AT_ONCE || length > (short) (file.length - offset)) {
            ISOException.throwIt(ISO7816.SW_WRONG_LENGTH);
        }
        Util.arrayCopy(buffer, ISO7816.OFFSET_CDATA, file, offset, length);
    }

    private static short offsetIn(byte[] file, byte[] buffer) {
        short offset = Util.getShort(buffer, ISO7816.OFFSET_P1);
        if (offset < 0 || offset >= (short) file.length) {
            ISOException.throwIt(ISO7816.SW_WRONG_P1P2);
        }
        return offset;
    }
}
