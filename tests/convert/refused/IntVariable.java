// SPDX-License-Identifier: Apache-2.0
package int_variable;

public class IntVariable {

  short test(short a) {
    int i = a;
    return (short) i;
  }
}
// refused: variable 'i': int is not supported without 32-bit instructions (--int)
