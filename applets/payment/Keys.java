// SPDX-License-Identifier: Apache-2.0
package cose.payment;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;
import javacard.security.DESKey;
import javacard.security.KeyBuilder;
import javacard.security.Signature;
import javacardx.crypto.Cipher;

/** The card's symmetric keys, and what they do. */
final class Keys {
    static final short CRYPTOGRAM_LENGTH = 8;
    static final short KEY_LENGTH = 16;
    static final short BLOCK = 8;

    private static final short THREE_KEYS = 3 * KEY_LENGTH;

    private final DESKey cryptogramKey = persistent();
    private final DESKey integrityKey = persistent();
    private final DESKey confidentialityKey = persistent();
    private final DESKey checksumKey = persistent();
    private final DESKey session = transientKey();
    private final DESKey script = transientKey();

    private final Cipher cipher = Cipher.getInstance(Cipher.ALG_DES_ECB_NOPAD, false);
    private final Signature zerosMac = Signature.getInstance(Signature.ALG_DES_MAC8_ISO9797_1_M1_ALG3, false);
    private final Signature mac = Signature.getInstance(Signature.ALG_DES_MAC8_ISO9797_1_M2_ALG3, false);
    private final byte[] scratch = JCSystem.makeTransientByteArray(KEY_LENGTH, JCSystem.CLEAR_ON_DESELECT);

    private static DESKey persistent() {
        return (DESKey) KeyBuilder.buildKey(KeyBuilder.TYPE_DES, KeyBuilder.LENGTH_DES3_2KEY, false);
    }

    private static DESKey transientKey() {
        return (DESKey) KeyBuilder.buildKey(
                KeyBuilder.TYPE_DES_TRANSIENT_DESELECT, KeyBuilder.LENGTH_DES3_2KEY, false);
    }

    void set(byte[] data, short at, short size) {
        PersonalizedApplet.expect(size, THREE_KEYS);
        cryptogramKey.setKey(data, at);
        integrityKey.setKey(data, (short) (at + KEY_LENGTH));
        confidentialityKey.setKey(data, (short) (at + 2 * KEY_LENGTH));
    }

    void setChecksumKey(byte[] data, short at, short size) {
        PersonalizedApplet.expect(size, KEY_LENGTH);
        checksumKey.setKey(data, at);
    }

    /** EMV 4.3 Book 2 §A1.3.1: the diversifier stands in scratch, twice. */
    private void derive(DESKey from, DESKey to) {
        if (!from.isInitialized()) {
            ISOException.throwIt(ISO7816.SW_CONDITIONS_NOT_SATISFIED);
        }
        scratch[2] = (byte) 0xF0;
        scratch[(short) (BLOCK + 2)] = 0x0F;
        cipher.init(from, Cipher.MODE_ENCRYPT);
        cipher.doFinal(scratch, (short) 0, KEY_LENGTH, scratch, (short) 0);
        to.setKey(scratch, (short) 0);
    }

    /** The common session key of a transaction; M/Chip's own has the unpredictable number (4) in it. */
    void deriveSession(short counter, byte[] number, short at) {
        Util.arrayFillNonAtomic(scratch, (short) 0, KEY_LENGTH, (byte) 0);
        Util.setShort(scratch, (short) 0, counter);
        if (number != null) {
            Util.arrayCopyNonAtomic(number, at, scratch, (short) (BLOCK / 2), (short) (BLOCK / 2));
        }
        Util.arrayCopyNonAtomic(scratch, (short) 0, scratch, BLOCK, BLOCK);
        derive(cryptogramKey, session);
    }

    /** Eight octets at the target, over data filled up with 80 and zeros. */
    void macBySession(byte[] data, short offset, short length, byte[] target, short at) {
        mac.init(session, Signature.MODE_SIGN);
        mac.sign(data, offset, length, target, at);
    }

    /** By the card's own key over data filled up with zeros: cryptogram version 10. */
    void macByCardKey(byte[] data, short offset, short length, byte[] target, short at) {
        zerosMac.init(cryptogramKey, Signature.MODE_SIGN);
        zerosMac.sign(data, offset, length, target, at);
    }

    /** One block in place, under the session key or the card's own. */
    void encipher(boolean bySession, byte[] data, short at) {
        cipher.init(bySession ? session : cryptogramKey, Cipher.MODE_ENCRYPT);
        cipher.doFinal(data, at, BLOCK, data, at);
    }

    void encipherByChecksumKey(byte[] data, short at) {
        cipher.init(checksumKey, Cipher.MODE_ENCRYPT);
        cipher.doFinal(data, at, BLOCK, data, at);
    }

    /** VIS: the counter is added to the left half of a script key, and its complement to the right half. */
    void deriveScriptKey(boolean isForIntegrity, short counter) {
        DESKey key = isForIntegrity ? integrityKey : confidentialityKey;
        key.getKey(scratch, (short) 0);
        addAt((short) (BLOCK - 2), counter);
        addAt((short) (KEY_LENGTH - 2), (short) ~counter);
        script.setKey(scratch, (short) 0);
    }

    private void addAt(short at, short value) {
        Util.setShort(scratch, at, (short) (Util.getShort(scratch, at) ^ value));
    }

    /** EMV 4.3 Book 2 §A1.3: the common session key of the cryptogram. */
    void deriveCommonScriptKey(boolean isForIntegrity, byte[] cryptogram) {
        Util.arrayCopyNonAtomic(cryptogram, (short) 0, scratch, (short) 0, BLOCK);
        Util.arrayCopyNonAtomic(cryptogram, (short) 0, scratch, BLOCK, BLOCK);
        derive(isForIntegrity ? integrityKey : confidentialityKey, script);
    }

    void macByScriptKey(byte[] data, short offset, short length, byte[] target, short at) {
        mac.init(script, Signature.MODE_SIGN);
        mac.sign(data, offset, length, target, at);
    }

    void decipherByScriptKey(byte[] data, short at, short length) {
        cipher.init(script, Cipher.MODE_DECRYPT);
        cipher.doFinal(data, at, length, data, at);
    }

    /** VIS: PIN blocks of scripts are bound to the right half of the left half of the card's key. */
    void addPinBinding(byte[] block, short at) {
        cryptogramKey.getKey(scratch, (short) 0);
        for (short index = BLOCK / 2; index < BLOCK; index++) {
            block[(short) (at + index)] ^= scratch[index];
        }
    }
}
