// SPDX-License-Identifier: Apache-2.0
package cose.loyalty;

/** The rules that card and shops share. */
public final class Points {
    public static final short MAXIMUM = 9999;

    /** So much of a purchase earns one point. */
    public static final short UNIT = 10;

    private Points() {}

    public static short of(short purchase) {
        return (short) (purchase / UNIT);
    }

    /** The sum, which stays at MAXIMUM rather than pass it. */
    public static short add(short points, short more) {
        return more > (short) (MAXIMUM - points) ? MAXIMUM : (short) (points + more);
    }
}
