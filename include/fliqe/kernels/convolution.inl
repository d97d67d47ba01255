// SPDX-License-Identifier: MIT
/// @file
/// The convolution micro-kernel: a register tile of (Runs x Pixels) output pixels by Vectors output
/// vectors. Included once per instruction set, on its own `vec`.

namespace fliqe::kernels::FLIQE_KERNEL_NAMESPACE {

/// Walks the runs of a batch in order, image after image.
class RunCursor {
 public:
  RunCursor(const ConvJob& job, std::size_t first)
      : job_(job), image_(first / job.runs_per_image), run_(first % job.runs_per_image) {}

  void next(const float*& input, float*& output, const float*& residual) {
    const auto image = static_cast<std::ptrdiff_t>(image_);
    const Run& run = job_.runs[run_];
    input = job_.input.data + image * job_.input.image_stride + run.input;
    output = job_.output.data + image * job_.output.image_stride + run.output;
    residual = job_.residual.data == nullptr
                   ? nullptr
                   : job_.residual.data + image * job_.residual.image_stride + run.residual;
    if (++run_ == job_.runs_per_image) {
      run_ = 0;
      ++image_;
    }
  }

 private:
  const ConvJob& job_;
  std::size_t image_;
  std::size_t run_;
};

/// Adds one tap to the tile: `depth` consecutive floats of each pixel's window.
template <int Runs, int Pixels, int Vectors>
inline void accumulate(const float* const (&window)[Runs], std::ptrdiff_t pixel_stride, int depth,
                       const float* weights, vec (&sum)[Runs][Pixels][Vectors]) {
  std::ptrdiff_t pixel_offset[Pixels];
  FLIQE_UNROLL for (int p = 0; p < Pixels; ++p) pixel_offset[p] = p * pixel_stride;
  const float* in[Runs];
  FLIQE_UNROLL for (int r = 0; r < Runs; ++r) in[r] = window[r];

  for (int d = 0; d < depth; ++d) {
    vec w[Vectors];
    FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) w[v] = load(weights + v * width);
    FLIQE_UNROLL for (int r = 0; r < Runs; ++r) {
      FLIQE_UNROLL for (int p = 0; p < Pixels; ++p) {
        const vec x = broadcast(in[r] + pixel_offset[p]);
        FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) {
          sum[r][p][v] = fma(x, w[v], sum[r][p][v]);
        }
      }
      ++in[r];
    }
    weights += Vectors * width;
  }
}

/// Computes one tile into `output`; see ConvJob for the order of operations.
template <int Runs, int Pixels, int Vectors>
inline void tile(const ConvJob& job, const float* const (&input)[Runs],
                 const float* const (&residual)[Runs], std::ptrdiff_t residual_stride,
                 float* const (&output)[Runs], std::ptrdiff_t output_stride, std::size_t block) {
  constexpr int block_channels = Vectors * width;
  const float* bias = job.bias + block * block_channels;
  vec sum[Runs][Pixels][Vectors];
  FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) {
    const vec start = load(bias + v * width);
    FLIQE_UNROLL for (int r = 0; r < Runs; ++r) {
      FLIQE_UNROLL for (int p = 0; p < Pixels; ++p) sum[r][p][v] = start;
    }
  }
  if (job.residual.data != nullptr) {
    FLIQE_UNROLL for (int r = 0; r < Runs; ++r) {
      FLIQE_UNROLL for (int p = 0; p < Pixels; ++p) {
        FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) {
          sum[r][p][v] = add(sum[r][p][v], load(residual[r] + p * residual_stride + v * width));
        }
      }
    }
  }

  const std::ptrdiff_t tap_size = static_cast<std::ptrdiff_t>(job.depth) * block_channels;
  const float* weights = job.weights + static_cast<std::ptrdiff_t>(block) * job.taps * tap_size;
  for (int t = 0; t < job.taps; ++t) {
    const float* window[Runs];
    FLIQE_UNROLL for (int r = 0; r < Runs; ++r) window[r] = input[r] + job.tap_offsets[t];
    accumulate<Runs, Pixels, Vectors>(window, job.input.pixel_stride, job.depth, weights, sum);
    weights += tap_size;
  }

  const float lowest = job.relu ? 0.0f : -std::numeric_limits<float>::infinity();
  const vec floor = broadcast(&lowest);
  FLIQE_UNROLL for (int r = 0; r < Runs; ++r) {
    FLIQE_UNROLL for (int p = 0; p < Pixels; ++p) {
      FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) {
        store(output[r] + p * output_stride + v * width, max(floor, sum[r][p][v]));
      }
    }
  }
}

/// Copies the first `channels` floats of each of `pixels` pixels.
inline void copy_pixels(const float* from, std::ptrdiff_t from_stride, float* to,
                        std::ptrdiff_t to_stride, int pixels, std::size_t channels) {
  for (int p = 0; p < pixels; ++p)
    std::copy_n(from + p * from_stride, channels, to + p * to_stride);
}

/// Computes the next `Runs` runs of `block`. A block that reaches past the last channel goes
/// through a scratch of whole vectors, so that the tile itself has no tails.
template <int Runs, int Pixels, int Vectors>
inline void next_tile(const ConvJob& job, RunCursor& cursor, std::size_t block) {
  constexpr std::size_t block_channels = Vectors * width;
  const std::size_t first_channel = block * block_channels;
  const std::size_t channels =
      std::min(block_channels, static_cast<std::size_t>(job.out_channels) - first_channel);
  const float* input[Runs];
  float* output[Runs];
  const float* residual[Runs];
  for (int r = 0; r < Runs; ++r) {
    cursor.next(input[r], output[r], residual[r]);
    output[r] += first_channel;
    if (residual[r] != nullptr) residual[r] += first_channel;
  }
  if (channels == block_channels) {
    tile<Runs, Pixels, Vectors>(job, input, residual, job.residual.pixel_stride, output,
                                job.output.pixel_stride, block);
    return;
  }

  float scratch[Runs][Pixels * block_channels] = {};
  float* scratch_output[Runs];
  const float* scratch_residual[Runs];
  for (int r = 0; r < Runs; ++r) {
    scratch_output[r] = scratch[r];
    scratch_residual[r] = scratch[r];
    if (job.residual.data != nullptr) {
      copy_pixels(residual[r], job.residual.pixel_stride, scratch[r], block_channels, Pixels,
                  channels);
    }
  }
  tile<Runs, Pixels, Vectors>(job, input, scratch_residual, block_channels, scratch_output,
                              block_channels, block);
  for (int r = 0; r < Runs; ++r) {
    copy_pixels(scratch[r], block_channels, output[r], job.output.pixel_stride, Pixels, channels);
  }
}

/// @see ConvKernel
template <int Pixels, int Vectors>
void convolution(const ConvJob& job, std::size_t first, std::size_t last, std::size_t block) {
  constexpr int runs = tile_pixels[Vectors - 1] >= 2 * Pixels ? 2 : 1;
  RunCursor cursor(job, first);
  for (; first + runs <= last; first += runs) next_tile<runs, Pixels, Vectors>(job, cursor, block);
  for (; first < last; ++first) next_tile<1, Pixels, Vectors>(job, cursor, block);
}

}  // namespace fliqe::kernels::FLIQE_KERNEL_NAMESPACE
