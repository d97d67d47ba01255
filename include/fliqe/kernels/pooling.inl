// SPDX-License-Identifier: MIT
/// @file
/// Pooling over NHWC pixels, vectorised over channels. Included once per instruction set.

namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE {

/// The part of a pooling window that lies inside [0, size).
struct Window {
  int begin;
  int end;

  Window(int out, int kernel, int stride, int padding, int size)
      : begin(std::max(0, out * stride - padding)),
        end(std::min(size, out * stride - padding + kernel)) {}
};

/// A pooling window's first pixel and its extent.
struct Pixels {
  const float* first;
  int rows;
  int columns;
};

/// The largest value of each of `Vectors` vectors of channels, whose chains run side by side.
template <int Vectors>
inline void store_largest(const PoolArguments& arguments, const Pixels& window, float* output) {
  vec best[Vectors];
  FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) best[v] = load(window.first + v * width);
  for (int row = 0; row < window.rows; ++row) {
    const float* pixel = window.first + row * arguments.input_row_stride;
    for (int column = 0; column < window.columns; ++column) {
      FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) {
        best[v] = max(best[v], load(pixel + v * width));
      }
      pixel += arguments.input_pixel_stride;
    }
  }
  FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) store(output + v * width, best[v]);
}

/// The same for the last channels, less than a vector.
inline void store_largest_tail(const PoolArguments& arguments, const Pixels& window, float* output,
                               mask tail) {
  vec best = load(window.first, tail);
  for (int row = 0; row < window.rows; ++row) {
    const float* pixel = window.first + row * arguments.input_row_stride;
    for (int column = 0; column < window.columns; ++column) {
      best = max(best, load(pixel + column * arguments.input_pixel_stride, tail));
    }
  }
  store(output, best, tail);
}

inline void max_pool(const PoolArguments& arguments, std::size_t out_row) {
  constexpr int group = 4;
  const auto image = static_cast<std::ptrdiff_t>(out_row) / arguments.out_height;
  const int out_y = static_cast<int>(static_cast<std::ptrdiff_t>(out_row) % arguments.out_height);
  const Window rows(out_y, arguments.kernel, arguments.stride, arguments.padding,
                    arguments.in_height);
  const float* input = arguments.input + image * arguments.input_image_stride +
                       rows.begin * arguments.input_row_stride;
  float* output = arguments.output + image * arguments.output_image_stride +
                  out_y * arguments.output_row_stride;
  for (int x = 0; x < arguments.out_width; ++x) {
    const Window columns(x, arguments.kernel, arguments.stride, arguments.padding,
                         arguments.in_width);
    Pixels window{input + columns.begin * arguments.input_pixel_stride, rows.end - rows.begin,
                  columns.end - columns.begin};
    int c = 0;
    for (; c + group * width <= arguments.channels; c += group * width) {
      store_largest<group>(arguments, window, output + c);
      window.first += group * width;
    }
    for (; c + width <= arguments.channels; c += width) {
      store_largest<1>(arguments, window, output + c);
      window.first += width;
    }
    if (c < arguments.channels) {
      store_largest_tail(arguments, window, output + c, first_lanes(arguments.channels - c));
    }
    output += arguments.output_pixel_stride;
  }
}

}  // namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE
