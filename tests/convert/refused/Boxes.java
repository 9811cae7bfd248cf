// SPDX-License-Identifier: Apache-2.0
package boxes;

public class Boxes {

  short test(Short a) {
    return a;
  }
}
// refused: boxing is not supported
