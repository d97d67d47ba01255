// SPDX-License-Identifier: MIT
/// @file
/// What all convolution kernels share: types, the iteration over runs, prefetching. Included once
/// for each set of target features.

namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE {

/// How these target features compute F32, Bf16, Bf16Products or Int8.
template <class Type>
struct Arithmetic;

/// What an arithmetic has that multiplies one pixel by a word of weights at a time.
template <class Type>
struct ByWord {
  static constexpr int weight_word = Type::word;
  static constexpr int input_words = 1;
  static constexpr int group_pixels = 1;
  static constexpr bool signed_inputs = false;

  template <class Sum>
  static Sum sum_of_pixel(Sum sum, int) {
    return sum;
  }
};

template <class Arithmetic>
using ArgumentsOf = ConvolutionArguments<typename Arithmetic::Type>;
template <class Arithmetic>
using ElementOf = typename Arithmetic::Type::Element;
template <class Arithmetic>
using WeightOf = typename Arithmetic::Type::Weight;
template <class Arithmetic>
using OutputOf = typename Arithmetic::Type::Output;

/// Where a tile reads and writes, for each of its runs.
template <class Type, int Runs>
struct TileAddresses {
  const typename Type::Element* input[Runs];
  const typename Type::Output* added[Runs];  ///< residual or partial sums, or null
  typename Type::Output* output[Runs];
};

template <class Arithmetic, int Runs>
using AddressesOf = TileAddresses<typename Arithmetic::Type, Runs>;

/// Iterates over the runs of a range in order, image after image.
template <class Arguments>
class RunCursor {
 public:
  using Type = typename Arguments::Type;

  RunCursor(const Arguments& arguments, const ConvolutionRange& range, std::size_t first_channel)
      : arguments_(arguments),
        image_(range.first_run / arguments.runs_per_image),
        run_(range.first_run % arguments.runs_per_image),
        channel_(first_channel),
        continues_(range.first_tap > 0) {}

  template <int Runs>
  TileAddresses<Type, Runs> next() {
    TileAddresses<Type, Runs> tile;
    for (int r = 0; r < Runs; ++r) {
      const auto image = static_cast<std::ptrdiff_t>(image_);
      const Run& run = arguments_.runs[run_];
      const auto& output = arguments_.output;
      const auto& residual = arguments_.residual;
      tile.input[r] = arguments_.input.data + image * arguments_.input.image_stride + run.input;
      tile.output[r] = output.data + image * output.image_stride + run.output + channel_;
      tile.added[r] = nullptr;
      if (continues_) {
        tile.added[r] = tile.output[r];
      } else if (residual.data != nullptr) {
        tile.added[r] = residual.data + image * residual.image_stride + run.residual + channel_;
      }
      if (++run_ == arguments_.runs_per_image) {
        run_ = 0;
        ++image_;
      }
    }
    return tile;
  }

  /// Distance between the pixels of `added`.
  std::ptrdiff_t added_stride() const {
    return continues_ ? arguments_.output.pixel_stride : arguments_.residual.pixel_stride;
  }

 private:
  const Arguments& arguments_;
  std::size_t image_;
  std::size_t run_;
  std::size_t channel_;
  bool continues_;  ///< partial sums
};

/// Memory that is prefetched into the second-level cache during the computation: one line for every
/// step of the inner loop, two words of depth or more, which main memory can sustain.
struct Prefetch {
  static constexpr int line = 64;

  const std::byte* next;
  const std::byte* end;

  explicit Prefetch(const ConvolutionRange& range)
      : next(range.prefetch), end(range.prefetch_end) {}
};

/// How many groups of pixels a run of so many has.
template <class Arithmetic>
constexpr int groups_in(int pixels) {
  return whole_groups(pixels, Arithmetic::group_pixels) / Arithmetic::group_pixels;
}

template <class Arithmetic, int Runs, int Pixels, int Vectors>
using TileSumsOf = typename Arithmetic::PartialSum[Runs][groups_in<Arithmetic>(Pixels)][Vectors];

/// The input of one tap, for each pixel of a tile.
template <class Arithmetic, int Runs, int Pixels>
struct TapInputs {
  const ElementOf<Arithmetic>* in[Runs];
  std::ptrdiff_t pixel_offset[Pixels];

  TapInputs(const ElementOf<Arithmetic>* const (&window)[Runs], std::ptrdiff_t pixel_stride) {
    FLIQE_UNROLL for (int p = 0; p < Pixels; ++p) pixel_offset[p] = p * pixel_stride;
    FLIQE_UNROLL for (int r = 0; r < Runs; ++r) in[r] = window[r];
  }
  const ElementOf<Arithmetic>* pixel(int run, int index) const {
    return in[run] + pixel_offset[index];
  }
  void advance(int elements) { FLIQE_UNROLL for (int r = 0; r < Runs; ++r) in[r] += elements; }
};

}  // namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE
