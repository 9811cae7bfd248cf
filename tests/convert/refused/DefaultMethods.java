// SPDX-License-Identifier: Apache-2.0
package default_methods;

public class DefaultMethods {
  interface Greets { default short greet() { return 1; } }
  short test(short a) {
    return a;
  }
}
// refused: default and static methods of interfaces are not supported
