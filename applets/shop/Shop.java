// SPDX-License-Identifier: Apache-2.0
package cose.shop;

import cose.loyalty.Loyalty;
import cose.loyalty.Points;
import javacard.framework.AID;
import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;

/** A shop's applet: books purchases and pays rewards with the points of the loyalty card beside it. */
public final class Shop extends Applet {
    private static final byte CLA = (byte) 0x80;
    private static final byte INS_PURCHASE = 0x10;
    private static final byte INS_REWARD = 0x12;
    private static final byte INS_EARNS = 0x14;

    private static final short SW_NO_LOYALTY_CARD = (short) 0x9861;
    private static final short SW_NOT_ENOUGH = (short) 0x9851;

    private static final byte[] LOYALTY_CARD = {(byte) 0xF0, 0x43, 0x6F, 0x53, 0x45, 0x15, 0x01};

    private Shop() {
        register();
    }

    public static void install(byte[] parameters, short offset, byte length) {
        new Shop();
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
        byte instruction = buffer[ISO7816.OFFSET_INS];
        if (apdu.setIncomingAndReceive() != 2) {
            ISOException.throwIt(ISO7816.SW_WRONG_LENGTH);
        }
        short amount = Util.getShort(buffer, ISO7816.OFFSET_CDATA);
        switch (instruction) {
            case INS_PURCHASE:
                Util.setShort(buffer, (short) 0, purchase(amount));
                break;
            case INS_REWARD:
                Util.setShort(buffer, (short) 0, reward(amount));
                break;
            case INS_EARNS:
                Util.setShort(buffer, (short) 0, Points.of(amount));
                break;
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
        apdu.setOutgoingAndSend((short) 0, (short) 2);
    }

    private static short purchase(short amount) {
        Loyalty loyalty = loyaltyCard();
        loyalty.earn(amount);
        return loyalty.getPoints();
    }

    private static short reward(short points) {
        Loyalty loyalty = loyaltyCard();
        if (!loyalty.redeem(points)) {
            ISOException.throwIt(SW_NOT_ENOUGH);
        }
        return loyalty.getPoints();
    }

    /** Asked for each time: the loyalty card may be deleted or come later. */
    private static Loyalty loyaltyCard() {
        AID server = JCSystem.lookupAID(LOYALTY_CARD, (short) 0, (byte) LOYALTY_CARD.length);
        Loyalty loyalty = null;
        if (server != null) {
            loyalty = (Loyalty) JCSystem.getAppletShareableInterfaceObject(server, (byte) 0);
        }
        if (loyalty == null) {
            ISOException.throwIt(SW_NO_LOYALTY_CARD);
        }
        return loyalty;
    }
}
