// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/model/operations.hpp>
#include <fliqe/version.hpp>
#include <fliqe/weights/tensor_set.hpp>
#include <map>
#include <string>
#include <vector>

namespace fliqe::inline FLIQE_ABI::model {

using weights::Shape;

/// Every tensor that a network needs, by its name in the state dict.
class WeightsManifest {
 public:
  WeightsManifest(const NetworkSpec& spec, ModelKind kind)
      : operations_(OperationList::of(spec, kind)) {
    for (const Operation& operation : operations_) expect(operation);
  }

  const std::map<std::string, Shape>& tensors() const noexcept { return tensors_; }
  const std::vector<Operation>& operations() const noexcept { return operations_; }

  /// Adds the scales that belong to quantized weights: one for each output channel, and where all
  /// convolutions but the first are quantized, one for each convolution's outputs. Returns whether
  /// they are.
  bool expect_scales(const weights::TensorSet& set) {
    bool all = true, is_stem = true;
    for (const Operation& operation : operations_) {
      if (!operation.has_weights()) continue;
      const std::string name = operation.name + ".weight";
      const weights::TensorEntry* tensor = set.find(name);
      const bool is_quantized = tensor != nullptr && tensor->dtype == weights::DType::i8;
      if (is_quantized) tensors_[name + "_scale"] = {operation.shape.out_channels};
      if (operation.part == Part::trunk && !is_stem) all = all && is_quantized;
      is_stem = false;
    }
    for (const Operation& operation : operations_) {
      if (all && operation.kind == OperationKind::convolution) {
        tensors_[operation.name + ".activation_scale"] = {1};
      }
    }
    return all;
  }

 private:
  void expect(const Operation& operation) {
    const nn::Conv2dShape& shape = operation.shape;
    const std::int64_t in = shape.in_channels, out = shape.out_channels;
    const std::string& name = operation.name;
    if (operation.kind == OperationKind::convolution) {
      tensors_[name + ".weight"] = {out, in, shape.kernel_height, shape.kernel_width};
    }
    if (operation.kind == OperationKind::linear) {
      tensors_[name + ".weight"] = {out, in};
      tensors_[name + ".bias"] = {out};
    }
    if (operation.kind == OperationKind::batch_norm) expect_batch_norm(name, out);
    if (!operation.batch_norm.empty()) expect_batch_norm(operation.batch_norm, out);
  }

  void expect_batch_norm(const std::string& name, std::int64_t channels) {
    for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"}) {
      tensors_[name + part] = {channels};
    }
  }

  std::vector<Operation> operations_;
  std::map<std::string, Shape> tensors_;
};

}  // namespace fliqe::inline FLIQE_ABI::model
