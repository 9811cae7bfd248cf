// SPDX-License-Identifier: Apache-2.0
package threads;

public class Threads {

  synchronized short test(short a) {
    synchronized (this) {
      new Thread();
    }
    return a;
  }
}
// refused: synchronized is not supported
// refused: threads are not supported
