// SPDX-License-Identifier: Apache-2.0
package grids;

public class Grids {
  byte[][] grid;
  short test(short a) {
    grid = new byte[2][3];
    return a;
  }
}
// refused: arrays of arrays are not supported: byte[][]
// refused: arrays of arrays are not supported
