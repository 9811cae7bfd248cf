// SPDX-License-Identifier: Apache-2.0
package unknown_class;

public class UnknownClass {
  java.util.Vector list;
  short test(short a) {
    return (short) list.size();
  }
}
// refused: class java.util.Vector is not in the Java Card API, not in this package and in no export file
