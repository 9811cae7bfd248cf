// SPDX-License-Identifier: Apache-2.0
package overflow_switch;

public class OverflowSwitch {

  short test(short a) {
    switch (-a) {
      case 1: return 2;
      default: return 3;
    }
  }
}
// refused: '-a' can exceed short, and a switch needs its exact value
