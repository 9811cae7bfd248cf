// SPDX-License-Identifier: Apache-2.0
package overflow_index;

public class OverflowIndex {

  byte test(byte[] a, short i) {
    return a[i + 1];
  }
}
// refused: 'i + 1' can exceed short, and is the index of an array: write (short)(i + 1)
