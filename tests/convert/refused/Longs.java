// SPDX-License-Identifier: Apache-2.0
package longs;

public class Longs {

  long test(short a) {
    return a + 1L;
  }
}
// refused: result: long is not supported
// refused: Longs.java:7: longs.Longs.test: long is not supported
