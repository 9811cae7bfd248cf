// SPDX-License-Identifier: Apache-2.0
package overflow_division_result;

public class OverflowDivisionResult {

  boolean test(short a, short b) {
    return a / b == 5;
  }
}
// refused: 'a / b' can exceed short, and a comparison
