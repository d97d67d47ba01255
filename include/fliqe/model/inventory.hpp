// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/base/error.hpp>
#include <fliqe/model/backbone.hpp>
#include <fliqe/nn/conv2d_shape.hpp>
#include <fliqe/version.hpp>
#include <fliqe/weights/tensor_entry.hpp>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fliqe::inline FLIQE_ABI::model {

using weights::Shape;

/// How much of the network a set of weights holds.
enum class ModelKind {
  trunk,    ///< convolutions only, named as torchvision names them: features
  encoder,  ///< trunk and projection head: features and embeddings
  full,     ///< encoder and head: features, embeddings and scores (or probabilities of classes)
};

constexpr std::string_view to_string(ModelKind kind) noexcept {
  switch (kind) {
    case ModelKind::trunk:
      return "trunk only";
    case ModelKind::encoder:
      return "encoder only";
    case ModelKind::full:
      return "full model";
  }
  return "unknown";
}

/// What the released state dicts put before the names of each part.
struct NamePrefixes {
  std::string_view trunk;
  std::string_view projection;
  std::string_view classifier = "classifier.";
};

constexpr NamePrefixes prefixes(ModelKind kind) noexcept {
  switch (kind) {
    case ModelKind::trunk:
      return {"", ""};
    case ModelKind::encoder:
      return {"encoder.", "projection_head."};
    case ModelKind::full:
      return {"iqa_encoder.encoder.", "iqa_encoder.projection_head."};
  }
  return {};
}

/// A layer that a batch normalisation follows.
struct NormalizedLayer {
  std::string name, batch_norm;
  nn::Conv2dShape shape;  ///< a matrix is a 1x1 convolution
  bool in_trunk = true;   ///< else in the projection head
  bool relu = true;       ///< comes after the normalisation
};

/// Every tensor that a network needs, by its name in the state dict.
class Inventory {
 public:
  /// @param outputs  of the head: 1, or the number of classes
  Inventory(const BackboneSpec& spec, ModelKind kind, int outputs = 1) {
    const NamePrefixes names = prefixes(kind);
    add_trunk(spec, std::string(names.trunk));
    if (kind != ModelKind::trunk) add_projection(spec, std::string(names.projection));
    if (kind == ModelKind::full) add_classifier(std::string(names.classifier), outputs);
  }

  const std::map<std::string, Shape>& tensors() const noexcept { return tensors_; }
  /// Adds the scales that belong to weights in bytes: one for each output channel, and where all
  /// convolutions but the first are in bytes, one for each convolution's outputs. Tells whether
  /// that is so.
  bool expect_scales(const std::map<std::string, const weights::TensorEntry*>& found) {
    bool all = true;
    for (const NormalizedLayer& layer : layers_) {
      const std::string name = layer.name + ".weight";
      const auto entry = found.find(name);
      const bool in_bytes = entry != found.end() && entry->second->dtype == weights::DType::i8;
      if (in_bytes) tensors_[name + "_scale"] = {layer.shape.out_channels};
      if (layer.in_trunk && &layer != &layers_.front()) all = all && in_bytes;
    }
    for (const NormalizedLayer& layer : layers_) {
      if (all && layer.in_trunk) tensors_[layer.name + ".activation_scale"] = {1};
    }
    return all;
  }

  /// In the order of the network; the first is the stem.
  const std::vector<NormalizedLayer>& normalized_layers() const noexcept { return layers_; }

 private:
  void add_convolution(const std::string& name, const std::string& batch_norm, int in, int out,
                       int kernel, int stride, bool relu = true) {
    tensors_[name + ".weight"] = {out, in, kernel, kernel};
    add_batch_norm(batch_norm, out);
    layers_.push_back(
        {name, batch_norm, {in, out, kernel, kernel, stride, kernel / 2}, true, relu});
  }

  void add_linear(const std::string& name, int in, int out) {
    tensors_[name + ".weight"] = {out, in};
    tensors_[name + ".bias"] = {out};
  }

  void add_batch_norm(const std::string& name, int channels) {
    for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"}) {
      tensors_[name + part] = {channels};
    }
  }

  void add_trunk(const BackboneSpec& spec, const std::string& prefix) {
    add_convolution(prefix + "conv1", prefix + "bn1", 3, spec.width, 7, 2);
    int in = spec.width;
    for (std::size_t stage = 0; stage < spec.blocks.size(); ++stage) {
      const int mid = spec.width << stage;
      const int out = mid * BackboneSpec::expansion;
      for (int block = 0; block < spec.blocks[stage]; ++block) {
        const std::string name =
            prefix + "layer" + std::to_string(stage + 1) + "." + std::to_string(block) + ".";
        const int stride = stage > 0 && block == 0 ? 2 : 1;
        add_convolution(name + "conv1", name + "bn1", in, mid, 1, 1);
        add_convolution(name + "conv2", name + "bn2", mid, mid, 3, stride);
        add_convolution(name + "conv3", name + "bn3", mid, out, 1, 1);
        if (block == 0) {
          add_convolution(name + "downsample.0", name + "downsample.1", in, out, 1, stride, false);
        }
        in = out;
      }
    }
  }

  void add_projection(const BackboneSpec& spec, const std::string& prefix) {
    int in = spec.features();
    int index = 0;
    for (const int out : spec.hidden) {
      if (out == 0) break;
      const std::string name = prefix + std::to_string(index);
      const std::string batch_norm = prefix + std::to_string(index + 1);
      add_linear(name, in, out);
      add_batch_norm(batch_norm, out);
      layers_.push_back({name, batch_norm, {in, out}, false});
      index += 3;
      in = out;
    }
    add_linear(prefix + std::to_string(index), in, embedding_size);
  }

  void add_classifier(const std::string& prefix, int outputs) {
    add_linear(prefix + "0", embedding_size, 128);
    add_batch_norm(prefix + "2", 128);
    add_linear(prefix + "3", 128, 64);
    add_batch_norm(prefix + "5", 64);
    add_linear(prefix + "6", 64, outputs);
  }

  std::map<std::string, Shape> tensors_;
  std::vector<NormalizedLayer> layers_;
};

/// A set of tensors held against the network it seems to be.
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

/// As many as the last layer of the head has; 1 where that cannot be.
inline int head_outputs(const std::map<std::string, const weights::TensorEntry*>& found) {
  constexpr std::int64_t most = 10'000;
  const auto entry = found.find(std::string(NamePrefixes{}.classifier) + "6.weight");
  if (entry == found.end() || entry->second->shape.size() != 2) return 1;
  const std::int64_t outputs = entry->second->shape[0];
  return outputs >= 1 && outputs <= most ? static_cast<int>(outputs) : 1;
}

/// Finds out which backbone and how much of it the tensors are, and compares every name and shape.
/// BatchNorm's `num_batches_tracked` counters may be there or not.
/// @throws Error `weights_mismatch` when no known backbone has such a first convolution
inline WeightsCheck check_weights(const std::vector<weights::TensorEntry>& tensors,
                                  const std::string& file) {
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
  for (const BackboneSpec& spec : known_backbones) {
    if (!stem->shape.empty() && stem->shape[0] == spec.width) check.spec = &spec;
  }
  if (check.spec == nullptr) {
    detail::raise(ErrorCode::weights_mismatch,
                  file + ": " + stem->name +
                      ": expected shape [64, 3, 7, 7] or [16, 3, 7, 7], found " +
                      weights::to_string(stem->shape));
  }

  check.outputs = head_outputs(found);
  Inventory inventory(*check.spec, check.kind, check.outputs);
  check.calibrated = inventory.expect_scales(found);
  for (const auto& [name, shape] : inventory.tensors()) {
    const auto entry = found.find(name);
    if (entry == found.end()) {
      check.missing.push_back(name);
    } else if (entry->second->shape != shape) {
      check.wrong_shape.push_back({name, shape, entry->second->shape});
    }
  }
  const std::string fc = std::string(prefixes(check.kind).trunk) + "fc.";
  for (const weights::TensorEntry& tensor : tensors) {
    if (inventory.tensors().contains(tensor.name)) continue;
    if (tensor.name.ends_with(".num_batches_tracked")) continue;
    (tensor.name.starts_with(fc) ? check.ignored : check.unexpected).push_back(tensor.name);
  }
  return check;
}

}  // namespace fliqe::inline FLIQE_ABI::model
