// SPDX-License-Identifier: Apache-2.0
package cose.globalprobe;

import javacard.framework.AID;
import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Shareable;
import javacard.framework.Util;
import org.globalplatform.Application;
import org.globalplatform.CVM;
import org.globalplatform.GPRegistryEntry;
import org.globalplatform.GPSystem;
import org.globalplatform.GlobalService;
import org.globalplatform.Personalization;
import org.globalplatform.SecureChannel;
import org.globalplatform.SecureChannelx;
import org.globalplatform.SecureChannelx2;

/**
 * Calls each method of org.globalplatform once per instruction and shows what comes of it. It is a global service and
 * takes personalization data, too.
 */
public final class GlobalProbe extends Applet implements Personalization, GlobalService, Application {
    private static final short DATA = ISO7816.OFFSET_CDATA;
    private static final byte WITHIN_TRANSACTION = 1;

    private GlobalProbe(byte[] parameters, short offset) {
        register(parameters, (short) (offset + 1), parameters[offset]);
    }

    public static void install(byte[] parameters, short offset, byte length) {
        new GlobalProbe(parameters, offset);
    }

    @Override
    public Shareable getShareableInterfaceObject(AID client, byte parameter) {
        return parameter == GPSystem.GLOBAL_SERVICE_IDENTIFIER ? this : null;
    }

    /** The service: says its name in the client's buffer by processData(). */
    @Override
    public Shareable getServiceInterface(GPRegistryEntry client, short service, byte[] buffer, short offset,
            short length) {
        return client == null ? null : this;
    }

    @Override
    public void processData(byte[] buffer, short offset, short length) {
        for (short at = 0; at < length; at++) {
            buffer[(short) (offset + at)] ^= (byte) 0xFF;
        }
    }

    /** Personalization: the command's data backwards. */
    @Override
    public short processData(byte[] in, short inOffset, short inLength, byte[] out, short outOffset) {
        short size = (short) (in[(short) (inOffset + ISO7816.OFFSET_LC)] & 0xFF);
        if (size == 1) {
            ISOException.throwIt(ISO7816.SW_DATA_INVALID);
        }
        for (short at = 0; at < size; at++) {
            out[(short) (outOffset + at)] = in[(short) (inOffset + inLength - 1 - at)];
        }
        return size;
    }

    @Override
    public void process(APDU apdu) {
        if (selectingApplet()) {
            return;
        }
        byte[] buffer = apdu.getBuffer();
        short answer;
        switch ((byte) (buffer[ISO7816.OFFSET_INS] & 0xF0)) {
            case 0x10:
                answer = card(apdu, buffer);
                break;
            case 0x20:
                answer = verification(apdu, buffer);
                break;
            case 0x30:
                answer = registry(apdu, buffer);
                break;
            case 0x40:
                answer = services(apdu, buffer);
                break;
            case 0x60:
                answer = channel(apdu, buffer);
                break;
            default:
                answer = GPSystem.getSecureChannel().processSecurity(apdu);
        }
        apdu.setOutgoingAndSend(DATA, answer);
    }

    private static short bool(byte[] buffer, boolean value) {
        buffer[DATA] = (byte) (value ? 1 : 0);
        return 1;
    }

    private static short card(APDU apdu, byte[] buffer) {
        short length = apdu.setIncomingAndReceive();
        byte parameter = buffer[ISO7816.OFFSET_P1];
        switch (buffer[ISO7816.OFFSET_INS]) {
            case 0x10:
                buffer[DATA] = GPSystem.getCardState();
                buffer[(short) (DATA + 1)] = GPSystem.getCardContentState();
                return 2;
            case 0x11:
                return bool(buffer, GPSystem.setCardContentState(parameter));
            case 0x12:
                return bool(buffer, GPSystem.lockCard());
            case 0x13:
                return bool(buffer, GPSystem.terminateCard());
            case 0x14:
                return bool(buffer, GPSystem.setATRHistBytes(buffer, DATA, (byte) length));
            case 0x15:
                short information = (short) (parameter & 0xFF);
                short end = GPSystem.getCardInfo(buffer, DATA, information);
                if ((short) (end - DATA) != GPSystem.getCardInfoLength(information)) {
                    ISOException.throwIt(ISO7816.SW_UNKNOWN);
                }
                return (short) (end - DATA);
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
                return 0;
        }
    }

    private static short verification(APDU apdu, byte[] buffer) {
        byte length = (byte) apdu.setIncomingAndReceive();
        byte parameter = buffer[ISO7816.OFFSET_P1];
        byte second = buffer[ISO7816.OFFSET_P2];
        CVM pin = GPSystem.getCVM(GPSystem.CVM_GLOBAL_PIN);
        switch (buffer[ISO7816.OFFSET_INS]) {
            case 0x20:
                bool(buffer, pin.isBlocked());
                buffer[DATA] <<= 1;
                buffer[DATA] |= (byte) (pin.isVerified() ? 1 : 0);
                buffer[DATA] <<= 1;
                buffer[DATA] |= (byte) (pin.isSubmitted() ? 1 : 0);
                buffer[DATA] <<= 1;
                buffer[DATA] |= (byte) (pin.isActive() ? 1 : 0);
                buffer[(short) (DATA + 1)] = pin.getTriesRemaining();
                return 2;
            case 0x21:
                return bool(buffer, pin.update(buffer, DATA, length, parameter));
            case 0x22:
                if (second == WITHIN_TRANSACTION) {
                    JCSystem.beginTransaction();
                }
                short verified = pin.verify(buffer, DATA, length, parameter);
                if (second == WITHIN_TRANSACTION) {
                    JCSystem.abortTransaction();
                }
                Util.setShort(buffer, DATA, verified);
                return 2;
            case 0x23:
                return bool(buffer, pin.resetState());
            case 0x24:
                return bool(buffer, pin.blockState());
            case 0x25:
                return bool(buffer, pin.resetAndUnblockState());
            case 0x26:
                return bool(buffer, pin.setTryLimit(parameter));
            case 0x27:
                return bool(buffer, GPSystem.getCVM(parameter) == null);
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
                return 0;
        }
    }

    private static AID name(byte[] buffer, short length) {
        return length == 0 ? null : new AID(buffer, DATA, (byte) length);
    }

    private static short registry(APDU apdu, byte[] buffer) {
        short length = apdu.setIncomingAndReceive();
        byte parameter = buffer[ISO7816.OFFSET_P1];
        byte instruction = buffer[ISO7816.OFFSET_INS];
        AID wanted = name(buffer, length);
        GPRegistryEntry entry = GPSystem.getRegistryEntry(instruction == 0x33 ? null : wanted);
        if (entry == null) {
            ISOException.throwIt(ISO7816.SW_FILE_NOT_FOUND);
        }
        switch (instruction) {
            case 0x30:
                buffer[DATA] = entry.getState();
                short end = entry.getPrivileges(buffer, (short) (DATA + 1));
                return (short) (end - DATA + entry.getAID().getBytes(buffer, end));
            case 0x31:
                return bool(buffer, entry.setState(parameter));
            case 0x32:
                return bool(buffer, entry.isPrivileged(parameter));
            case 0x33:
                return bool(buffer, entry.isAssociated(wanted));
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
                return 0;
        }
    }

    private static short services(APDU apdu, byte[] buffer) {
        short length = apdu.setIncomingAndReceive();
        short wanted = Util.getShort(buffer, ISO7816.OFFSET_P1);
        GPRegistryEntry own = GPSystem.getRegistryEntry(null);
        switch (buffer[ISO7816.OFFSET_INS]) {
            case 0x40:
                own.registerService(wanted);
                return 0;
            case 0x41:
                own.deregisterService(wanted);
                return 0;
            case 0x42:
                GlobalService found = GPSystem.getService(name(buffer, length), wanted);
                if (found == null) {
                    ISOException.throwIt(ISO7816.SW_RECORD_NOT_FOUND);
                }
                Application service =
                        (Application) found.getServiceInterface(own, wanted, buffer, DATA, (short) 0);
                service.processData(buffer, DATA, (short) 4);
                return 4;
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
                return 0;
        }
    }

    /** The secure channel beyond processSecurity(APDU); what is after 0x60 is expected under secure messaging. */
    private static short channel(APDU apdu, byte[] buffer) {
        short length = apdu.setIncomingAndReceive();
        SecureChannel channel = GPSystem.getSecureChannel();
        byte parameter = buffer[ISO7816.OFFSET_P1];
        if (buffer[ISO7816.OFFSET_CLA] == (byte) 0x84) {
            length = (short) (channel.unwrap(buffer, (short) 0, (short) (length + DATA)) - DATA);
        }
        switch (buffer[ISO7816.OFFSET_INS]) {
            case 0x60:
                return length;
            case 0x61:
                buffer[DATA] = channel.getSecurityLevel();
                return 1;
            case 0x62:
                return channel.decryptData(buffer, DATA, length);
            case 0x63:
                return channel.encryptData(buffer, DATA, length);
            case 0x64:
                channel.resetSecurity();
                return 0;
            case 0x65:
                ((SecureChannelx) channel).setSecurityLevel(parameter);
                return 0;
            case 0x66:
                return ((SecureChannelx2) channel).processSecurity(buffer, DATA, length, DATA);
            case 0x67:
                Util.setShort(buffer, (short) (DATA + length), ISO7816.SW_NO_ERROR);
                return (short) (channel.wrap(buffer, DATA, (short) (length + 2)) - 2);
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
                return 0;
        }
    }
}
