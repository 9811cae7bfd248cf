// SPDX-License-Identifier: Apache-2.0
package cose.payment;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.Util;

/** What personalisation gives to the application, by data groups. README.md lists groups and parameters. */
final class Profile {
    private static final short GROUP_OBJECTS = 0x3000;
    private static final short GROUP_PARAMETERS = 0x3001;
    private static final short GROUP_KEYS = (short) 0x8000;
    private static final short GROUP_CHECKSUM_KEY = (short) 0x8001;
    private static final short GROUP_PIN = (short) 0x8010;
    private static final short GROUP_PIN_LIMIT = (short) 0x9010;
    private static final short GROUP_PROCESSING = (short) 0x9104;
    private static final short GROUP_CONTACTLESS_PROCESSING = (short) 0xB104;
    private static final short GROUP_TAP = (short) 0xB105;
    private static final short GROUPS_OF_CARD_KEY = (short) 0x8200;
    private static final short GROUPS_OF_PIN_KEY = (short) 0x8300;
    private static final short KEY_PARTS = 5;

    /** Parameters. */
    static final short SCHEME = 0xC1;
    static final short CRYPTOGRAM_VERSION = 0xC2;
    static final short ACTIONS = 0xC3;
    static final short COUNT_LIMITS = 0xC4;
    static final short AMOUNT_LIMITS = 0xC5;
    static final short COUNTRY = 0xC6;
    static final short TAP_SIGNATURE_RECORD = 0xC7;
    static final short CHECKSUM_VECTORS = 0xC8;
    static final short RELAY_TIMES = 0xC9;
    static final short OPTIONS = 0xCA;
    private static final short CARD_KEY_PART = 0xCB;
    private static final short PIN_KEY_PART = 0xCC;

    static final short OPTION_ISSUER_AUTHENTICATION = 0x80;
    static final short OPTION_LOG_ALL = 0x40;
    static final short OPTION_FORMAT_1 = 0x20;
    static final short OPTION_PIN_BLOCKS = 0x10;

    static final short INTERCHANGE_PROFILE = 0x82;
    static final short FILE_LOCATOR = 0x94;
    private static final short CDOL1 = 0x8C;
    private static final short CDOL2 = 0x8D;
    private static final short PDOL = (short) 0x9F38;

    final Records records = new Records();
    final DataObjects objects = new DataObjects();
    final DataObjects parameters = new DataObjects();
    final Fci fci = new Fci();
    final Fci contactlessFci = new Fci();
    final Dol pdol = new Dol();
    final Dol contactlessPdol = new Dol();
    final Dol cdol1 = new Dol();
    final Dol cdol2 = new Dol();
    final Keys keys = new Keys();
    final CardSignature signature = new CardSignature();
    final Pin pin = new Pin();

    /** Interchange profile and file locator as elements; null where there are none. */
    private byte[] processing;
    private byte[] contactlessProcessing;
    /** What the answer of a single tap has besides. */
    byte[] tapObjects = new byte[0];

    void store(short group, byte[] data, short at, short size) {
        if (Records.isRecord(group)) {
            storeRecord(group, data, at, size);
            return;
        }
        short part = (short) (group & 0xFF);
        if (part > 0 && part <= KEY_PARTS) {
            if ((short) (group - part) == GROUPS_OF_CARD_KEY) {
                signature.key.setPart(part, data, at, size, parameters.octet(CARD_KEY_PART, (short) 0));
                return;
            }
            if ((short) (group - part) == GROUPS_OF_PIN_KEY) {
                pin.key.setPart(part, data, at, size, parameters.octet(PIN_KEY_PART, (short) 0));
                return;
            }
        }
        storeOther(group, data, at, size);
    }

    private void storeOther(short group, byte[] data, short at, short size) {
        switch (group) {
            case GROUP_OBJECTS:
                objects.putAll(data, at, size);
                break;
            case GROUP_PARAMETERS:
                parameters.putAll(data, at, size);
                break;
            case GROUP_KEYS:
                keys.set(data, at, size);
                break;
            case GROUP_CHECKSUM_KEY:
                keys.setChecksumKey(data, at, size);
                break;
            case GROUP_PIN:
                pin.set(data, at, size);
                break;
            case GROUP_PIN_LIMIT:
                pin.setLimit(data, at, size);
                break;
            case Fci.GROUP:
                storeFci(fci, pdol, data, at, size);
                break;
            case Fci.CONTACTLESS_GROUP:
                storeFci(contactlessFci, contactlessPdol, data, at, size);
                break;
            case GROUP_PROCESSING:
                processing = copy(data, at, size);
                break;
            case GROUP_CONTACTLESS_PROCESSING:
                contactlessProcessing = copy(data, at, size);
                break;
            case GROUP_TAP:
                tapObjects = copy(data, at, size);
                break;
            default:
                ISOException.throwIt(Fci.SW_REFERENCE_NOT_FOUND);
        }
    }

    private static byte[] copy(byte[] data, short at, short size) {
        byte[] made = new byte[size];
        Util.arrayCopyNonAtomic(data, at, made, (short) 0, size);
        return made;
    }

    private static void storeFci(Fci fci, Dol list, byte[] data, short at, short size) {
        fci.set(data, at, size);
        short found = fci.find(PDOL);
        if (found != Tlv.NONE) {
            list.set(fci.octets(), Tlv.valueOf(fci.octets(), found), Tlv.sizeOf(fci.octets(), found));
        }
    }

    /** Which values come with GENERATE AC stands in a record, where terminals read it as well. */
    private void storeRecord(short name, byte[] data, short at, short size) {
        records.put(name, data, at, size);
        short content = Tlv.valueOf(data, at);
        short end = (short) (at + size);
        storeList(cdol1, CDOL1, data, content, end);
        storeList(cdol2, CDOL2, data, content, end);
    }

    private static void storeList(Dol list, short tag, byte[] data, short at, short end) {
        short found = Tlv.find(data, at, end, tag);
        if (found != Tlv.NONE) {
            list.set(data, Tlv.valueOf(data, found), Tlv.sizeOf(data, found));
        }
    }

    /** Of the interface, or of the other one if this has none. */
    byte[] processing(boolean isContactless) {
        byte[] wanted = isContactless ? contactlessProcessing : processing;
        if (wanted != null) {
            return wanted;
        }
        byte[] other = isContactless ? processing : contactlessProcessing;
        if (other == null) {
            ISOException.throwIt(ISO7816.SW_CONDITIONS_NOT_SATISFIED);
        }
        return other;
    }

    Fci fci(boolean isContactless) {
        return isContactless && contactlessFci.isThere() || !fci.isThere() ? contactlessFci : fci;
    }

    Dol pdol(boolean isContactless) {
        return fci(isContactless) == contactlessFci ? contactlessPdol : pdol;
    }

    boolean hasOption(short option) {
        return (short) (parameters.octet(OPTIONS, (short) 0) & option) != 0;
    }

    boolean isMastercard() {
        return parameters.octet(SCHEME, (short) 0) == 1;
    }

    /** Of the cryptogram, as issuers number them. */
    short version() {
        return parameters.octet(CRYPTOGRAM_VERSION, (short) 1);
    }
}
