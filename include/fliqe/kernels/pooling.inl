// SPDX-License-Identifier: MIT
/// @file
/// Pooling over NHWC pixels, vectorised over channels. Included once per instruction set.

namespace fliqe::kernels::FLIQE_KERNEL_NAMESPACE {

/// The part of a pooling window that lies inside [0, size).
struct Window {
  int begin;
  int end;

  Window(int out, int kernel, int stride, int padding, int size)
      : begin(std::max(0, out * stride - padding)),
        end(std::min(size, out * stride - padding + kernel)) {}
};

inline void max_pool(const PoolJob& job, std::size_t out_row) {
  const auto image = static_cast<std::ptrdiff_t>(out_row) / job.out_height;
  const int out_y = static_cast<int>(static_cast<std::ptrdiff_t>(out_row) % job.out_height);
  const Window rows(out_y, job.kernel, job.stride, job.padding, job.in_height);
  const float* input = job.input + image * job.input_image_stride;
  float* output = job.output + image * job.output_image_stride + out_y * job.output_row_stride;
  const int whole = job.channels / width * width;
  const mask tail = first_lanes(job.channels - whole);
  const float lowest = -std::numeric_limits<float>::infinity();

  for (int x = 0; x < job.out_width; ++x) {
    const Window columns(x, job.kernel, job.stride, job.padding, job.in_width);
    for (int c = 0; c < job.channels; c += width) {
      vec best = broadcast(&lowest);
      for (int row = rows.begin; row < rows.end; ++row) {
        for (int column = columns.begin; column < columns.end; ++column) {
          const float* p = input + row * job.input_row_stride + column * job.input_pixel_stride + c;
          best = max(best, c < whole ? load(p) : load(p, tail));
        }
      }
      if (c < whole) {
        store(output + c, best);
      } else {
        store(output + c, best, tail);
      }
    }
    output += job.output_pixel_stride;
  }
}

inline void mean(const float* x, std::ptrdiff_t pixel_stride, int pixels, int channels, float* y) {
  const float factor = 1.0f / static_cast<float>(pixels);
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

}  // namespace fliqe::kernels::FLIQE_KERNEL_NAMESPACE
