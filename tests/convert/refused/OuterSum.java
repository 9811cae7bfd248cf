// SPDX-License-Identifier: Apache-2.0
package outer_sum;

public class OuterSum {
  private short total;
  class Inner {
    void add(short a, short b) { total += a + b; }
  }
  short test(short a) {
    return a;
  }
}
// refused: 'a + b' can exceed short, and the field of an outer class needs its exact value
