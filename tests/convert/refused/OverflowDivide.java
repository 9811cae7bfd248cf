// SPDX-License-Identifier: Apache-2.0
package overflow_divide;

public class OverflowDivide {

  short test(short a, short b, byte c) {
    return (short) (a * b / c);
  }
}
// refused: 'a * b' can exceed short, and a division needs its exact value
