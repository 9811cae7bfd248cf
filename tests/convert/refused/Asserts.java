// SPDX-License-Identifier: Apache-2.0
package asserts;

public class Asserts {

  short test(short a) {
    assert a > 0;
    return a;
  }
}
// refused: assert is not supported
