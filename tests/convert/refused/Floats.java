// SPDX-License-Identifier: Apache-2.0
package floats;

public class Floats {

  short test(short a) {
    float f = a;
    double d = f;
    return (short) d;
  }
}
// refused: float is not supported
// refused: double is not supported
