// SPDX-License-Identifier: Apache-2.0
package cose.piv;

import javacard.framework.JCSystem;
import javacard.framework.Util;
import javacard.security.AESKey;
import javacard.security.KeyBuilder;
import javacard.security.RandomData;
import javacardx.crypto.Cipher;

/** The key 9B: who enciphers the card's challenge with it may write data and make keys until the applet is left. */
final class AdministratorKey {
    static final byte REFERENCE = (byte) 0x9B;
    /** AES with 128 bits (SP 800-78-4 table 6-2). */
    static final byte ALGORITHM = 0x08;

    private static final short BLOCK = 16;
    private static final short CHALLENGED = 0;
    private static final short AUTHENTICATED = 1;

    private static final byte[] FIRST_KEY = {
        0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08
    };

    private final AESKey key;
    private final Cipher cipher;
    private final RandomData random;
    private final byte[] expected;
    private final boolean[] state;

    AdministratorKey() {
        key = (AESKey) KeyBuilder.buildKey(KeyBuilder.TYPE_AES, KeyBuilder.LENGTH_AES_128, false);
        key.setKey(FIRST_KEY, (short) 0);
        cipher = Cipher.getInstance(Cipher.ALG_AES_BLOCK_128_ECB_NOPAD, false);
        random = RandomData.getInstance(RandomData.ALG_SECURE_RANDOM);
        expected = JCSystem.makeTransientByteArray(BLOCK, JCSystem.CLEAR_ON_DESELECT);
        state = JCSystem.makeTransientBooleanArray((short) 2, JCSystem.CLEAR_ON_DESELECT);
    }

    boolean isAuthenticated() {
        return state[AUTHENTICATED];
    }

    /** At the start of the target; returns its length. What is kept is the answer that will be right. */
    short makeChallenge(byte[] target) {
        random.generateData(target, (short) 0, BLOCK);
        cipher.init(key, Cipher.MODE_ENCRYPT);
        cipher.doFinal(target, (short) 0, BLOCK, expected, (short) 0);
        state[CHALLENGED] = true;
        state[AUTHENTICATED] = false;
        return BLOCK;
    }

    /** A challenge is good for one answer. */
    boolean check(byte[] answer, short offset, short length) {
        state[AUTHENTICATED] = state[CHALLENGED] && length == BLOCK
                && Util.arrayCompare(answer, offset, expected, (short) 0, BLOCK) == 0;
        state[CHALLENGED] = false;
        return state[AUTHENTICATED];
    }
}
