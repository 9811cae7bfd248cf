// SPDX-License-Identifier: Apache-2.0
package cose.payment;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.security.KeyBuilder;
import javacard.security.RSAPrivateCrtKey;
import javacardx.crypto.Cipher;

/** A private key of the card, personalised in parts. */
final class RsaKey {
    static final short MAXIMUM_OCTETS = 256;

    private RSAPrivateCrtKey key;
    private final Cipher cipher = Cipher.getInstance(Cipher.ALG_RSA_NOPAD, false);

    boolean isThere() {
        return key != null && key.isInitialized();
    }

    /** Octets of the modulus. */
    short size() {
        if (!isThere()) {
            ISOException.throwIt(ISO7816.SW_CONDITIONS_NOT_SATISFIED);
        }
        return (short) (key.getSize() / 8);
    }

    /**
     * CPS 1.1 annex A, by the last octet of the group: 1 q^-1 mod p, 2 d mod q-1, 3 d mod p-1, 4 q, 5 p. Encrypted
     * parts are filled up to whole blocks; `wanted` says how long they are, 0: as long as they came.
     */
    void setPart(short part, byte[] data, short at, short size, short wanted) {
        if (wanted > size) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
        if (wanted != 0) {
            size = wanted;
        }
        short bits = (short) (2 * 8 * size);
        if (key == null || key.getSize() != bits) {
            key = (RSAPrivateCrtKey) KeyBuilder.buildKey(KeyBuilder.TYPE_RSA_CRT_PRIVATE, bits, false);
        }
        switch (part) {
            case 1:
                key.setPQ(data, at, size);
                break;
            case 2:
                key.setDQ1(data, at, size);
                break;
            case 3:
                key.setDP1(data, at, size);
                break;
            case 4:
                key.setQ(data, at, size);
                break;
            default:
                key.setP(data, at, size);
        }
    }

    /** One block of size() octets. */
    short apply(byte[] block, short at, byte[] target, short targetAt) {
        cipher.init(key, Cipher.MODE_DECRYPT);
        return cipher.doFinal(block, at, size(), target, targetAt);
    }
}
