// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/model/model_kind.hpp>
#include <fliqe/model/network_spec.hpp>
#include <fliqe/nn/conv2d_shape.hpp>
#include <fliqe/version.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fliqe::inline FLIQE_ABI::model {

/// The prefixes of the encoder's tensor names in the released state dicts. Those of heads are their
/// own.
struct NamePrefixes {
  std::string_view trunk;
  std::string_view projection;
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
  max_pool,
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
  std::size_t head = 0;      ///< index of the head that the operation belongs to
  std::string name{};        ///< of its tensors in the state dict, without ".weight"
  std::string batch_norm{};  ///< name of the batch normalization that follows; empty: none
  nn::Conv2dShape shape{};   ///< a linear layer is a 1x1 convolution; a pooling window has a kernel
  bool relu = false;         ///< after the batch normalization and the residual
  int input = picture;       ///< index of the operation whose output it reads
  int residual = none;       ///< index of the operation whose output is added

  bool has_weights() const noexcept {
    return kind == OperationKind::convolution || kind == OperationKind::linear;
  }
};

/// A network operation by operation, as its description says: the only place that knows how
/// residual networks are built. The check of weights, the plan, the quantizer and the trainer
/// follow this list.
class OperationList {
 public:
  static std::vector<Operation> of(const NetworkSpec& spec, ModelKind kind) {
    const NamePrefixes names = prefixes(kind);
    OperationList list;
    list.trunk(spec, std::string(names.trunk));
    if (kind != ModelKind::trunk) list.projection(spec, std::string(names.projection));
    const int embedding = list.last();
    for (std::size_t i = 0; kind == ModelKind::full && i < spec.heads.size(); ++i) {
      list.head(spec.heads[i], i, spec.embedding, embedding, spec.heads[i].prefix);
    }
    return std::move(list.operations_);
  }

  /// The projection head alone; it reads features.
  static std::vector<Operation> of_projection(const NetworkSpec& spec) {
    OperationList list;
    list.projection(spec, "");
    return std::move(list.operations_);
  }

  /// A head alone; it reads embeddings of the given length.
  static std::vector<Operation> of_head(const HeadSpec& head, int embedding) {
    OperationList list;
    list.head(head, 0, embedding, Operation::picture, "");
    return std::move(list.operations_);
  }

 private:
  void trunk(const NetworkSpec& spec, const std::string& prefix) {
    const StemSpec& stem = spec.stem;
    convolution(prefix + "conv1", prefix + "bn1",
                {3, stem.channels, stem.kernel, stem.kernel, stem.stride, stem.kernel / 2}, last());
    if (stem.max_pool) {
      add({.kind = OperationKind::max_pool,
           .name = prefix + "maxpool",
           .shape = {stem.channels, stem.channels, 3, 3, 2, 1}});
    }
    int in = stem.channels;
    for (std::size_t i = 0; i < spec.stages.size(); ++i) {
      const StageSpec& stage = spec.stages[i];
      for (int block = 0; block < stage.blocks; ++block) {
        const std::string name =
            prefix + "layer" + std::to_string(i + 1) + "." + std::to_string(block) + ".";
        const int stride = block == 0 ? stage.stride : 1;
        residual_block(spec.block, name, in, stage.channels, stride);
        in = stage.channels * expansion(spec.block);
      }
    }
    add({.kind = OperationKind::average_pool, .name = prefix + "avgpool", .shape = same(in)});
  }

  /// The block's convolutions, plus its input or a projection of it.
  void residual_block(BlockKind kind, const std::string& name, int in, int mid, int stride) {
    const int out = mid * expansion(kind), input = last();
    int shortcut = input;
    if (stride != 1 || in != out) {
      shortcut = convolution(name + "downsample.0", name + "downsample.1",
                             {in, out, 1, 1, stride, 0}, input, false);
    }
    if (kind == BlockKind::basic) {
      convolution(name + "conv1", name + "bn1", {in, mid, 3, 3, stride, 1}, input);
      convolution(name + "conv2", name + "bn2", {mid, mid, 3, 3, 1, 1}, last());
    } else {
      convolution(name + "conv1", name + "bn1", {in, mid, 1, 1, 1, 0}, input);
      convolution(name + "conv2", name + "bn2", {mid, mid, 3, 3, stride, 1}, last());
      convolution(name + "conv3", name + "bn3", {mid, out, 1, 1, 1, 0}, last());
    }
    operations_.back().residual = shortcut;
  }

  /// Linear, BatchNorm1d, ReLU for each hidden layer; Linear; length 1.
  void projection(const NetworkSpec& spec, const std::string& prefix) {
    part_ = Part::projection;
    int in = spec.features(), place = 0;
    for (const int out : spec.projection) {
      linear(prefix + std::to_string(place), in, out, true);
      operations_.back().batch_norm = prefix + std::to_string(place + 1);
      place += 3;
      in = out;
    }
    linear(prefix + std::to_string(place), in, spec.embedding, false);
    add({.kind = OperationKind::normalize, .name = "normalize", .shape = same(spec.embedding)});
  }

  /// Linear, ReLU, BatchNorm1d for each hidden layer; Linear.
  void head(const HeadSpec& spec, std::size_t index, int in, int input, const std::string& prefix) {
    part_ = Part::head;
    head_ = index;
    const std::size_t first = operations_.size();
    int place = 0;
    for (const int out : spec.hidden) {
      linear(prefix + std::to_string(place), in, out, true);
      add({.kind = OperationKind::batch_norm,
           .name = prefix + std::to_string(place + 2),
           .shape = same(out)});
      place += 3;
      in = out;
    }
    linear(prefix + std::to_string(place), in, spec.outputs(), false);
    operations_[first].input = input;
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
    operation.head = head_;
    operation.input = last();
    operations_.push_back(std::move(operation));
  }

  static nn::Conv2dShape same(int channels) { return {channels, channels}; }
  int last() const noexcept { return static_cast<int>(operations_.size()) - 1; }

  Part part_ = Part::trunk;
  std::size_t head_ = 0;
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
