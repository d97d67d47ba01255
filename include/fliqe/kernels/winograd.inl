// SPDX-License-Identifier: MIT
/// @file
/// Transforms of Winograd's minimal filtering F(m x m, 3 x 3) for m = 2 and 4 (Lavin & Gray,
/// "Fast Algorithms for Convolutional Neural Networks", 2016), vectorised over channels.
/// F(4, 3) uses the points 0, +-sqrt(1/2), +-sqrt(2) and infinity, whose rounding error is a third
/// of that of the usual 0, +-1, +-2. Included once for each namespace whose
/// Arithmetic<Type> loads and stores pixels as floats.

namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE {

inline vec winograd_constant(float value) {
  return broadcast(&value);
}

template <int Tile>
struct Winograd;

/// Points 0, 1, -1, infinity.
template <>
struct Winograd<2> {
  static void input(const vec (&d)[4], vec (&v)[4]) {
    const vec minus = winograd_constant(-1.0f);
    v[0] = fma(minus, d[0], d[2]);
    v[1] = add(d[2], d[1]);
    v[2] = fma(minus, d[1], d[2]);
    v[3] = fma(minus, d[1], d[3]);
  }
  static void output(const vec (&m)[4], vec (&y)[2]) {
    const vec minus = winograd_constant(-1.0f);
    y[0] = add(m[0], add(m[1], m[2]));
    y[1] = add(m[3], fma(minus, m[2], m[1]));
  }
};

/// Points 0, a, -a, b, -b, infinity with a = sqrt(1/2), b = sqrt(2).
template <>
struct Winograd<4> {
  static constexpr float a = 0.70710678118654752f, b = 1.41421356237309505f;

  static void input(const vec (&d)[6], vec (&v)[6]) {
    const vec five_halves = winograd_constant(-2.5f);
    const vec two = winograd_constant(-2.0f), half = winograd_constant(-0.5f);
    const vec even_a = fma(two, d[2], d[4]), odd_a = fma(two, d[1], d[3]);
    const vec even_b = fma(half, d[2], d[4]), odd_b = fma(half, d[1], d[3]);
    v[0] = fma(five_halves, d[2], add(d[0], d[4]));
    v[1] = fma(winograd_constant(a), odd_a, even_a);
    v[2] = fma(winograd_constant(-a), odd_a, even_a);
    v[3] = fma(winograd_constant(b), odd_b, even_b);
    v[4] = fma(winograd_constant(-b), odd_b, even_b);
    v[5] = fma(five_halves, d[3], add(d[1], d[5]));
  }
  static void output(const vec (&m)[6], vec (&y)[4]) {
    const vec minus = winograd_constant(-1.0f);
    const vec even_a = add(m[1], m[2]), odd_a = fma(minus, m[2], m[1]);
    const vec even_b = add(m[3], m[4]), odd_b = fma(minus, m[4], m[3]);
    y[0] = add(m[0], add(even_a, even_b));
    y[1] = fma(winograd_constant(a), odd_a, mul(winograd_constant(b), odd_b));
    y[2] = fma(winograd_constant(a * a), even_a, mul(winograd_constant(b * b), even_b));
    y[3] = add(m[5],
               fma(winograd_constant(a * a * a), odd_a, mul(winograd_constant(b * b * b), odd_b)));
  }
};

/// The window of a tile, one column. Pixels that there are not (`Clipped`) are zero.
template <class Type, int Size, bool Clipped>
inline void load_column(const WinogradInputArguments<typename Type::Element>& arguments, int x,
                        int channel, vec (&column)[Size]) {
  FLIQE_UNROLL for (int y = 0; y < Size; ++y) {
    if (Clipped && (y >= arguments.rows || x >= arguments.columns)) {
      column[y] = zero();
      continue;
    }
    column[y] = Arithmetic<Type>::load_pixels(arguments.input + y * arguments.row_stride +
                                              x * arguments.pixel_stride + channel);
  }
}

template <class Type, int Tile, bool Clipped>
inline void transform_input(const WinogradInputArguments<typename Type::Element>& arguments) {
  constexpr int size = Tile + 2;
  for (int c = 0; c < arguments.channels; c += width) {
    vec rows[size][size];  // [column][row], transformed along the columns
    FLIQE_UNROLL for (int x = 0; x < size; ++x) {
      vec column[size];
      load_column<Type, size, Clipped>(arguments, x, c, column);
      Winograd<Tile>::input(column, rows[x]);
    }
    FLIQE_UNROLL for (int y = 0; y < size; ++y) {
      vec row[size], transformed[size];
      FLIQE_UNROLL for (int x = 0; x < size; ++x) row[x] = rows[x][y];
      Winograd<Tile>::input(row, transformed);
      FLIQE_UNROLL for (int x = 0; x < size; ++x) {
        Arithmetic<Type>::store_pixels(
            arguments.output + (y * size + x) * arguments.position_stride + c, transformed[x]);
      }
    }
  }
}

/// @see WinogradInputKernel
template <class Type, int Tile>
void winograd_input(const WinogradInputArguments<typename Type::Element>& arguments) {
  if (arguments.rows >= Tile + 2 && arguments.columns >= Tile + 2) {
    transform_input<Type, Tile, false>(arguments);
  } else {
    transform_input<Type, Tile, true>(arguments);
  }
}

template <class Type, int Tile, bool Residual>
inline void transform_output(const WinogradOutputArguments<typename Type::Element>& arguments) {
  constexpr int size = Tile + 2;
  const float lowest = arguments.relu ? 0.0f : -std::numeric_limits<float>::infinity();
  const vec floor = broadcast(&lowest);
  for (int c = 0; c < arguments.channels; c += width) {
    const vec bias = load(arguments.bias + c);
    vec rows[size][Tile];  // [column][row]
    FLIQE_UNROLL for (int x = 0; x < size; ++x) {
      vec column[size];
      FLIQE_UNROLL for (int y = 0; y < size; ++y) {
        column[y] = load(arguments.input + (y * size + x) * arguments.position_stride + c);
      }
      Winograd<Tile>::output(column, rows[x]);
    }
    FLIQE_UNROLL for (int y = 0; y < Tile; ++y) {
      if (y >= arguments.rows) break;
      vec row[size], pixels[Tile];
      FLIQE_UNROLL for (int x = 0; x < size; ++x) row[x] = rows[x][y];
      Winograd<Tile>::output(row, pixels);
      FLIQE_UNROLL for (int x = 0; x < Tile; ++x) {
        if (x >= arguments.columns) break;
        vec value = add(bias, pixels[x]);
        if constexpr (Residual) {
          value = add(value, Arithmetic<Type>::load_pixels(
                                 arguments.residual + y * arguments.residual_row_stride +
                                 x * arguments.residual_pixel_stride + c));
        }
        Arithmetic<Type>::store_pixels(
            arguments.output + y * arguments.row_stride + x * arguments.pixel_stride + c,
            max(floor, value));
      }
    }
  }
}

/// @see WinogradOutputKernel
template <class Type, int Tile>
void winograd_output(const WinogradOutputArguments<typename Type::Element>& arguments) {
  if (arguments.residual == nullptr) {
    transform_output<Type, Tile, false>(arguments);
  } else {
    transform_output<Type, Tile, true>(arguments);
  }
}

}  // namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE
