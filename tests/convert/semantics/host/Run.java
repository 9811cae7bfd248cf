// SPDX-License-Identifier: Apache-2.0
// Calls every public static method of the classes named, in the order given and of the methods' names, with arguments
// that a generator of numbers makes, and prints a line for each call:
//   shorts/Case00 m000(SSBZ)S 1 -5 127 0 = 12
//   shorts/Case00 m001(SSBZ)Z 1 -5 127 0 ! java/lang/ArithmeticException
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Comparator;

public class Run {
  static final int ROUNDS = 8;
  static final int[] CORNERS = {0, 1, -1, 2, 127, -128, 255, 256, 32767, -32768, 65535, Integer.MAX_VALUE,
                                Integer.MIN_VALUE};
  static long state = 42;

  static int next() {
    state = state * 6364136223846793005L + 1442695040888963407L;
    int bits = (int) (state >>> 33);
    if (bits % 3 == 0) return CORNERS[Math.floorMod(bits / 3, CORNERS.length)];
    return (bits & 1) == 0 ? bits * 5 : bits % 20;
  }

  static Object argument(Class<?> type) {
    int value = next();
    if (type == int.class) return value;
    if (type == short.class) return (short) value;
    if (type == byte.class) return (byte) value;
    return (value & 1) != 0;
  }

  static String letter(Class<?> type) {
    if (type == int.class) return "I";
    if (type == short.class) return "S";
    return type == byte.class ? "B" : "Z";
  }

  static String text(Object value) {
    return value instanceof Boolean ? ((Boolean) value ? "1" : "0") : value.toString();
  }

  static void call(Method method) throws Exception {
    StringBuilder line = new StringBuilder(method.getDeclaringClass().getName().replace('.', '/'));
    line.append(' ').append(method.getName()).append('(');
    for (Class<?> type : method.getParameterTypes()) line.append(letter(type));
    line.append(')').append(letter(method.getReturnType()));
    Object[] arguments = new Object[method.getParameterCount()];
    for (int at = 0; at < arguments.length; at++) {
      arguments[at] = argument(method.getParameterTypes()[at]);
      line.append(' ').append(text(arguments[at]));
    }
    try {
      line.append(" = ").append(text(method.invoke(null, arguments)));
    } catch (InvocationTargetException thrown) {
      line.append(" ! ").append(thrown.getCause().getClass().getName().replace('.', '/'));
    }
    System.out.println(line);
  }

  public static void main(String[] names) throws Exception {
    for (String name : names) {
      Method[] methods = Class.forName(name).getDeclaredMethods();
      Arrays.sort(methods, Comparator.comparing(Method::getName));
      for (Method method : methods)
        if (Modifier.isPublic(method.getModifiers()) && Modifier.isStatic(method.getModifiers()))
          for (int round = 0; round < ROUNDS; round++) call(method);
    }
  }
}
