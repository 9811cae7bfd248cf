// SPDX-License-Identifier: Apache-2.0
package overflow_shift;

public class OverflowShift {

  short test(short[] a, short i) {
    return (short) ((a[i] << 2) >> 1);
  }
}
// refused: 'a[i] << 2' can exceed short, and a shift to the right needs its exact value
