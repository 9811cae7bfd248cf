// SPDX-License-Identifier: Apache-2.0
package constructs;

import javacard.framework.Util;

/** What classes can do: each public method is called by Run.java and by semantics_runner. */
public class Constructs {
  static final short LIMIT = 1000;
  static short counter = 7;
  static byte small = -3;
  static boolean ready = true;
  static short zero;
  static final byte[] TABLE = {10, 20, 30, 40};
  static final short[] SHORTS = {-1, 0x1234, 32767};
  static final boolean[] FLAGS = {true, false, true};
  static byte[] empty = new byte[4];
  static Object nothing = null;

  static class Node {
    short value;
    Node next;
    Node self;

    Node(short value, Node next) {
      this.value = value;
      this.next = next;
      self = this;
    }
  }

  class Inner {
    short step = 2;

    short advance(short by) {
      total += by;
      return (short) (total * step);
    }
  }

  static class Trouble extends RuntimeException {
    short code;

    Trouble(short code) { this.code = code; }
  }

  static class Deeper extends Trouble {
    Deeper() { super((short) 77); }
  }

  private short total;
  short[] history = new short[4];
  byte at;

  public static short statics(short a) {
    counter += a;
    small += 5;
    ready = !ready;
    zero++;
    short sum = (short) (counter + small + zero + (ready ? LIMIT : 0));
    for (byte each : TABLE) sum += each;
    for (short each : SHORTS) sum ^= each;
    for (boolean each : FLAGS) sum += each ? 1 : 2;
    return (short) (sum + empty.length + (nothing == null ? 1 : 0));
  }

  public static short lists(short a, short b) {
    Node first = null;
    for (short n = 0; n < (a & 15); n++) first = new Node((short) (n * b), first);
    short sum = 0;
    for (Node each = first; each != null; each = each.next) sum += each.self.value;
    return sum;
  }

  public static short dispatch(short a, short b) {
    Shape[] shapes = {new Square(a), new Cube(a, b), new Square(b)};
    short sum = Base.made;
    for (short n = 0; n < shapes.length; n++) {
      Shape shape = shapes[n];
      sum += shape.area(b) + shape.sides();
      if (shape instanceof Cube) sum += ((Cube) shape).depth;
      sum += ((Base) shape).total(a);
      sum += ((Base) shape).twice() - ((Base) shape).reveal();
    }
    return sum;
  }

  public static short casts(byte which) {
    Object[] things = {new Square((short) 1), new byte[3], new short[2], null, new Object[1]};
    Object thing = things[which & 7];
    short sum = 0;
    if (thing instanceof byte[]) sum += 1;
    if (thing instanceof short[]) sum += 2;
    if (thing instanceof Object[]) sum += 4;
    if (thing instanceof Shape) sum += 8;
    if (thing instanceof Cube) sum += 16;
    if (which > 40) return (short) (((byte[]) thing).length + sum);
    if (which < -40) return (short) (((Base) thing).width + sum);
    return sum;
  }

  public static short storing(byte which) {
    Object[] squares = new Square[2];
    squares[which & 1] = which > 0 ? new Cube((short) 1, (short) 2) : new Object();
    return (short) squares.length;
  }

  public static short sizes(short a) {
    byte[] made = new byte[a];
    return (short) (made.length - a);
  }

  public static short inner(short a, short b) {
    Constructs outer = new Constructs();
    Inner first = outer.make();
    Inner second = outer.make();
    second.step = b;
    return (short) (first.advance(a) + second.advance(b) - outer.total);
  }

  private Inner make() { return new Inner(); }

  public static short anonymous(final short a) {
    Shape shape = new Shape() {
      short calls;

      public byte sides() { return (byte) (a + calls); }

      public short area(short scale) { return (short) (++calls * scale); }
    };
    return (short) (shape.area(a) * 100 + shape.sides());
  }

  public static short fields(short a, byte b) {
    Constructs one = new Constructs();
    one.history[b & 3] += a;
    one.history[b & 3]++;
    one.at = b;
    one.at += 3;
    one.at++;
    short old = one.history[one.at++ & 3]--;
    one.total = one.history[0] = (short) (old + a);
    one.total <<= 1;
    one.total >>>= 2;
    return (short) (one.total + one.history[3] + one.at + (one.history[1] > old ? 5 : 6));
  }

  static short thrower(byte kind) {
    switch (kind & 7) {
      case 0: throw new Trouble((short) 5);
      case 1: throw new Deeper();
      case 2: return TABLE[-kind];
      case 3: return (short) (kind / (kind - kind));
      case 4: throw new SecurityException();
      case 5: return ((Node) null).value;
      default: return kind;
    }
  }

  public static short catches(byte kind) {
    short trace = 0;
    try {
      trace += 1;
      try {
        trace += thrower(kind);
      } catch (Deeper deeper) {
        trace += 100;
        throw new Trouble(trace);
      } catch (ArithmeticException e) {
        trace += 200;
      } finally {
        trace += 7;
      }
      trace += 2;
    } catch (Trouble trouble) {
      trace += trouble.code;
    } catch (IndexOutOfBoundsException e) {
      trace += 300;
    } finally {
      trace *= 2;
    }
    return trace;
  }

  public static short returns(byte kind) {
    for (byte n = 0; n < 5; n++) {
      try {
        if (n == (kind & 7)) return (short) (n * 10);
        if (n == 3) continue;
        if (kind < -100) break;
      } finally {
        counter++;
      }
    }
    return counter;
  }

  public static short switches(short a, byte b) {
    short sum = 0;
    switch (a) {
      case -32768: sum = 1; break;
      case -1:
      case 0: sum = 2;
      case 1: sum += 3; break;
      case 32767: sum = 4; break;
      default: sum = 5;
    }
    switch (b) {
      case 0: sum += 10; break;
      case 1: sum += 20;
      case 2: sum += 30; break;
      case 5: sum += 40; break;
    }
    outer:
    for (short i = 0; i < 10; i++)
      for (short j = i; ; j++) {
        if (j > 12) continue outer;
        if (i * j > 60) break outer;
        sum += (short) (i ^ j);
      }
    do sum -= 3; while (sum > LIMIT);
    return sum;
  }

  public static short bytes(byte a, byte b, short c) {
    byte[] buffer = new byte[8];
    short off = 0;
    buffer[off++] = a;
    buffer[off++] = (byte) (a + b);
    buffer[off++] = (byte) (c >> 8);
    buffer[off++] = (byte) c;
    buffer[++off] = (byte) (buffer[0] & 0x7F | b << 4);
    Util.setShort(buffer, (short) 5, (short) (Util.getShort(buffer, (short) 2) ^ 0x5555));
    short sum = 0;
    while (off-- > 0) sum += buffer[off] & 0xFF;
    return Util.makeShort((byte) (sum + 1), buffer[6]);
  }

  public static boolean logic(short a, short b, boolean c) {
    boolean first = a > b | c & a == b ^ !c;
    boolean second = c ? a <= b : b != 0 && (short) (a / b) > 1;
    return first == second || !(first && c);
  }

  public static short many(short a, short b, short c, short d, short e, byte f, byte g, boolean h) {
    short v0 = a, v1 = b, v2 = c, v3 = d, v4 = e, v5 = f, v6 = g, v7 = 8, v8 = 9, v9 = 10;
    v0 += v9 + 200;
    v5 -= 300;
    v9++;
    v8 += 1000;
    return (short) (v0 + v1 * 2 + v2 * 3 + v3 * 4 + v4 * 5 + v5 * 6 + v6 * 7 + v7 + v8 + v9 + (h ? 1 : 0));
  }

  public static short far(short a) {
    short sum = 0;
    for (short n = 0; n < 3; n++) {
      if (a > n) {
        sum += a; sum ^= 1; sum += a; sum ^= 2; sum += a; sum ^= 3; sum += a; sum ^= 4; sum += a; sum ^= 5; sum += a;
        sum ^= 6; sum += a; sum ^= 7; sum += a; sum ^= 8; sum += a; sum ^= 9; sum += a; sum ^= 10; sum += a; sum ^= 11;
        sum += a; sum ^= 12; sum += a; sum ^= 13; sum += a; sum ^= 14; sum += a; sum ^= 15; sum += a; sum ^= 16;
        sum += a; sum ^= 17; sum += a; sum ^= 18; sum += a; sum ^= 19; sum += a; sum ^= 20; sum += a; sum ^= 21;
      } else {
        sum--;
      }
    }
    return sum;
  }

  private static class Hidden {
    private short value;
    private static short count;

    private Hidden(short value) {
      this.value = value;
      count++;
    }
  }

  interface Table {
    short[] ENTRIES = {100, 200, 300};
    byte WIDTH = 2;
  }

  public static short nested(short a, byte b) {
    Hidden hidden = new Hidden(a);
    hidden.value++;
    hidden.value += b;
    Hidden.count -= 2;
    Object which = a > b ? hidden : Table.ENTRIES;
    Shape[] shapes = new Shape[1];
    Object array = shapes;
    return (short) (hidden.value + Hidden.count + (which instanceof Hidden ? Table.ENTRIES[b & 3] : Table.WIDTH)
        + (array instanceof Shape[] ? 1 : 0) + (array instanceof Square[] ? 2 : 0) + ((Object[]) array).length);
  }

  public static short recursion(byte n) {
    if (n <= 1) return 1;
    return (short) (recursion((byte) ((n & 15) - 1)) * n);
  }
}
