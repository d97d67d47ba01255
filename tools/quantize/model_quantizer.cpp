// SPDX-License-Identifier: MIT
#include "quantize/model_quantizer.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fliqe/base/error.hpp>
#include <fliqe/weights/float_tensor.hpp>
#include <utility>

#include "quantize/equalize_stem.hpp"
#include "weights/element_type.hpp"

namespace fliqe::tools {
namespace {

/// Matrices of the heads become bytes from this size on; smaller ones are not worth the error.
constexpr std::size_t large_matrix = std::size_t{1} << 19;
constexpr float largest_byte = 127;

}  // namespace

void WindowMean::add(const nn::Conv2dShape& shape, const TensorShape& size,
                     std::span<const float> input) {
  const TensorShape output = nn::convolved_shape(shape, size);
  const int taps = shape.kernel_height * shape.kernel_width;
  sums_.resize(shape.weights_per_output());
  for (int tap = 0; tap < taps; ++tap) {
    for (int oy = 0; oy < output.h; ++oy) {
      const int y = oy * shape.stride - shape.padding + tap / shape.kernel_width;
      if (y < 0 || y >= size.h) continue;
      for (int ox = 0; ox < output.w; ++ox) {
        const int x = ox * shape.stride - shape.padding + tap % shape.kernel_width;
        if (x < 0 || x >= size.w) continue;
        const std::size_t pixel = static_cast<std::size_t>((y * size.w + x) * shape.in_channels);
        for (int c = 0; c < shape.in_channels; ++c) {
          sums_[static_cast<std::size_t>(c * taps + tap)] +=
              input[pixel + static_cast<std::size_t>(c)];
        }
      }
    }
  }
  windows_ += static_cast<std::size_t>(output.h) * static_cast<std::size_t>(output.w);
}

ModelQuantizer::ModelQuantizer(const weights::TensorSet& source) : tensors_(source.name()) {
  const model::WeightsCheck check = model::require_weights(source);
  for (const weights::TensorEntry& tensor : source.tensors()) {
    if (std::ranges::find(check.ignored, tensor.name) != check.ignored.end()) continue;
    require(tensor.dtype != weights::DType::i8, ErrorCode::weights_mismatch,
            source.name() + ": the weights are bytes already");
    tensors_.add(tensor);
  }
  tensors_ = with_element_type(tensors_, weights::DType::f32);
  tensors_.metadata() = source.metadata();  // it may describe the network
  operations_ = model::OperationList::of(check.spec, check.kind);
  for (const model::Operation& layer : operations_) {
    if (layer.batch_norm.empty()) continue;
    const bool in_trunk = layer.part == model::Part::trunk;
    const bool stem = in_trunk && convolutions_.empty();
    if (in_trunk) convolutions_.push_back(layer);
    const auto outputs = static_cast<std::size_t>(layer.shape.out_channels);
    const bool large = outputs * layer.shape.weights_per_output() >= large_matrix;
    if (in_trunk ? !stem : large) layers_.push_back(layer);
  }
}

bool ModelQuantizer::can_equalize() const {
  return can_equalize_stem(operations_);
}

void ModelQuantizer::equalize(std::span<const float> ranges) {
  equalize_stem(tensors_, operations_, ranges);
}

void ModelQuantizer::quantize(const std::map<std::string, WindowMean>& inputs) {
  for (const model::Operation& layer : layers_) quantize(layer, inputs.at(layer.name));
}

void ModelQuantizer::quantize(const model::Operation& layer, const WindowMean& input) {
  const weights::TensorEntry tensor = tensors_.at(layer.name + ".weight");
  const weights::FloatTensor weight(tensor);
  const weights::TensorEntry mean = tensors_.at(layer.batch_norm + ".running_mean");
  const weights::FloatTensor stored_means(mean);
  std::vector<float> means(stored_means.values().begin(), stored_means.values().end());
  std::vector<std::int8_t> bytes;
  std::vector<float> scales;
  bytes.reserve(weight.values().size());
  const std::size_t row_size = layer.shape.weights_per_output();
  for (std::size_t row = 0; row < means.size(); ++row) {
    const std::span<const float> weights = weight.values().subspan(row * row_size, row_size);
    float largest = 0;
    for (const float value : weights) {
      require(std::isfinite(value), ErrorCode::non_finite,
              "tensor '" + tensor.name + "' holds NaN or infinity");
      largest = std::max(largest, std::abs(value));
    }
    const float scale = largest > 0 ? largest / largest_byte : 1.0f;
    double shift = 0;
    for (std::size_t i = 0; i < row_size; ++i) {
      const float rounded =
          std::clamp(std::nearbyint(weights[i] / scale), -largest_byte, largest_byte);
      bytes.push_back(static_cast<std::int8_t>(rounded));
      shift += (static_cast<double>(rounded) * scale - weights[i]) * input[i];
    }
    scales.push_back(scale);
    means[row] = static_cast<float>(means[row] + shift);
  }
  tensors_.set(make_tensor(tensor.name, weights::DType::i8, tensor.shape, std::move(bytes)));
  tensors_.set(make_tensor(tensor.name + "_scale", weights::DType::f32, {tensor.shape[0]},
                           std::move(scales)));
  tensors_.set(make_tensor(mean.name, weights::DType::f32, mean.shape, std::move(means)));
}

weights::TensorSet ModelQuantizer::result(const std::map<std::string, float>& activation_scales,
                                          weights::TensorSet::Metadata metadata) const {
  weights::TensorSet tensors = tensors_;
  tensors.metadata() = std::move(metadata);
  for (const auto& [convolution, scale] : activation_scales) {
    tensors.set(make_tensor(convolution + ".activation_scale", weights::DType::f32, {1},
                            std::vector<float>{scale}));
  }
  return tensors;
}

}  // namespace fliqe::tools
