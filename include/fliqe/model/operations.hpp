// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <fliqe/model/backbone.hpp>
#include <fliqe/nn/conv2d_shape.hpp>
#include <fliqe/version.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fliqe::inline FLIQE_ABI::model {

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

/// The prefixes of tensor names in the released state dicts.
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

enum class OperationKind {
  convolution,
  max_pool,      ///< 3x3, stride 2
  average_pool,  ///< over the whole map
  linear,
  batch_norm,  ///< on its own: not folded into a layer before it
  normalize    ///< to length 1
};

/// The part of the network that an operation belongs to.
enum class Part { trunk, projection, head };

/// One operation of a network, as its weights are stored. Operations are in the order in which they
/// can run.
struct Operation {
  static constexpr int picture = -1;  ///< as `input`: the picture
  static constexpr int none = -2;     ///< as `residual`: nothing is added

  OperationKind kind = OperationKind::convolution;
  Part part = Part::trunk;
  std::string name{};        ///< of its tensors in the state dict, without ".weight"
  std::string batch_norm{};  ///< name of the batch normalization that follows; empty: none
  nn::Conv2dShape shape{};   ///< channels of every operation; a linear layer is a 1x1 convolution
  bool relu = false;         ///< after the batch normalization and the residual
  int input = picture;       ///< index of the operation whose output it reads
  int residual = none;       ///< index of the operation whose output is added

  bool has_weights() const noexcept {
    return kind == OperationKind::convolution || kind == OperationKind::linear;
  }
};

/// The topology of a network, operation by operation: the only place that knows it. The check of
/// weights, the plan, the quantizer and the trainer follow this list.
class OperationList {
 public:
  static constexpr int stem_kernel = 7;
  static constexpr std::array head_widths{128, 64};

  /// @param outputs  of the head: 1, or the number of classes
  static std::vector<Operation> of(const BackboneSpec& spec, ModelKind kind, int outputs = 1) {
    const NamePrefixes names = prefixes(kind);
    OperationList list;
    list.trunk(spec, std::string(names.trunk));
    if (kind != ModelKind::trunk) list.projection(spec, std::string(names.projection));
    if (kind == ModelKind::full) list.head(std::string(names.classifier), outputs);
    return std::move(list.operations_);
  }

  /// The projection head alone; it reads features.
  static std::vector<Operation> of_projection(const BackboneSpec& spec) {
    OperationList list;
    list.projection(spec, "");
    return std::move(list.operations_);
  }

  /// The head alone; it reads embeddings.
  static std::vector<Operation> of_head(int outputs) {
    OperationList list;
    list.head("", outputs);
    return std::move(list.operations_);
  }

 private:
  /// ResNet v1.5: the stride is on the 3x3 convolution.
  void trunk(const BackboneSpec& spec, const std::string& prefix) {
    part_ = Part::trunk;
    convolution(prefix + "conv1", prefix + "bn1",
                {3, spec.width, stem_kernel, stem_kernel, 2, stem_kernel / 2}, last());
    add({.kind = OperationKind::max_pool, .name = prefix + "maxpool", .shape = same(spec.width)});
    int in = spec.width;
    for (std::size_t stage = 0; stage < spec.blocks.size(); ++stage) {
      const int mid = spec.width << stage;
      for (int block = 0; block < spec.blocks[stage]; ++block) {
        const std::string name =
            prefix + "layer" + std::to_string(stage + 1) + "." + std::to_string(block) + ".";
        bottleneck(name, in, mid, stage > 0 && block == 0 ? 2 : 1, block == 0);
        in = mid * BackboneSpec::expansion;
      }
    }
    add({.kind = OperationKind::average_pool, .name = prefix + "avgpool", .shape = same(in)});
  }

  /// 1x1, 3x3, 1x1, plus the input or its projection.
  void bottleneck(const std::string& name, int in, int mid, int stride, bool project) {
    const int out = mid * BackboneSpec::expansion, input = last();
    int shortcut = input;
    if (project) {
      shortcut = convolution(name + "downsample.0", name + "downsample.1",
                             {in, out, 1, 1, stride, 0}, input, false);
    }
    convolution(name + "conv1", name + "bn1", {in, mid, 1, 1, 1, 0}, input);
    convolution(name + "conv2", name + "bn2", {mid, mid, 3, 3, stride, 1}, last());
    convolution(name + "conv3", name + "bn3", {mid, out, 1, 1, 1, 0}, last());
    operations_.back().residual = shortcut;
  }

  /// Linear, BatchNorm1d, ReLU for each hidden layer; Linear; length 1.
  void projection(const BackboneSpec& spec, const std::string& prefix) {
    part_ = Part::projection;
    int in = spec.features(), place = 0;
    for (const int out : spec.hidden) {
      if (out == 0) break;
      linear(prefix + std::to_string(place), in, out, true);
      operations_.back().batch_norm = prefix + std::to_string(place + 1);
      place += 3;
      in = out;
    }
    linear(prefix + std::to_string(place), in, embedding_size, false);
    add({.kind = OperationKind::normalize, .name = "normalize", .shape = same(embedding_size)});
  }

  /// Linear, ReLU, BatchNorm1d for each hidden layer; Linear.
  void head(const std::string& prefix, int outputs) {
    part_ = Part::head;
    int in = embedding_size, place = 0;
    for (const int out : head_widths) {
      linear(prefix + std::to_string(place), in, out, true);
      add({.kind = OperationKind::batch_norm,
           .name = prefix + std::to_string(place + 2),
           .shape = same(out)});
      place += 3;
      in = out;
    }
    linear(prefix + std::to_string(place), in, outputs, false);
  }

  int convolution(const std::string& name, const std::string& batch_norm,
                  const nn::Conv2dShape& shape, int input, bool relu = true) {
    add({.name = name, .batch_norm = batch_norm, .shape = shape, .relu = relu});
    operations_.back().input = input;
    return last();
  }

  void linear(const std::string& name, int in, int out, bool relu) {
    add({.kind = OperationKind::linear, .name = name, .shape = {in, out}, .relu = relu});
  }

  /// Reads the operation before it.
  void add(Operation operation) {
    operation.part = part_;
    operation.input = last();
    operations_.push_back(std::move(operation));
  }

  static nn::Conv2dShape same(int channels) { return {channels, channels}; }
  int last() const noexcept { return static_cast<int>(operations_.size()) - 1; }

  Part part_ = Part::trunk;
  std::vector<Operation> operations_;
};

/// For each operation the zero border that its readers need around its output, in pixels, and the
/// stride at which the one that needs it reads; at [0] for the picture, at [1 + i] for operation i.
/// Where an operation is added to a residual, its output takes the residual's place.
struct OutputBorder {
  int pixels = 0;
  int reader_stride = 1;
};

inline std::vector<OutputBorder> output_borders(const std::vector<Operation>& operations) {
  std::vector<OutputBorder> borders(operations.size() + 1);
  for (std::size_t i = operations.size(); i-- > 0;) {
    const Operation& operation = operations[i];
    OutputBorder& input = borders[static_cast<std::size_t>(operation.input + 1)];
    if (operation.kind == OperationKind::convolution && operation.shape.padding > input.pixels) {
      input = {operation.shape.padding, operation.shape.stride};
    }
    if (operation.residual == Operation::none) continue;
    OutputBorder& residual = borders[static_cast<std::size_t>(operation.residual + 1)];
    if (borders[i + 1].pixels > residual.pixels) residual = borders[i + 1];
  }
  return borders;
}

}  // namespace fliqe::inline FLIQE_ABI::model
