// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/kernels/narrow_table.hpp>
#include <fliqe/nn/packed_convolution.hpp>
#include <fliqe/version.hpp>

namespace fliqe::inline FLIQE_ABI::nn {

/// A convolution in elements smaller than floats: its sums are scaled, shifted and narrowed, which
/// takes the batch normalisation in.
template <class WeightElement, class KernelSet>
class NarrowConvolution : public PackedConvolution<WeightElement, KernelSet> {
 public:
  using Base = PackedConvolution<WeightElement, KernelSet>;
  using Job = typename KernelSet::Job;
  static constexpr bool sums_wait = false;

  /// Channels come in groups: inputs share words of 4 bytes, and stores are of whole vectors.
  static constexpr int input_multiple = 4 / sizeof(WeightElement), output_multiple = 16;

 protected:
  /// Calls `convert(weight)` for each of `weight`, out_channels x in_channels x kernel_height x
  /// kernel_width, and `channel_of(vectors, vector, lane)` for the place of each output channel in
  /// a block.
  template <class From, class Convert, class ChannelOf>
  NarrowConvolution(const Conv2dShape& shape, std::span<const From> weight, const KernelSet& table,
                    int threads, const Convert& convert, const ChannelOf& channel_of)
      : Base(shape, shape.weights_per_output(), vectors_of_block(shape, table), table, threads,
             [&](std::size_t block, int lanes, WeightElement* packed) {
               bool finite = true;
               const int width = table.vector_width;
               for (int lane = 0; lane < lanes; ++lane) {
                 const int channel = static_cast<int>(block) * lanes +
                                     channel_of(lanes / width, lane / width, lane % width);
                 const auto row = static_cast<std::size_t>(channel) * shape.weights_per_output();
                 finite &= pack_lane(shape, weight.data() + row, convert, lanes, lane, packed);
               }
               return finite;
             }),
        scale_(static_cast<std::size_t>(shape.out_channels)),
        offset_(static_cast<std::size_t>(shape.out_channels)) {}

  /// Calls `set(channel, scale, offset)` for each output channel.
  template <class ChannelOf, class Set>
  void set_scales(const ChannelOf& channel_of, const Set& set) {
    const int lanes = this->block_channels(), width = this->table().vector_width;
    for (int i = 0; i < this->shape().out_channels; ++i) {
      const int lane = i % lanes;
      const int channel = i - lane + channel_of(this->block_vectors(), lane / width, lane % width);
      set(channel, scale_[static_cast<std::size_t>(i)], offset_[static_cast<std::size_t>(i)]);
    }
  }

  /// What a plan needs to know of the weights.
  Job packed_job() const noexcept {
    Job job;
    job.weights = this->packed_weights();
    job.scale = scale_.data();
    job.offset = offset_.data();
    return job;
  }

  /// @throws Error `invalid_argument`
  static void check_channels(const char* layer, const Conv2dShape& shape) {
    detail::require(
        shape.in_channels % input_multiple == 0 && shape.out_channels % output_multiple == 0,
        ErrorCode::invalid_argument,
        std::string(layer) + ": expected input channels in multiples of " +
            std::to_string(input_multiple) + " and output channels of " +
            std::to_string(output_multiple) + ", found " + std::to_string(shape.in_channels) +
            " and " + std::to_string(shape.out_channels));
  }

 private:
  /// Wide blocks need fewer loads, but smaller tiles; measured.
  static int vectors_of_block(const Conv2dShape& shape, const KernelSet& table) noexcept {
    constexpr std::size_t shallow_bytes = 512;
    const bool shallow = shape.weights_per_output() * sizeof(WeightElement) <= shallow_bytes;
    if (shallow && Base::is_even_in(4, shape.out_channels, table)) return 4;
    return Base::is_even_in(2, shape.out_channels, table) ? 2 : 1;
  }

  /// [in][tap] of one output channel to its lane of [tap][word][lane][element of the word].
  template <class From, class Convert>
  static bool pack_lane(const Conv2dShape& shape, const From* from, const Convert& convert,
                        int lanes, int lane, WeightElement* packed) {
    constexpr int word = input_multiple;
    const int taps = shape.kernel_height * shape.kernel_width, inputs = shape.in_channels;
    bool finite = true;
    for (int in = 0; in < inputs; ++in) {
      for (int tap = 0; tap < taps; ++tap) {
        const auto index = static_cast<std::ptrdiff_t>(tap) * (inputs / word) + in / word;
        finite &= convert(from[in * taps + tap], packed[(index * lanes + lane) * word + in % word]);
      }
    }
    return finite;
  }

  AlignedBuffer<float> scale_, offset_;  ///< in the order of lanes
};

}  // namespace fliqe::inline FLIQE_ABI::nn
