// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <fliqe/model/network.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fliqe::model {

/// Turns named weights into the steps of a Network: first it describes every step and the life of
/// every tensor, then it places the tensors, then it makes the steps.
class NetworkBuilder {
 public:
  NetworkBuilder(Network& network, const LayerLoader& loader, const NetworkOptions& options)
      : network_(network), loader_(loader), options_(options) {}

  void build() {
    const NamePrefixes names = prefixes(network_.kind_);
    trunk(std::string(names.trunk));
    if (network_.kind_ != ModelKind::trunk) projection(std::string(names.projection));
    if (network_.kind_ == ModelKind::full) classifier(std::string(names.classifier));
    network_.arena_.assign();
    for (const Node& node : nodes_) network_.steps_.push_back({node.name, operation(node)});
  }

 private:
  using Id = ArenaPlan::Id;
  enum class Kind { convolution, winograd, max_pool, global_avg_pool, batch_norm, normalize };

  struct Node {
    Kind kind;
    std::string name;
    Id input, output;
    std::optional<Id> residual{};
    bool relu = false;
    const nn::Conv2d* convolution = nullptr;
    const nn::WinogradConv2d* winograd = nullptr;
    std::optional<nn::BatchNorm1d> batch_norm{};
  };

  static constexpr int stem_padding = 3;
  static constexpr int pool_kernel = 3, pool_stride = 2, pool_padding = 1;

  void trunk(const std::string& prefix) {
    const BackboneSpec& spec = *network_.spec_;
    network_.input_ = tensor({1, input_size, input_size, 3}, stem_padding);
    Id x = convolve({3, spec.width, 7, 7, 2, stem_padding}, prefix + "conv1", prefix + "bn1",
                    network_.input_, 0, true);
    x = max_pool(x, prefix + "maxpool");
    for (std::size_t stage = 0; stage < spec.blocks.size(); ++stage) {
      for (int block = 0; block < spec.blocks[stage]; ++block) {
        const std::string name =
            prefix + "layer" + std::to_string(stage + 1) + "." + std::to_string(block) + ".";
        const int stride = stage > 0 && block == 0 ? 2 : 1;
        x = bottleneck(x, spec.width << stage, stride, block == 0, name);
      }
    }
    network_.features_ = tensor({1, 1, 1, shape(x).c});
    add({Kind::global_avg_pool, prefix + "avgpool", x, network_.features_});
    keep(network_.features_);
  }

  /// 1x1, 3x3 (with the stride), 1x1, plus the input or its projection.
  Id bottleneck(Id x, int mid, int stride, bool project, const std::string& name) {
    const int in = shape(x).c, out = mid * BackboneSpec::expansion;
    Id shortcut = x;
    if (project) {
      shortcut = convolve({in, out, 1, 1, stride, 0}, name + "downsample.0", name + "downsample.1",
                          x, 0, false);
    }
    Id y = convolve({in, mid, 1, 1, 1, 0}, name + "conv1", name + "bn1", x, 1, true, {}, stride);
    y = convolve_3x3(y, {mid, mid, 3, 3, stride, 1}, name + "conv2", name + "bn2");
    return convolve({mid, out, 1, 1, 1, 0}, name + "conv3", name + "bn3", y, 0, true, shortcut);
  }

  void projection(const std::string& prefix) {
    Id x = network_.features_;
    int index = 0;
    for (const int out : network_.spec_->hidden) {
      if (out == 0) break;
      x = linear(x, out, prefix + std::to_string(index), prefix + std::to_string(index + 1), true);
      index += 3;
    }
    x = linear(x, embedding_size, prefix + std::to_string(index), "", false);
    network_.embedding_ = tensor({1, 1, 1, embedding_size});
    add({Kind::normalize, "normalize", x, *network_.embedding_});
    keep(*network_.embedding_);
  }

  /// Linear, ReLU, BatchNorm1d: the normalisation comes last, so it stands as a step of its own.
  void classifier(const std::string& prefix) {
    Id x = linear(*network_.embedding_, 128, prefix + "0", "", true);
    x = batch_norm(x, prefix + "2");
    x = linear(x, 64, prefix + "3", "", true);
    x = batch_norm(x, prefix + "5");
    network_.logit_ = linear(x, 1, prefix + "6", "", false);
    keep(*network_.logit_);
  }

  /// With a residual the result takes its place: nobody reads it later, and it is in the cache.
  Id convolve(const nn::Conv2dShape& convolution, const std::string& name, const std::string& bn,
              Id input, int output_halo, bool relu, std::optional<Id> residual = {},
              int reader_stride = 1) {
    return add_layer(loader_.convolution(convolution, name, bn), name, input, output_halo, relu,
                     residual, reader_stride);
  }

  /// By Winograd's method where that is allowed and pays.
  Id convolve_3x3(Id input, const nn::Conv2dShape& convolution, const std::string& name,
                  const std::string& bn) {
    const TensorShape out = nn::convolved_shape(convolution, shape(input));
    const int tile = options_.parity ? 0 : winograd_tile(convolution, out);
    if (tile == 0) return convolve(convolution, name, bn, input, 0, true);
    network_.winograd_layers_.push_back(
        std::make_unique<nn::WinogradConv2d>(loader_.winograd(convolution, tile, name, bn)));
    const Id output = tensor(out);
    add({.kind = Kind::winograd,
         .name = name,
         .input = input,
         .output = output,
         .relu = true,
         .winograd = network_.winograd_layers_.back().get()});
    return output;
  }

  /// The output tile that measured fastest, or 0 for the direct convolution. On narrow maps the
  /// larger weights of tile 4 cost more than its multiplications save.
  static int winograd_tile(const nn::Conv2dShape& convolution, const TensorShape& output) {
    constexpr int few_channels = 32, narrow = 16;
    if (convolution.in_channels < few_channels) return 0;
    const int tile = output.w < narrow ? 2 : 4;
    return nn::WinogradConv2d::supports(convolution, output, tile) ? tile : 0;
  }

  Id linear(Id input, int out, const std::string& name, const std::string& bn, bool relu) {
    return add_layer(loader_.linear(shape(input).c, out, name, bn), name, input, 0, relu, {});
  }

  Id add_layer(nn::Conv2d layer, const std::string& name, Id input, int output_halo, bool relu,
               std::optional<Id> residual, int reader_stride = 1) {
    network_.layers_.push_back(std::make_unique<nn::Conv2d>(std::move(layer)));
    const nn::Conv2d* convolution = network_.layers_.back().get();
    const Id output =
        residual ? *residual
                 : tensor(convolution->output_shape(shape(input)), output_halo, reader_stride);
    add({Kind::convolution, name, input, output, residual, relu, convolution});
    return output;
  }

  Id max_pool(Id input, const std::string& name) {
    const nn::MaxPool2d layer(pool_kernel, pool_stride, pool_padding, loader_.table());
    const Id output = tensor(layer.output_shape(shape(input)));
    add({Kind::max_pool, name, input, output});
    return output;
  }

  Id batch_norm(Id input, const std::string& name) {
    const Id output = tensor(shape(input));
    add({.kind = Kind::batch_norm,
         .name = name,
         .input = input,
         .output = output,
         .batch_norm = loader_.batch_norm(name)});
    return output;
  }

  void add(Node node) {
    network_.arena_.use(node.input, step());
    if (node.residual) network_.arena_.use(*node.residual, step());
    nodes_.push_back(std::move(node));
  }

  int step() const noexcept { return static_cast<int>(nodes_.size()); }
  const TensorShape& shape(Id id) const { return network_.arena_.layout(id).shape; }

  /// A tensor that the next step writes.
  /// `reader_stride` is the stride of the 3x3 convolution that reads it.
  Id tensor(const TensorShape& shape, int halo = 0, int reader_stride = 1) {
    return network_.arena_.add(TensorLayout::spread(shape, halo, reader_stride), step());
  }

  /// A result: nothing may overwrite it.
  void keep(Id id) {
    constexpr int last_step = 1 << 20;
    network_.arena_.use(id, last_step);
  }

  Place place(Id id) const { return {network_.arena_.offset(id), network_.arena_.layout(id)}; }

  Step::Operation operation(const Node& node) const {
    const Place input = place(node.input), output = place(node.output);
    switch (node.kind) {
      case Kind::max_pool:
        return MaxPoolStep{nn::MaxPool2d(pool_kernel, pool_stride, pool_padding, loader_.table()),
                           input, output};
      case Kind::global_avg_pool:
        return GlobalAvgPoolStep{nn::GlobalAvgPool(loader_.table()), input, output};
      case Kind::batch_norm:
        return BatchNormStep{*node.batch_norm, input, output};
      case Kind::normalize:
        return NormalizeStep{input, output};
      case Kind::winograd: {
        nn::WinogradPlan plan(*node.winograd, input.layout, output.layout, node.relu);
        network_.scratch_size_ = std::max(network_.scratch_size_, plan.scratch_size());
        return WinogradStep{std::move(plan), input.offset, output.offset};
      }
      case Kind::convolution:
        break;
    }
    const Place residual = node.residual ? place(*node.residual) : Place{};
    return ConvolutionStep{nn::Conv2dPlan(*node.convolution, input.layout, output.layout,
                                          node.residual ? &residual.layout : nullptr, node.relu),
                           input.offset, output.offset, residual.offset};
  }

  Network& network_;
  const LayerLoader& loader_;
  const NetworkOptions& options_;
  std::vector<Node> nodes_;
};

inline Network::Network(const weights::Safetensors& file, const BackboneSpec* required, int threads,
                        const NetworkOptions& options, const kernels::KernelTable& table)
    : isa_(table.isa) {
  const WeightsCheck check = check_weights(file.tensors(), file.name());
  detail::require(
      required == nullptr || check.spec->name == required->name, ErrorCode::weights_mismatch,
      file.name() + ": expected backbone " +
          std::string(required == nullptr ? "" : required->name) + ", found " +
          std::string(check.spec->name) + " (FLIQE<AnyBackbone> takes whichever the file holds)");
  detail::require(check.passed(), ErrorCode::weights_mismatch,
                  file.name() + ": " + check.message());
  spec_ = check.spec;
  kind_ = check.kind;
  const LayerLoader loader(file, table, threads);
  NetworkBuilder(*this, loader, options).build();
}

}  // namespace fliqe::model
