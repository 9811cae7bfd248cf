// SPDX-License-Identifier: Apache-2.0
package enums;

public class Enums {
  enum Kind { ONE, TWO }
  short test(short a) {
    return a;
  }
}
// refused: enums are not supported
