// SPDX-License-Identifier: Apache-2.0
package overflow_compare;

public class OverflowCompare {

  boolean test(short a, short b) {
    return a + b > 0;
  }
}
// refused: OverflowCompare.java:7: overflow_compare.OverflowCompare.test: 'a + b' can exceed short
