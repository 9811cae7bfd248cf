// SPDX-License-Identifier: Apache-2.0
package cose.loyaltycard;

import cose.loyalty.Loyalty;
import cose.loyalty.Points;
import javacard.framework.AID;
import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Shareable;
import javacard.framework.Util;

/** Keeps the points of a person. Shops of the right provider reach it through {@link Loyalty}, readers by command. */
public final class LoyaltyCard extends Applet implements Loyalty {
    private static final byte CLA = (byte) 0x80;
    private static final byte INS_GET_POINTS = 0x10;

    /** The registered application provider whose shops may call. */
    private static final byte[] PARTNER = {(byte) 0xF0, 0x43, 0x6F, 0x53, 0x45};

    private short points;

    private LoyaltyCard() {
        register();
    }

    public static void install(byte[] parameters, short offset, byte length) {
        new LoyaltyCard();
    }

    /** JCRE 3.1 §6.2.4: null is "not for you". */
    @Override
    public Shareable getShareableInterfaceObject(AID client, byte parameter) {
        return isPartner(client) ? this : null;
    }

    @Override
    public void earn(short purchase) {
        requirePartner();
        if (purchase > 0) {
            points = Points.add(points, Points.of(purchase));
        }
    }

    @Override
    public boolean redeem(short wanted) {
        requirePartner();
        if (wanted <= 0 || wanted > points) {
            return false;
        }
        points -= wanted;
        return true;
    }

    @Override
    public short getPoints() {
        return points;
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
        if (buffer[ISO7816.OFFSET_INS] != INS_GET_POINTS) {
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
        Util.setShort(buffer, (short) 0, points);
        apdu.setOutgoingAndSend((short) 0, (short) 2);
    }

    /** Whoever got hold of the interface some other way is asked again. */
    private static void requirePartner() {
        if (!isPartner(JCSystem.getPreviousContextAID())) {
            ISOException.throwIt(ISO7816.SW_SECURITY_STATUS_NOT_SATISFIED);
        }
    }

    private static boolean isPartner(AID client) {
        return client != null && client.partialEquals(PARTNER, (short) 0, (byte) PARTNER.length);
    }
}
