// SPDX-License-Identifier: Apache-2.0
package int_signature;

public class IntSignature {
  int field;
  int test(int a) {
    return a;
  }
}
// refused: IntSignature.field: int is not supported
// refused: test: parameter: int is not supported
// refused: test: result: int is not supported
