// SPDX-License-Identifier: Apache-2.0
package cose.payment;

import javacard.framework.JCSystem;
import javacard.framework.Util;
import javacard.security.MessageDigest;

/** Signed dynamic application data (EMV 4.3 Book 2 §6.5, table 15). */
final class CardSignature {
    static final short HASH_LENGTH = 20;

    private static final byte HEADER = 0x6A;
    private static final byte FORMAT = 0x05;
    private static final byte SHA1 = 0x01;
    private static final byte PAD = (byte) 0xBB;
    private static final byte TRAILER = (byte) 0xBC;
    private static final short DYNAMIC_DATA = 4;

    final RsaKey key = new RsaKey();
    private final MessageDigest digest = MessageDigest.getInstance(MessageDigest.ALG_SHA, false);
    private final byte[] block =
            JCSystem.makeTransientByteArray(RsaKey.MAXIMUM_OCTETS, JCSystem.CLEAR_ON_DESELECT);

    /** Of two pieces, one behind the other. */
    void hash(byte[] first, short firstLength, byte[] second, short secondLength, byte[] target, short at) {
        digest.reset();
        digest.update(first, (short) 0, firstLength);
        digest.doFinal(second, (short) 0, secondLength, target, at);
    }

    /** Signs dynamic data together with what the terminal gave; where the signature ends in the target. */
    short sign(byte[] dynamic, short length, byte[] terminal, short terminalAt, short terminalLength, byte[] target,
            short at) {
        short size = key.size();
        block[0] = HEADER;
        block[1] = FORMAT;
        block[2] = SHA1;
        block[3] = (byte) length;
        short end = Util.arrayCopyNonAtomic(dynamic, (short) 0, block, DYNAMIC_DATA, length);
        short hash = (short) (size - 1 - HASH_LENGTH);
        Util.arrayFillNonAtomic(block, end, (short) (hash - end), PAD);
        digest.reset();
        digest.update(block, (short) 1, (short) (hash - 1));
        digest.doFinal(terminal, terminalAt, terminalLength, block, hash);
        block[(short) (size - 1)] = TRAILER;
        return (short) (at + key.apply(block, (short) 0, target, at));
    }
}
