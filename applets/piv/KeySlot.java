// SPDX-License-Identifier: Apache-2.0
package cose.piv;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.OwnerPIN;
import javacard.framework.Util;
import javacard.security.ECPublicKey;
import javacard.security.KeyBuilder;
import javacard.security.KeyPair;
import javacard.security.RSAPublicKey;
import javacard.security.Signature;
import javacardx.crypto.Cipher;

/** One key pair of the card, made when it is asked for: EC on P-256 or RSA with 2048 bits. */
final class KeySlot {
    static final short AUTHENTICATION = 0x9A;
    static final short SIGNATURE = 0x9C;
    static final short KEY_MANAGEMENT = 0x9D;
    static final short CARD_AUTHENTICATION = 0x9E;

    /** Algorithms of SP 800-78-4 table 6-2. */
    private static final byte RSA_2048 = 0x07;
    private static final byte ECC_P256 = 0x11;
    private static final byte NONE = 0;

    private static final byte TAG_REQUEST = (byte) 0xAC;
    private static final byte TAG_ALGORITHM = (byte) 0x80;
    private static final byte TAG_PUBLIC_KEY = 0x49;
    private static final byte TAG_MODULUS = (byte) 0x81;
    private static final byte TAG_EXPONENT = (byte) 0x82;
    private static final byte TAG_POINT = (byte) 0x86;

    private static final short MODULUS_LENGTH = 256;
    private static final short POINT_LENGTH = 65;
    private static final short HASH_LENGTH = 32;

    final short reference;
    private byte algorithm;
    private KeyPair pair;
    private Cipher cipher;
    private Signature signature;

    KeySlot(short reference) {
        this.reference = reference;
    }

    /** SP 800-73-4 part 1 table 4: the key of the card itself may be used by anybody. */
    boolean allows(OwnerPIN pin) {
        return reference == CARD_AUTHENTICATION || pin.isValidated();
    }

    /** Replaces the request, AC and an algorithm in it, by the public key; returns its length. */
    short generate(byte[] message, short length) {
        short content = Tlv.contentOf(message, (short) 0, length, TAG_REQUEST);
        short wanted = Tlv.contentOf(message, content, length, TAG_ALGORITHM);
        if (Tlv.lengthAt(message, content) != 1) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
        byte newAlgorithm = message[wanted];
        prepare(newAlgorithm);
        // Unusable until the new pair is whole.
        algorithm = NONE;
        pair.genKeyPair();
        algorithm = newAlgorithm;
        short end = newAlgorithm == ECC_P256 ? putPoint(message) : putModulus(message);
        return wrapPublicKey(message, end);
    }

    private void prepare(byte newAlgorithm) {
        if (newAlgorithm != ECC_P256 && newAlgorithm != RSA_2048) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
        if (algorithm == newAlgorithm) {
            return;
        }
        algorithm = NONE;
        if (newAlgorithm == ECC_P256) {
            pair = new KeyPair(KeyPair.ALG_EC_FP, KeyBuilder.LENGTH_EC_FP_256);
            P256.setParameters(pair);
            signature = Signature.getInstance(Signature.ALG_ECDSA_SHA_256, false);
        } else {
            pair = new KeyPair(KeyPair.ALG_RSA_CRT, KeyBuilder.LENGTH_RSA_2048);
            cipher = Cipher.getInstance(Cipher.ALG_RSA_NOPAD, false);
        }
    }

    private short putPoint(byte[] message) {
        ((ECPublicKey) pair.getPublic()).getW(message, Tlv.putHeader(message, (short) 0, TAG_POINT, POINT_LENGTH));
        return (short) (2 + POINT_LENGTH);
    }

    private short putModulus(byte[] message) {
        RSAPublicKey key = (RSAPublicKey) pair.getPublic();
        short at = Tlv.putHeader(message, (short) 0, TAG_MODULUS, MODULUS_LENGTH);
        at += key.getModulus(message, at);
        short exponentLength = key.getExponent(message, (short) (at + 2));
        return (short) (Tlv.putHeader(message, at, TAG_EXPONENT, exponentLength) + exponentLength);
    }

    /** The tag 7F49 has two octets: 49 is put before the content as any tag, then 7F before that. */
    private static short wrapPublicKey(byte[] message, short length) {
        short whole = Tlv.wrap(message, length, TAG_PUBLIC_KEY);
        Util.arrayCopyNonAtomic(message, (short) 0, message, (short) 1, whole);
        message[0] = 0x7F;
        return (short) (whole + 1);
    }

    /** What is signed is replaced by the signature, at the start of the message; returns its length. */
    short sign(byte wanted, byte[] message, short offset, short length) {
        if (algorithm == NONE) {
            ISOException.throwIt(ISO7816.SW_CONDITIONS_NOT_SATISFIED);
        }
        if (wanted != algorithm) {
            ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
        }
        if (length != (algorithm == ECC_P256 ? HASH_LENGTH : MODULUS_LENGTH)) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
        if (algorithm == ECC_P256) {
            signature.init(pair.getPrivate(), Signature.MODE_SIGN);
            return signature.signPreComputedHash(message, offset, length, message, (short) 0);
        }
        // The padding came with the message (SP 800-73-4 part 2 appendix A): the card computes only.
        cipher.init(pair.getPrivate(), Cipher.MODE_DECRYPT);
        return cipher.doFinal(message, offset, length, message, (short) 0);
    }
}
