// SPDX-License-Identifier: MIT
#include "quantize/equalize_stem.hpp"

#include <algorithm>
#include <cmath>
#include <fliqe/base/error.hpp>
#include <fliqe/weights/float_tensor.hpp>
#include <string>
#include <utility>

namespace fliqe::tools {
namespace {

using model::Operation;
using model::OperationKind;
using weights::TensorSet;

/// The share of a channel's range that goes into the weights, as a power.
constexpr double migrated = 0.75;
/// Channels of less than this share of the largest range count as if they had it.
constexpr float least_range = 1e-4f;

/// The index of the operation that gives the stem's output.
int stem_output(const std::vector<Operation>& operations) {
  return operations.at(1).kind == OperationKind::max_pool ? 1 : 0;
}

std::vector<std::string> readers(const std::vector<Operation>& operations) {
  const int output = stem_output(operations);
  std::vector<std::string> names;
  for (const Operation& operation : operations) {
    if (operation.input == output) names.push_back(operation.name + ".weight");
  }
  return names;
}

/// Multiplies element i by factors[i / inner % factors.size()].
void scale(TensorSet& tensors, const std::string& name, std::span<const float> factors,
           std::size_t inner) {
  const weights::TensorEntry tensor = tensors.at(name);
  const weights::FloatTensor stored(tensor);
  std::vector<float> values(stored.values().begin(), stored.values().end());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] *= factors[i / inner % factors.size()];
  tensors.set(make_tensor(name, weights::DType::f32, tensor.shape, std::move(values)));
}

/// Weights of a channel lie together: a kernel's window.
std::size_t window_size(const weights::TensorEntry& weight) {
  return static_cast<std::size_t>(weight.shape.at(2) * weight.shape.at(3));
}

/// The largest magnitude of the weights that read each channel.
std::vector<float> reach_of_weights(const TensorSet& tensors, const std::vector<std::string>& names,
                                    std::size_t channels) {
  std::vector<float> reach(channels);
  for (const std::string& name : names) {
    const weights::FloatTensor weight(tensors.at(name));
    const std::size_t window = window_size(tensors.at(name));
    for (std::size_t i = 0; i < weight.values().size(); ++i) {
      float& largest = reach[i / window % channels];
      largest = std::max(largest, std::abs(weight.values()[i]));
    }
  }
  return reach;
}

/// Their geometric mean is 1.
std::vector<float> factors_of(std::span<const float> ranges, std::span<const float> weights) {
  const float range_floor = least_range * *std::ranges::max_element(ranges);
  const float weight_floor = least_range * *std::ranges::max_element(weights);
  std::vector<double> logarithms(ranges.size());
  double mean = 0;
  for (std::size_t c = 0; c < ranges.size(); ++c) {
    logarithms[c] = migrated * std::log(std::max(ranges[c], range_floor)) -
                    (1 - migrated) * std::log(std::max(weights[c], weight_floor));
    mean += logarithms[c] / static_cast<double>(ranges.size());
  }
  std::vector<float> factors;
  for (const double each : logarithms) factors.push_back(static_cast<float>(std::exp(each - mean)));
  return factors;
}

}  // namespace

bool can_equalize_stem(const std::vector<Operation>& operations) {
  const int output = stem_output(operations);
  return std::ranges::all_of(operations, [&](const Operation& operation) {
    const bool reads = operation.input == output;
    return operation.residual != output && (!reads || operation.kind == OperationKind::convolution);
  });
}

void equalize_stem(TensorSet& tensors, const std::vector<Operation>& operations,
                   std::span<const float> ranges) {
  const auto channels = static_cast<std::size_t>(operations.front().shape.out_channels);
  require(ranges.size() == channels, ErrorCode::invalid_argument,
          "equalize_stem: expected " + std::to_string(channels) + " ranges, found " +
              std::to_string(ranges.size()));
  if (*std::ranges::max_element(ranges) <= 0) return;  // all is black: nothing to learn from
  const std::vector<std::string> names = readers(operations);
  const std::vector<float> factors =
      factors_of(ranges, reach_of_weights(tensors, names, ranges.size()));
  std::vector<float> inverse;
  for (const float factor : factors) inverse.push_back(1 / factor);
  const std::string& batch_norm = operations.front().batch_norm;
  for (const char* part : {".weight", ".bias"}) scale(tensors, batch_norm + part, inverse, 1);
  for (const std::string& name : names) {
    scale(tensors, name, factors, window_size(tensors.at(name)));
  }
}

}  // namespace fliqe::tools
