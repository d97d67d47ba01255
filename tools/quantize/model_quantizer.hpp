// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/model/check_weights.hpp>
#include <fliqe/model/operations.hpp>
#include <fliqe/nn/conv2d_shape.hpp>
#include <fliqe/weights/tensor_set.hpp>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace fliqe::tools {

/// Mean of a convolution's window over output positions and pictures, for each weight of one
/// output channel: [input channel][tap].
class WindowMean {
 public:
  /// Takes one picture's input of this size, NHWC without gaps.
  void add(const nn::Conv2dShape& shape, const TensorShape& size, std::span<const float> input);

  double operator[](std::size_t weight) const {
    return sums_[weight] / static_cast<double>(windows_);
  }

 private:
  std::vector<double> sums_;
  std::size_t windows_ = 0;
};

/// Turns a model's weights into bytes: those of all convolutions but the first and of the large
/// matrices, each output channel with a scale of its own, symmetric around 0.
///
/// The rounding errors of a channel's weights add up to an error of the output whose mean over
/// pictures is known from the mean of the inputs. It goes into the running mean of the batch
/// normalisation that follows (bias correction: Nagel et al., "Data-Free Quantization Through
/// Weight Equalization and Bias Correction", 2019).
class ModelQuantizer {
 public:
  /// @throws Error `weights_mismatch` when the weights are no FLIQE network or are bytes already
  explicit ModelQuantizer(const weights::TensorSet& source);

  /// The weights in f32, until quantize() turns some into bytes.
  const weights::TensorSet& tensors() const noexcept { return tensors_; }
  /// What becomes bytes, in the order of the network.
  const std::vector<model::Operation>& layers() const noexcept { return layers_; }
  /// The trunk's convolutions, in the order of the network.
  const std::vector<model::Operation>& convolutions() const noexcept { return convolutions_; }
  /// How many steps a convolution's outputs have on the side where they have most.
  static int steps_of(const model::Operation& convolution) { return convolution.relu ? 255 : 127; }

  /// @see can_equalize_stem
  bool can_equalize() const;
  /// Makes the channels of the stem's output similar in range. @see equalize_stem
  void equalize(std::span<const float> ranges);

  /// Quantises the weights of all layers.
  void quantize(const std::map<std::string, WindowMean>& inputs);

  /// The quantized weights. @param activation_scales  of the convolutions' outputs, by name
  weights::TensorSet result(const std::map<std::string, float>& activation_scales,
                            weights::TensorSet::Metadata metadata) const;

 private:
  void quantize(const model::Operation& layer, const WindowMean& input);

  weights::TensorSet tensors_;
  std::vector<model::Operation> operations_;
  std::vector<model::Operation> layers_;
  std::vector<model::Operation> convolutions_;
};

}  // namespace fliqe::tools
