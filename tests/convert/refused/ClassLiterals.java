// SPDX-License-Identifier: Apache-2.0
package class_literals;

public class ClassLiterals {

  boolean test() {
    return getClass() == ClassLiterals.class;
  }
}
// refused: class literals and reflection are not supported
