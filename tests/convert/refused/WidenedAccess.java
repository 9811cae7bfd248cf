// SPDX-License-Identifier: Apache-2.0
package widened_access;

public class WidenedAccess {
  static class Below {
    short size() { return 1; }
  }
  static class Above extends Below {
    public short size() { return 2; }
  }
  short test(short a) {
    return a;
  }
}
// refused: size: public or protected, but overrides a method that is package-visible
