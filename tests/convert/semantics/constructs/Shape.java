// SPDX-License-Identifier: Apache-2.0
package constructs;

interface Sided {
  byte NONE = 0;

  byte sides();
}

interface Shape extends Sided {
  short area(short scale);
}

abstract class Base implements Shape {
  protected short width = 3;
  private short hidden = 5;
  static short made;

  Base() { made++; }

  Base(short width) {
    this();
    this.width = width;
  }

  public byte sides() { return NONE; }

  // Left to the classes below: area(), and what both kinds of tables hold.
  abstract short mark();

  short twice() { return (short) (2 * mark()); }

  private short secret() { return hidden; }

  public final short reveal() { return (short) (secret() + mark()); }

  short total(short scale) { return (short) (area(scale) + sides()); }
}

class Square extends Base {
  private byte[] tags = {1, 2, 3};
  boolean flag;

  Square(short width) { super(width); }

  public short area(short scale) { return (short) (width * width * scale); }

  public byte sides() { return 4; }

  short mark() { return (short) (tags[0] + tags[2]); }
}

class Cube extends Square {
  short depth;

  Cube(short width, short depth) {
    super(width);
    this.depth = depth;
    flag = true;
  }

  public short area(short scale) { return (short) (super.area(scale) * depth); }

  short mark() { return (short) (super.mark() + 10); }
}
