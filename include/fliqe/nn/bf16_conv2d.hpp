// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <fliqe/nn/conv2d_plan.hpp>
#include <fliqe/nn/float_convolution.hpp>
#include <fliqe/nn/narrow_convolution.hpp>
#include <fliqe/version.hpp>
#include <span>

namespace fliqe::inline FLIQE_ABI::nn {

/// Two-dimensional convolution of bfloat16 with sums in floats; batch normalisation, an added
/// tensor and ReLU are applied to the sums before they are rounded. Const and thread-safe.
class Bf16Conv2d : public NarrowConvolution<bfloat16, kernels::Bf16Table> {
 public:
  /// @param weight  out_channels x in_channels x kernel_height x kernel_width; rounded to bfloat16
  /// @param after   the batch normalisation that follows, or empty
  /// @throws Error `invalid_argument` on sizes that do not fit together or channels that are no
  ///         multiples of 2 (in) and 16 (out), `non_finite` when a weight is or becomes so
  Bf16Conv2d(const Conv2dShape& shape, std::span<const float> weight, const ChannelAffine& after,
             const kernels::Bf16Table& table, int threads = 0)
      : NarrowConvolution(
            checked_narrow(shape, weight, after), weight, table, threads,
            [](float from, bfloat16& to) {
              to = to_bfloat16(from);
              return std::isfinite(to_float(to));
            },
            InOrder{table.vector_width}) {
    set_scales(InOrder{table.vector_width}, [&](int channel, float& scale, float& offset) {
      scale = after.empty() ? 1.0f : static_cast<float>(after.scale[channel]);
      offset = after.empty() ? 0.0f : static_cast<float>(after.shift[channel]);
    });
  }

  /// What a plan needs to know of the weights.
  Job job(bool relu = false) const noexcept {
    Job job = packed_job();
    job.relu = relu;
    return job;
  }

 private:
  /// Each vector of sums is narrowed alone, so channels stay in order.
  struct InOrder {
    int width;
    int operator()(int, int vector, int lane) const noexcept { return vector * width + lane; }
  };

  static const Conv2dShape& checked_narrow(const Conv2dShape& shape, std::span<const float> weight,
                                           const ChannelAffine& after) {
    check_channels("Bf16Conv2d", shape);
    return checked(shape, weight, {}, after);
  }
};

}  // namespace fliqe::inline FLIQE_ABI::nn
