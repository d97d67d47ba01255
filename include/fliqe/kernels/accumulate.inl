// SPDX-License-Identifier: MIT
/// @file
/// What the convolution kernels share: how they walk the runs of pixels, and the inner loop, an
/// outer product of pixels and output channels. An `Arithmetic` says what is multiplied:
/// `Input` and `Weight` elements, `word` of them in 4 bytes, into a `Sum` of `lanes` outputs.
/// Included once per instruction set.

namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE {

/// Where a tile reads and writes, one place per run.
template <class Element, int Runs>
struct TilePlace {
  const Element* input[Runs];
  const Element* start[Runs];  ///< residual or partial sums that are added, or null
  Element* output[Runs];
};

/// Walks the runs of a range in order, image after image.
template <class Job>
class RunCursor {
 public:
  using Element = typename Job::Element;

  RunCursor(const Job& job, const ConvRange& range, std::size_t first_channel)
      : job_(job),
        image_(range.first_run / job.runs_per_image),
        run_(range.first_run % job.runs_per_image),
        channel_(first_channel),
        partial_(range.first_tap > 0) {}

  template <int Runs>
  TilePlace<Element, Runs> next() {
    TilePlace<Element, Runs> place;
    for (int r = 0; r < Runs; ++r) {
      const auto image = static_cast<std::ptrdiff_t>(image_);
      const Run& run = job_.runs[run_];
      place.input[r] = job_.input.data + image * job_.input.image_stride + run.input;
      place.output[r] = job_.output.data + image * job_.output.image_stride + run.output + channel_;
      place.start[r] = nullptr;
      if (partial_) {
        place.start[r] = place.output[r];
      } else if (job_.residual.data != nullptr) {
        place.start[r] =
            job_.residual.data + image * job_.residual.image_stride + run.residual + channel_;
      }
      if (++run_ == job_.runs_per_image) {
        run_ = 0;
        ++image_;
      }
    }
    return place;
  }

  /// Distance between the pixels of `start`.
  std::ptrdiff_t start_stride() const {
    return partial_ ? job_.output.pixel_stride : job_.residual.pixel_stride;
  }

 private:
  const Job& job_;
  std::size_t image_;
  std::size_t run_;
  std::size_t channel_;
  bool partial_;
};

/// Memory that is fetched into the second-level cache while something else is at work: one line for
/// every two words of depth, which main memory keeps up with and which costs no register more.
struct Prefetch {
  static constexpr int line = 64;

  const std::byte* next;
  const std::byte* end;

  explicit Prefetch(const ConvRange& range) : next(range.ahead), end(range.ahead_end) {}
};

/// One word of depth: an outer product of the tile's pixels and output channels.
template <class Arithmetic, int Runs, int Pixels, int Vectors>
inline void multiply_add(const typename Arithmetic::Input* const (&in)[Runs],
                         const std::ptrdiff_t (&pixel_offset)[Pixels], std::ptrdiff_t index,
                         const typename Arithmetic::Weight* weights,
                         typename Arithmetic::Sum (&sum)[Runs][Pixels][Vectors]) {
  constexpr int vector_elements = Arithmetic::lanes * Arithmetic::word;
  typename Arithmetic::Weights w[Vectors];
  FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) {
    w[v] = Arithmetic::weights_at(weights + (index * Vectors + v) * vector_elements);
  }
  FLIQE_UNROLL for (int r = 0; r < Runs; ++r) {
    FLIQE_UNROLL for (int p = 0; p < Pixels; ++p) {
      const auto x = Arithmetic::input_at(in[r] + pixel_offset[p] + index * Arithmetic::word);
      FLIQE_UNROLL for (int v = 0; v < Vectors; ++v) {
        sum[r][p][v] = Arithmetic::multiply_add(x, w[v], sum[r][p][v]);
      }
    }
  }
}

/// Adds one tap to the tile: `depth` consecutive elements of each pixel's window.
template <class Arithmetic, int Runs, int Pixels, int Vectors>
inline void accumulate(const typename Arithmetic::Input* const (&window)[Runs],
                       std::ptrdiff_t pixel_stride, int depth,
                       const typename Arithmetic::Weight* weights, Prefetch& ahead,
                       typename Arithmetic::Sum (&sum)[Runs][Pixels][Vectors]) {
  constexpr int word = Arithmetic::word;
  std::ptrdiff_t pixel_offset[Pixels];
  FLIQE_UNROLL for (int p = 0; p < Pixels; ++p) pixel_offset[p] = p * pixel_stride;
  const typename Arithmetic::Input* in[Runs];
  FLIQE_UNROLL for (int r = 0; r < Runs; ++r) in[r] = window[r];
  const std::byte* fetch = ahead.next;
  for (int pair = depth / (2 * word); pair > 0; --pair) {
    __builtin_prefetch(fetch, 0, 2);
    fetch += Prefetch::line;
    multiply_add<Arithmetic>(in, pixel_offset, 0, weights, sum);
    multiply_add<Arithmetic>(in, pixel_offset, 1, weights, sum);
    FLIQE_UNROLL for (int r = 0; r < Runs; ++r) in[r] += 2 * word;
    weights += 2 * word * Vectors * Arithmetic::lanes;
  }
  if (depth / word % 2 != 0) multiply_add<Arithmetic>(in, pixel_offset, 0, weights, sum);
  ahead.next = std::min(fetch, ahead.end);
}

/// Adds the taps of a range to the tile.
template <class Arithmetic, int Runs, int Pixels, int Vectors, class Job>
inline void accumulate_taps(const Job& job, const ConvRange& range,
                            const TilePlace<typename Arithmetic::Input, Runs>& place,
                            Prefetch& ahead,
                            typename Arithmetic::Sum (&sum)[Runs][Pixels][Vectors]) {
  constexpr int block_channels = Vectors * Arithmetic::lanes;
  const std::ptrdiff_t tap_size = static_cast<std::ptrdiff_t>(job.depth) * block_channels;
  const typename Arithmetic::Weight* weights =
      job.weights +
      (static_cast<std::ptrdiff_t>(range.block) * job.taps + range.first_tap) * tap_size;
  for (int t = range.first_tap; t < range.last_tap; ++t) {
    const typename Arithmetic::Input* window[Runs];
    FLIQE_UNROLL for (int r = 0; r < Runs; ++r) window[r] = place.input[r] + job.tap_offsets[t];
    accumulate<Arithmetic>(window, job.input.pixel_stride, job.depth, weights, ahead, sum);
    weights += tap_size;
  }
}

}  // namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE
