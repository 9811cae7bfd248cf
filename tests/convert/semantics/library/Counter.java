// SPDX-License-Identifier: Apache-2.0
package library;

/** What a client extends, calls and reads: one of each kind of member. */
public abstract class Counter implements Counting {
  public static final short STEP = 3;
  public static short made;
  protected static byte[] marks = {5, 6, 7};
  protected short value;
  public byte[] notes = new byte[2];
  private byte[] own = {1};
  private short secret = 9;

  protected Counter() { made++; }

  protected Counter(short start) {
    this();
    value = start;
  }

  public static short sum(byte[] octets) {
    short total = 0;
    for (byte each : octets) total += each;
    return total;
  }

  public abstract short weight();

  public short next() {
    value += STEP;
    return (short) (value * weight() + secret + own[0] + hidden());
  }

  protected short peek() { return value; }

  short hidden() { return 1; }
}
