// SPDX-License-Identifier: Apache-2.0
package cose.payment;

import javacard.framework.AID;
import javacard.framework.APDU;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;

/**
 * A payment system environment: PSE, whose records list the applications, or PPSE, whose answer to SELECT does (EMV 4.3
 * Book 1 §11.3, EMV Contactless Book B §3.3).
 */
public final class Directory extends PersonalizedApplet {
    private static final byte INS_READ_RECORD = (byte) 0xB2;

    /** 2PAY.SYS.DDF01 */
    private static final byte[] PROXIMITY = {
        '2', 'P', 'A', 'Y', '.', 'S', 'Y', 'S', '.', 'D', 'D', 'F', '0', '1'
    };

    private final Records records = new Records();
    private final Fci fci = new Fci();
    /** Since the last reset, and not followed by a PSE. */
    private final boolean[] wasSelected = JCSystem.makeTransientBooleanArray((short) 1, JCSystem.CLEAR_ON_RESET);
    private final boolean isProximity;

    private Directory(byte[] parameters, short offset) {
        super(isOpen(parameters, offset));
        isProximity = parameters[offset] == (byte) PROXIMITY.length
                && Util.arrayCompare(parameters, (short) (offset + 1), PROXIMITY, (short) 0, (short) PROXIMITY.length)
                        == 0;
    }

    public static void install(byte[] parameters, short offset, byte length) {
        new Directory(parameters, offset).register(parameters, (short) (offset + 1), parameters[offset]);
    }

    /**
     * Whether the terminal came by the contactless directory. A card in the cloud has no antenna to ask.
     */
    static boolean isProximitySelected() {
        Directory directory = proximity();
        return directory != null && directory.wasSelected[0];
    }

    /** The PPSE of this package, if it is on the card. */
    private static Directory proximity() {
        AID aid = JCSystem.lookupAID(PROXIMITY, (short) 0, (byte) PROXIMITY.length);
        Object found = aid == null ? null : JCSystem.getAppletShareableInterfaceObject(aid, (byte) 0);
        return found instanceof Directory ? (Directory) found : null;
    }

    @Override
    void storeGroup(short group, byte[] data, short at, short size) {
        if (Records.isRecord(group)) {
            records.put(group, data, at, size);
        } else if (group == Fci.GROUP) {
            fci.set(data, at, size);
        } else {
            ISOException.throwIt(Fci.SW_REFERENCE_NOT_FOUND);
        }
    }

    @Override
    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        if (selectingApplet()) {
            noteSelection();
            apdu.setOutgoingAndSend((short) 0, fci.put(buffer));
            return;
        }
        if (personalizes(apdu)) {
            return;
        }
        if (buffer[ISO7816.OFFSET_INS] != INS_READ_RECORD) {
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
        apdu.setOutgoingAndSend((short) 0, records.read(Records.nameIn(buffer), buffer));
    }

    private void noteSelection() {
        if (isProximity) {
            wasSelected[0] = true;
            return;
        }
        Directory other = proximity();
        if (other != null) {
            other.wasSelected[0] = false;
        }
    }
}
