// SPDX-License-Identifier: Apache-2.0
package client;

import library.Counter;
import library.Counting;

/** A package that imports another one: extends its class, overrides, reads its fields. */
public class Client {
  static class Doubling extends Counter {
    private short extra = 11;
    private Counter other;

    Doubling(short start) { super(start); }

    public short weight() { return 2; }

    public short next() { return (short) (super.next() + extra); }

    public short reset(short to) {
      short old = value;
      value = to;
      notes[1]++;
      return (short) (old + peek() + notes[1]);
    }

    // No method of the library's, though one there has this name.
    short hidden() { return 100; }

    short reach() { return (short) (hidden() + marks[2]); }
  }

  static final class Tripling extends Doubling {
    private Tripling(short start) { super(start); }

    public short weight() { return 3; }
  }

  public static short use(short a, short b) {
    Counting[] all = {new Doubling(a), new Tripling(b)};
    short sum = Counter.made;
    for (short n = 0; n < 4; n++) {
      Counting each = all[n & 1];
      sum += each.next();
      if (n == 2) sum ^= each.reset(b);
      if (each instanceof Tripling) sum += ((Tripling) each).reach();
    }
    Counter.made = (short) (sum & 15);
    return (short) (sum + Counter.sum(((Counter) all[0]).notes) + Counting.WEIGHTS[a & 1] + Counter.STEP);
  }
}
