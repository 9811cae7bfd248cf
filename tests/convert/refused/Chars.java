// SPDX-License-Identifier: Apache-2.0
package chars;

public class Chars {
  char c;
  short test(short a) {
    return (short) (char) a;
  }
}
// refused: char is not supported
