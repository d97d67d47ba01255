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
inline void store_largest(const PoolJob& job, const Pixels& window, float* output) {
  vec best[Vectors];
  FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) best[v] = load(window.first + v * width);
  for (int row = 0; row < window.rows; ++row) {
    const float* pixel = window.first + row * job.input_row_stride;
    for (int column = 0; column < window.columns; ++column) {
      FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) {
        best[v] = max(best[v], load(pixel + v * width));
      }
      pixel += job.input_pixel_stride;
    }
  }
  FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) store(output + v * width, best[v]);
}

/// The same for the last channels, less than a vector.
inline void store_largest_tail(const PoolJob& job, const Pixels& window, float* output, mask tail) {
  vec best = load(window.first, tail);
  for (int row = 0; row < window.rows; ++row) {
    const float* pixel = window.first + row * job.input_row_stride;
    for (int column = 0; column < window.columns; ++column) {
      best = max(best, load(pixel + column * job.input_pixel_stride, tail));
    }
  }
  store(output, best, tail);
}

inline void max_pool(const PoolJob& job, std::size_t out_row) {
  constexpr int group = 4;
  const auto image = static_cast<std::ptrdiff_t>(out_row) / job.out_height;
  const int out_y = static_cast<int>(static_cast<std::ptrdiff_t>(out_row) % job.out_height);
  const Window rows(out_y, job.kernel, job.stride, job.padding, job.in_height);
  const float* input =
      job.input + image * job.input_image_stride + rows.begin * job.input_row_stride;
  float* output = job.output + image * job.output_image_stride + out_y * job.output_row_stride;
  for (int x = 0; x < job.out_width; ++x) {
    const Window columns(x, job.kernel, job.stride, job.padding, job.in_width);
    Pixels window{input + columns.begin * job.input_pixel_stride, rows.end - rows.begin,
                  columns.end - columns.begin};
    int c = 0;
    for (; c + group * width <= job.channels; c += group * width) {
      store_largest<group>(job, window, output + c);
      window.first += group * width;
    }
    for (; c + width <= job.channels; c += width) {
      store_largest<1>(job, window, output + c);
      window.first += width;
    }
    if (c < job.channels) {
      store_largest_tail(job, window, output + c, first_lanes(job.channels - c));
    }
    output += job.output_pixel_stride;
  }
}

/// @see SumKernel
inline void sum_pixels(const float* x, std::ptrdiff_t pixel_stride, int pixels, int channels,
                       float factor, float* y) {
  const int whole = channels / width * width;
  const mask tail = first_lanes(channels - whole);
  for (int c = 0; c < channels; c += width) {
    vec sum = zero();
    for (int p = 0; p < pixels; ++p) {
      const float* pixel = x + p * pixel_stride + c;
      sum = add(sum, c < whole ? load(pixel) : load(pixel, tail));
    }
    sum = mul(sum, broadcast(&factor));
    if (c < whole) {
      store(y + c, sum);
    } else {
      store(y + c, sum, tail);
    }
  }
}

inline float as_float(std::uint8_t value) {
  return value;
}
inline float as_float(bfloat16 value) {
  return to_float(value);
}

/// @see NarrowSumKernel
template <class Element>
void sum_narrow_pixels(const Element* x, std::ptrdiff_t pixel_stride, int pixels, int channels,
                       float factor, float* y) {
  constexpr int group = 16;  // channels that compilers make a vector of
  for (int c = 0; c < channels; c += group) {
    float sum[group] = {};
    for (int p = 0; p < pixels; ++p) {
      const Element* pixel = x + p * pixel_stride + c;
      for (int i = 0; i < group; ++i) sum[i] += as_float(pixel[i]);
    }
    for (int i = 0; i < group; ++i) y[c + i] = sum[i] * factor;
  }
}

}  // namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE
