// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/base/error.hpp>
#include <fliqe/model/backbone.hpp>
#include <fliqe/model/operations.hpp>
#include <fliqe/nn/conv2d_shape.hpp>
#include <fliqe/version.hpp>
#include <fliqe/weights/tensor_set.hpp>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fliqe::inline FLIQE_ABI::model {

using weights::Shape;

/// Every tensor that a network needs, by its name in the state dict.
class WeightsManifest {
 public:
  /// @param outputs  of the head: 1, or the number of classes
  WeightsManifest(const BackboneSpec& spec, ModelKind kind, int outputs = 1)
      : operations_(OperationList::of(spec, kind, outputs)) {
    for (const Operation& operation : operations_) expect(operation);
  }

  const std::map<std::string, Shape>& tensors() const noexcept { return tensors_; }
  const std::vector<Operation>& operations() const noexcept { return operations_; }

  /// Adds the scales that belong to quantized weights: one for each output channel, and where all
  /// convolutions but the first are quantized, one for each convolution's outputs. Returns whether
  /// they are.
  bool expect_scales(const std::map<std::string, const weights::TensorEntry*>& found) {
    bool all = true, is_stem = true;
    for (const Operation& operation : operations_) {
      if (!operation.has_weights()) continue;
      const std::string name = operation.name + ".weight";
      const auto entry = found.find(name);
      const bool is_quantized = entry != found.end() && entry->second->dtype == weights::DType::i8;
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

/// A set of tensors compared with the network they seem to be.
struct WeightsCheck {
  struct WrongShape {
    std::string name;
    Shape expected;
    Shape found;
  };

  const BackboneSpec* spec = nullptr;
  ModelKind kind = ModelKind::full;
  std::vector<std::string> missing;
  std::vector<std::string> unexpected;
  std::vector<WrongShape> wrong_shape;
  std::vector<std::string> ignored;  ///< a classification layer `fc`, which FLIQE has no use for
  bool calibrated = false;           ///< int8 can be computed
  int outputs = 1;                   ///< of the head: 1 for a score, else one for each class

  bool passed() const noexcept {
    return missing.empty() && unexpected.empty() && wrong_shape.empty();
  }

  /// Every difference, by name.
  std::string message() const {
    std::string text =
        "weights do not fit " + std::string(spec->name) + " (" + std::string(to_string(kind)) + ")";
    append_names(text, "missing", missing);
    append_names(text, "unexpected", unexpected);
    for (const WrongShape& wrong : wrong_shape) {
      text += "; " + wrong.name + ": expected shape " + weights::to_string(wrong.expected) +
              ", found " + weights::to_string(wrong.found);
    }
    return text;
  }

 private:
  static void append_names(std::string& text, const char* label,
                           const std::vector<std::string>& names) {
    if (names.empty()) return;
    text += "; " + std::string(label) + " (" + std::to_string(names.size()) + "):";
    for (const std::string& name : names) text += " " + name;
  }
};

/// The number of outputs of the head's last layer; 1 where it has none or too many.
inline int head_outputs(const std::map<std::string, const weights::TensorEntry*>& found) {
  constexpr std::int64_t most = 10'000;
  const std::string last = OperationList::of_head(1).back().name;
  const auto entry = found.find(std::string(NamePrefixes{}.classifier) + last + ".weight");
  if (entry == found.end() || entry->second->shape.size() != 2) return 1;
  const std::int64_t outputs = entry->second->shape[0];
  return outputs >= 1 && outputs <= most ? static_cast<int>(outputs) : 1;
}

/// The known backbone whose stem has the shape of `stem`; null for none.
inline const BackboneSpec* backbone_with(const weights::TensorEntry& stem) {
  for (const BackboneSpec& spec : known_backbones) {
    if (!stem.shape.empty() && stem.shape[0] == spec.width) return &spec;
  }
  return nullptr;
}

/// Compares the tensors with a backbone and finds out how much of the network they are: every name
/// and shape. BatchNorm's `num_batches_tracked` counters may be there or not.
/// @param required  the backbone; null: the known one that has such a first convolution
/// @throws Error `weights_mismatch` when there is no first convolution, or that of no known
/// backbone
inline WeightsCheck check_weights(const weights::TensorSet& set,
                                  const BackboneSpec* required = nullptr) {
  const std::vector<weights::TensorEntry>& tensors = set.tensors();
  const std::string& file = set.name();
  std::map<std::string, const weights::TensorEntry*> found;
  for (const weights::TensorEntry& tensor : tensors) found[tensor.name] = &tensor;

  WeightsCheck check;
  const weights::TensorEntry* stem = nullptr;
  for (const ModelKind kind : {ModelKind::full, ModelKind::encoder, ModelKind::trunk}) {
    const auto entry = found.find(std::string(prefixes(kind).trunk) + "conv1.weight");
    if (entry == found.end()) continue;
    stem = entry->second;
    check.kind = kind;
    break;
  }
  if (stem == nullptr) {
    detail::raise(ErrorCode::weights_mismatch,
                  file +
                      ": expected a tensor named iqa_encoder.encoder.conv1.weight, "
                      "encoder.conv1.weight or conv1.weight, found none among " +
                      std::to_string(tensors.size()) + " tensors");
  }
  const BackboneSpec* known = backbone_with(*stem);
  if (required != nullptr && (stem->shape.empty() || stem->shape[0] != required->width)) {
    const std::string found_backbone =
        known != nullptr
            ? std::string(known->name) + " (FLIQE<AnyBackbone> takes every built-in backbone)"
            : "a first convolution of shape " + weights::to_string(stem->shape);
    detail::raise(
        ErrorCode::weights_mismatch,
        file + ": expected backbone " + std::string(required->name) + ", found " + found_backbone);
  }
  check.spec = required != nullptr ? required : known;
  if (check.spec == nullptr) {
    detail::raise(ErrorCode::weights_mismatch,
                  file + ": " + stem->name +
                      ": expected shape [64, 3, 7, 7] or [16, 3, 7, 7], found " +
                      weights::to_string(stem->shape));
  }

  check.outputs = head_outputs(found);
  WeightsManifest manifest(*check.spec, check.kind, check.outputs);
  check.calibrated = manifest.expect_scales(found);
  for (const auto& [name, shape] : manifest.tensors()) {
    const auto entry = found.find(name);
    if (entry == found.end()) {
      check.missing.push_back(name);
    } else if (entry->second->shape != shape) {
      check.wrong_shape.push_back({name, shape, entry->second->shape});
    }
  }
  const std::string fc = std::string(prefixes(check.kind).trunk) + "fc.";
  for (const weights::TensorEntry& tensor : tensors) {
    if (manifest.tensors().contains(tensor.name)) continue;
    if (tensor.name.ends_with(".num_batches_tracked")) continue;
    (tensor.name.starts_with(fc) ? check.ignored : check.unexpected).push_back(tensor.name);
  }
  return check;
}

}  // namespace fliqe::inline FLIQE_ABI::model
