// SPDX-License-Identifier: Apache-2.0
package unknown_method;

public class UnknownMethod {

  short test(Object a) {
    return (short) (a.hashCode() & 0x7FFF);
  }
}
// refused: java.lang.Object has no method hashCode()I
