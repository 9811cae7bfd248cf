// SPDX-License-Identifier: Apache-2.0
package javacard.framework;

/** As much of the API as Constructs.java uses, for the Java machine. */
public class Util {
  public static short getShort(byte[] array, short offset) {
    return (short) (array[offset] << 8 | array[offset + 1] & 0xFF);
  }

  public static short setShort(byte[] array, short offset, short value) {
    array[offset] = (byte) (value >> 8);
    array[offset + 1] = (byte) value;
    return (short) (offset + 2);
  }

  public static short makeShort(byte high, byte low) {
    return (short) (high << 8 | low & 0xFF);
  }
}
