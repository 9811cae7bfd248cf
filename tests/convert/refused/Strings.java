// SPDX-License-Identifier: Apache-2.0
package strings;

public class Strings {
  static String name = "x";
  short test(short a) {
    String s = "a" + a;
    return (short) s.length();
  }
}
// refused: strings are not supported
// refused: concatenation of strings is not supported
