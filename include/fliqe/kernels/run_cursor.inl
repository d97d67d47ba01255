// SPDX-License-Identifier: MIT
/// @file
/// What all convolution kernels share: types, the iteration over runs, prefetching. Included once
/// for each set of target features.

namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE {

/// How these target features compute F32, Bf16, Bf16Products or Int8.
template <class Type>
struct Arithmetic;

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
/// two words of depth, which main memory can sustain.
struct Prefetch {
  static constexpr int line = 64;

  const std::byte* next;
  const std::byte* end;

  explicit Prefetch(const ConvolutionRange& range)
      : next(range.prefetch), end(range.prefetch_end) {}
};

}  // namespace fliqe::inline FLIQE_ABI::kernels::FLIQE_KERNEL_NAMESPACE
