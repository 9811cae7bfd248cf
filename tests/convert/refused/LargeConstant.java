// SPDX-License-Identifier: Apache-2.0
package large_constant;

public class LargeConstant {

  boolean test(short a) {
    return a < 40000;
  }
}
// refused: 40000 does not fit short, and a comparison needs it exactly
