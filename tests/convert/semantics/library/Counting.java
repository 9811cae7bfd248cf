// SPDX-License-Identifier: Apache-2.0
package library;

public interface Counting {
  byte[] WEIGHTS = {2, 4};

  short next();

  short reset(short to);
}
