// SPDX-License-Identifier: Apache-2.0
package lambdas;

public class Lambdas {

  short test(short a) {
    Runnable r = () -> {};
    r.run();
    return a;
  }
}
// refused: lambdas and method references are not supported
