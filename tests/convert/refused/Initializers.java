// SPDX-License-Identifier: Apache-2.0
package initializers;

public class Initializers {
  static short[] made = make();
  static short[] make() { return null; }
  short test(short a) {
    return a;
  }
}
// refused: Initializers.java:5: initializers.Initializers.static {}: a static initialiser can set fields to constants
