// SPDX-License-Identifier: Apache-2.0
package cose.hello;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.Util;

/** Greets whoever says a name: 80 10 00 00 with the name as data. The smallest applet that takes and gives data. */
public final class Hello extends Applet {
    private static final byte CLA = (byte) 0x80;
    private static final byte INS_GREET = 0x10;
    private static final short MAXIMUM_NAME = 32;

    private static final byte[] GREETING = {'H', 'e', 'l', 'l', 'o', ',', ' '};

    private Hello() {
        register();
    }

    public static void install(byte[] parameters, short offset, byte length) {
        new Hello();
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
            case INS_GREET:
                greet(apdu, buffer);
                break;
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }

    private static void greet(APDU apdu, byte[] buffer) {
        short nameLength = apdu.setIncomingAndReceive();
        if (nameLength == 0 || nameLength > MAXIMUM_NAME) {
            ISOException.throwIt(ISO7816.SW_WRONG_LENGTH);
        }
        short greetingLength = (short) GREETING.length;
        // The name moves behind the greeting; arrayCopy is safe where source and target overlap.
        Util.arrayCopyNonAtomic(buffer, ISO7816.OFFSET_CDATA, buffer, greetingLength, nameLength);
        Util.arrayCopyNonAtomic(GREETING, (short) 0, buffer, (short) 0, greetingLength);
        apdu.setOutgoingAndSend((short) 0, (short) (greetingLength + nameLength));
    }
}
