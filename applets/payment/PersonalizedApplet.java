// SPDX-License-Identifier: Apache-2.0
package cose.payment;

import javacard.framework.AID;
import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Shareable;
import javacard.framework.Util;
import org.globalplatform.Application;
import org.globalplatform.GPSystem;
import org.globalplatform.SecureChannel;

/**
 * An applet that gets its data by STORE DATA (EMV Card Personalization Specification 1.1 §2): over a secure channel of
 * its security domain, by way of the domain, or, if it was installed so, from whoever comes first.
 *
 * <p>A data group has an identifier (2), a length (1, or FF and 2) and data; it may go over several commands.
 */
abstract class PersonalizedApplet extends Applet implements Application {
    private static final byte INS_INITIALIZE_UPDATE = 0x50;
    private static final byte INS_STORE_DATA = (byte) 0xE2;
    private static final byte CLA_PROPRIETARY = (byte) 0x80;
    private static final byte CLA_SECURED = (byte) 0x84;

    private static final byte LAST_BLOCK = (byte) 0x80;
    private static final byte ENCRYPTED = 0x60;
    private static final byte OPEN = 0x01;

    private static final short GROUP_HEADER = 3;
    private static final short LONG_GROUP_HEADER = 5;
    private static final short MAXIMUM_GROUP = 512;

    private final boolean isOpen;
    private boolean isComplete;
    private final byte[] pending;
    private final short[] pendingLength;

    PersonalizedApplet(boolean isOpen) {
        this.isOpen = isOpen;
        // Not of the selection: a domain calls while it is selected itself.
        pending = JCSystem.makeTransientByteArray(MAXIMUM_GROUP, JCSystem.CLEAR_ON_RESET);
        pendingLength = JCSystem.makeTransientShortArray((short) 1, JCSystem.CLEAR_ON_RESET);
    }

    /** Of install(): behind the instance's name and the control information stand the applet's own parameters. */
    static boolean isOpen(byte[] parameters, short offset) {
        short control = (short) (offset + 1 + parameters[offset]);
        short own = (short) (control + 1 + parameters[control]);
        return parameters[own] != 0 && parameters[(short) (own + 1)] == OPEN;
    }

    abstract void storeGroup(short group, byte[] data, short at, short size);

    @Override
    public Shareable getShareableInterfaceObject(AID client, byte parameter) {
        return this;
    }

    /** GPC 2.3.1 §9.6.1: a whole STORE DATA, whose sender the domain has authenticated. */
    @Override
    public void processData(byte[] data, short offset, short length) {
        short header = ISO7816.OFFSET_CDATA;
        store(data[(short) (offset + ISO7816.OFFSET_P1)], data, (short) (offset + header), (short) (length - header));
    }

    /** Whether it was a command of personalisation. */
    boolean personalizes(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        byte cla = buffer[ISO7816.OFFSET_CLA];
        byte ins = buffer[ISO7816.OFFSET_INS];
        if (cla == CLA_PROPRIETARY && ins == INS_INITIALIZE_UPDATE
                || cla == CLA_SECURED && ins == ISO7816.INS_EXTERNAL_AUTHENTICATE) {
            openChannel(apdu);
            return true;
        }
        if (ins != INS_STORE_DATA || cla != CLA_PROPRIETARY && cla != CLA_SECURED) {
            return false;
        }
        storeData(apdu, buffer);
        return true;
    }

    private void openChannel(APDU apdu) {
        if (isComplete) {
            ISOException.throwIt(ISO7816.SW_CONDITIONS_NOT_SATISFIED);
        }
        SecureChannel channel = GPSystem.getSecureChannel();
        if (channel == null) {
            ISOException.throwIt(ISO7816.SW_CONDITIONS_NOT_SATISFIED);
        }
        short length = channel.processSecurity(apdu);
        if (length > 0) {
            apdu.setOutgoingAndSend(ISO7816.OFFSET_CDATA, length);
        }
    }

    private void storeData(APDU apdu, byte[] buffer) {
        short length = apdu.setIncomingAndReceive();
        if (!isOpen) {
            SecureChannel channel = GPSystem.getSecureChannel();
            if (channel == null || (channel.getSecurityLevel() & SecureChannel.AUTHENTICATED) == 0) {
                ISOException.throwIt(ISO7816.SW_SECURITY_STATUS_NOT_SATISFIED);
            }
            short whole = channel.unwrap(buffer, (short) 0, (short) (ISO7816.OFFSET_CDATA + length));
            length = (short) (whole - ISO7816.OFFSET_CDATA);
        }
        store(buffer[ISO7816.OFFSET_P1], buffer, ISO7816.OFFSET_CDATA, length);
    }

    private void store(byte control, byte[] data, short at, short length) {
        if (isComplete) {
            ISOException.throwIt(ISO7816.SW_CONDITIONS_NOT_SATISFIED);
        }
        short held = pendingLength[0];
        if (length > (short) (MAXIMUM_GROUP - held)) {
            pendingLength[0] = 0;
            ISOException.throwIt(ISO7816.SW_WRONG_LENGTH);
        }
        Util.arrayCopyNonAtomic(data, at, pending, held, length);
        // Until all went well nothing is pending: a refused group is gone.
        pendingLength[0] = 0;
        short rest = storeWhole((short) (held + length), (control & ENCRYPTED) == ENCRYPTED);
        if ((control & LAST_BLOCK) != 0) {
            if (rest != 0) {
                ISOException.throwIt(ISO7816.SW_WRONG_DATA);
            }
            isComplete = true;
        }
        pendingLength[0] = rest;
    }

    /** Stores the groups that are there as a whole; how many octets of another one are left, at the beginning. */
    private short storeWhole(short end, boolean isEncrypted) {
        short at = 0;
        while ((short) (end - at) >= GROUP_HEADER) {
            short size = (short) (pending[(short) (at + 2)] & 0xFF);
            short content = (short) (at + GROUP_HEADER);
            if (size == 0xFF) {
                content = (short) (at + LONG_GROUP_HEADER);
                if (content > end) {
                    break;
                }
                size = Util.getShort(pending, (short) (at + GROUP_HEADER));
            }
            if (size < 0 || size > (short) (MAXIMUM_GROUP - LONG_GROUP_HEADER)) {
                ISOException.throwIt(ISO7816.SW_WRONG_DATA);
            }
            if (size > (short) (end - content)) {
                break;
            }
            storeGroup(Util.getShort(pending, at), pending, content, clear(content, size, isEncrypted));
            at = (short) (content + size);
        }
        Util.arrayCopyNonAtomic(pending, at, pending, (short) 0, (short) (end - at));
        return (short) (end - at);
    }

    private short clear(short at, short size, boolean isEncrypted) {
        if (!isEncrypted) {
            return size;
        }
        SecureChannel channel = GPSystem.getSecureChannel();
        if (channel == null) {
            ISOException.throwIt(ISO7816.SW_SECURITY_STATUS_NOT_SATISFIED);
        }
        return channel.decryptData(pending, at, size);
    }

    static void expect(short size, short wanted) {
        if (size != wanted) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
    }
}
