// SPDX-License-Identifier: Apache-2.0
package cose.globalprobe;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.Util;
import org.globalplatform.Application;

/** Takes the data of a personalization and gives them back: 80 10. */
public final class PlainProbe extends Applet implements Application {
    private static final byte INS_GIVE = 0x10;

    private final byte[] kept = new byte[64];
    private short length;

    private PlainProbe(byte[] parameters, short offset) {
        register(parameters, (short) (offset + 1), parameters[offset]);
    }

    public static void install(byte[] parameters, short offset, byte length) {
        new PlainProbe(parameters, offset);
    }

    @Override
    public void processData(byte[] buffer, short offset, short size) {
        if (size > (short) kept.length) {
            ISOException.throwIt(ISO7816.SW_WRONG_LENGTH);
        }
        length = size;
        Util.arrayCopy(buffer, offset, kept, (short) 0, size);
    }

    @Override
    public void process(APDU apdu) {
        if (selectingApplet()) {
            return;
        }
        if (apdu.getBuffer()[ISO7816.OFFSET_INS] != INS_GIVE) {
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
        apdu.setOutgoing();
        apdu.setOutgoingLength(length);
        apdu.sendBytesLong(kept, (short) 0, length);
    }
}
