// SPDX-License-Identifier: Apache-2.0
package cose.payment;

import javacard.framework.Util;

/** What outlives transactions. Every change belongs into a transaction of the runtime, but for the first count. */
final class Counters {
    static final short AMOUNT_LENGTH = 6;

    static final byte ONLINE_INCOMPLETE = 0x01;
    static final byte ISSUER_FAILED = 0x02;
    static final byte ISSUER_MISSING = 0x04;
    static final byte SCRIPT_FAILED = 0x08;
    static final byte HAS_BEEN_ONLINE = 0x10;
    static final byte APPLICATION_BLOCKED = 0x20;
    static final byte CARD_BLOCKED = 0x40;

    private static final byte MAXIMUM_SCRIPTS = 0x0F;
    private static final short LARGEST_PAIR = 0x99;

    /** Application transaction counter (9F36) and its value at the last transaction online (9F13). */
    short transactions;
    short lastOnline;
    /** Transactions and amount since then, in the issuer's currency, in packed digits. */
    short offline;
    final byte[] amount = new byte[AMOUNT_LENGTH];
    byte scripts;
    private byte flags;

    boolean has(byte flag) {
        return (byte) (flags & flag) != 0;
    }

    void note(byte flag) {
        flags |= flag;
    }

    void forget(byte flag) {
        flags &= (byte) ~flag;
    }

    void countScript() {
        if (scripts < MAXIMUM_SCRIPTS) {
            scripts++;
        }
    }

    /** The issuer has spoken: everything begins anew. */
    void wentOnline() {
        lastOnline = transactions;
        offline = 0;
        Util.arrayFill(amount, (short) 0, AMOUNT_LENGTH, (byte) 0);
        scripts = 0;
        flags = (byte) (flags & (APPLICATION_BLOCKED | CARD_BLOCKED) | HAS_BEEN_ONLINE);
    }

    /** Adds packed digits to packed digits; what does not fit any more stays at all nines. */
    static void add(byte[] sum, byte[] digits, short at) {
        byte carry = 0;
        for (short index = (short) (AMOUNT_LENGTH - 1); index >= 0; index--) {
            byte one = sum[index];
            byte other = digits[(short) (at + index)];
            byte low = (byte) ((one & 0x0F) + (other & 0x0F) + carry);
            carry = (byte) (low > 9 ? 1 : 0);
            low -= (byte) (carry * 10);
            byte high = (byte) (((one >> 4) & 0x0F) + ((other >> 4) & 0x0F) + carry);
            carry = (byte) (high > 9 ? 1 : 0);
            high -= (byte) (carry * 10);
            sum[index] = (byte) (high << 4 | low);
        }
        if (carry != 0) {
            Util.arrayFillNonAtomic(sum, (short) 0, AMOUNT_LENGTH, (byte) LARGEST_PAIR);
        }
    }

    static boolean exceeds(byte[] digits, byte[] limit, short at) {
        for (short index = 0; index < AMOUNT_LENGTH; index++) {
            short one = (short) (digits[index] & 0xFF);
            short other = (short) (limit[(short) (at + index)] & 0xFF);
            if (one != other) {
                return one > other;
            }
        }
        return false;
    }
}
