// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/model/network.hpp>
#include <fliqe/model/resolve_precision.hpp>
#include <fliqe/version.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fliqe::inline FLIQE_ABI::model {

/// Turns named weights into the steps of a Network: first it describes every step and the life of
/// every tensor, then it places the tensors, then it makes the steps.
class NetworkBuilder {
 public:
  NetworkBuilder(Network& network, const LayerLoader& loader, bool parity)
      : network_(network),
        loader_(loader),
        parity_(parity),
        byte_table_(kernels::narrow_table_for<kernels::QuantizedTable>(loader.table().isa)),
        bf16_table_(kernels::narrow_table_for<kernels::Bf16Table>(loader.table().isa)) {}

  void build() {
    const NamePrefixes names = prefixes(network_.kind_);
    trunk(std::string(names.trunk));
    if (network_.kind_ != ModelKind::trunk) projection(std::string(names.projection));
    if (network_.kind_ == ModelKind::full) classifier(std::string(names.classifier));
    network_.arena_.assign();
    for (const Node& node : nodes_) {
      network_.steps_.push_back({node.name, node.input, node.make(), place(node.output),
                                 node.precision, node.quantization});
    }
  }

 private:
  using Id = ArenaPlan::Id;

  struct Node {
    std::string name, input;
    Id output;
    std::function<Step::Operation()> make;         ///< to be called when tensors have their places
    PrecisionKind precision = PrecisionKind::f32;  ///< of the output
    nn::Quantization quantization{};
  };

  /// One convolution of the trunk with what belongs to it.
  struct Convolution {
    nn::Conv2dShape shape{};
    std::string name{}, batch_norm{};
    Id input = 0;
    bool relu = true;
    std::optional<Id> residual{};
    int output_halo = 0;
    int reader_stride = 1;  ///< of the 3x3 convolution that reads the output
  };

  static constexpr int stem_padding = 3;
  static constexpr int pool_kernel = 3, pool_stride = 2, pool_padding = 1;
  /// Of a tensor in bytes that has not gone through ReLU.
  static constexpr int signed_zero_point = 128;

  void trunk(const std::string& prefix) {
    const BackboneSpec& spec = *network_.spec_;
    network_.input_ = float_tensor({1, input_size, input_size, 3}, stem_padding);
    // The stem stays in floats: its filters take differences of large values, which smaller numbers
    // are too coarse for.
    Id x = convolve_plainly({.shape = {3, spec.width, 7, 7, 2, stem_padding},
                             .name = prefix + "conv1",
                             .batch_norm = prefix + "bn1",
                             .input = network_.input_});
    x = max_pool(x, prefix + "maxpool");
    x = narrow(x, prefix + "conv1");
    for (std::size_t stage = 0; stage < spec.blocks.size(); ++stage) {
      for (int block = 0; block < spec.blocks[stage]; ++block) {
        const std::string name =
            prefix + "layer" + std::to_string(stage + 1) + "." + std::to_string(block) + ".";
        const int stride = stage > 0 && block == 0 ? 2 : 1;
        x = bottleneck(x, spec.width << stage, stride, block == 0, name);
      }
    }
    network_.features_ = global_avg_pool(x, prefix + "avgpool");
    keep(network_.features_);
  }

  /// 1x1, 3x3 (with the stride), 1x1, plus the input or its projection.
  Id bottleneck(Id x, int mid, int stride, bool project, const std::string& name) {
    const int in = shape(x).c, out = mid * BackboneSpec::expansion;
    Id shortcut = x;
    if (project) {
      shortcut = convolve({.shape = {in, out, 1, 1, stride, 0},
                           .name = name + "downsample.0",
                           .batch_norm = name + "downsample.1",
                           .input = x,
                           .relu = false});
    }
    Id y = convolve({.shape = {in, mid, 1, 1, 1, 0},
                     .name = name + "conv1",
                     .batch_norm = name + "bn1",
                     .input = x,
                     .output_halo = 1,
                     .reader_stride = stride});
    y = convolve({.shape = {mid, mid, 3, 3, stride, 1},
                  .name = name + "conv2",
                  .batch_norm = name + "bn2",
                  .input = y});
    return convolve({.shape = {mid, out, 1, 1, 1, 0},
                     .name = name + "conv3",
                     .batch_norm = name + "bn3",
                     .input = y,
                     .residual = shortcut});
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
    const Id embedding = float_tensor({1, 1, 1, embedding_size});
    add("normalize", {x}, embedding, [this, x, embedding] {
      return NormalizeStep{place(x), place(embedding)};
    });
    network_.embedding_ = embedding;
    keep(embedding);
  }

  /// Linear, ReLU, BatchNorm1d: the normalisation comes last, so it stands as a step of its own.
  void classifier(const std::string& prefix) {
    Id x = linear(*network_.embedding_, 128, prefix + "0", "", true);
    x = batch_norm(x, prefix + "2");
    x = linear(x, 64, prefix + "3", "", true);
    x = batch_norm(x, prefix + "5");
    network_.logits_ = linear(x, network_.outputs_, prefix + "6", "", false);
    keep(*network_.logits_);
  }

  /// In smaller elements, by Winograd's method where that is allowed and pays, or plainly.
  Id convolve(const Convolution& c) {
    if (network_.precision_ == PrecisionKind::int8) return convolve_bytes(c);
    if (network_.precision_ == PrecisionKind::bf16) {
      const Id id =
          add_layer(network_.bf16_layers_, loader_.bf16(c.shape, c.name, c.batch_norm), c);
      nodes_.back().precision = PrecisionKind::bf16;
      return id;
    }
    const TensorShape out = nn::convolved_shape(c.shape, shape(c.input));
    const int tile = parity_ ? 0 : winograd_tile(c.shape, out);
    return tile != 0 ? convolve_by_winograd(c, tile) : convolve_plainly(c);
  }

  Id convolve_plainly(const Convolution& c) {
    return add_layer(network_.layers_, loader_.convolution(c.shape, c.name, c.batch_norm), c);
  }

  Id convolve_by_winograd(const Convolution& c, int tile) {
    network_.winograd_layers_.push_back(std::make_unique<nn::WinogradConv2d>(
        loader_.winograd(c.shape, tile, c.name, c.batch_norm)));
    const nn::WinogradConv2d& layer = *network_.winograd_layers_.back();
    const Id input = c.input, output = float_tensor(layer.output_shape(shape(input)));
    add(c.name, {input}, output, [this, &layer, input, output, relu = c.relu] {
      nn::WinogradPlan plan(layer, place(input).layout, place(output).layout, relu);
      network_.scratch_size_ = std::max(network_.scratch_size_, plan.scratch_size());
      return WinogradStep{std::move(plan), place(input), place(output)};
    });
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

  Id convolve_bytes(const Convolution& c) {
    const nn::Quantization output{loader_.activation_scale(c.name), c.relu ? 0 : signed_zero_point};
    std::optional<nn::Quantization> residual;
    if (c.residual) residual = quantization_.at(*c.residual);
    const Id id = add_layer(network_.quantized_layers_,
                            loader_.quantized(c.shape, c.name, c.batch_norm,
                                              quantization_.at(c.input), output, residual),
                            c);
    set_quantization(id, output);
    return id;
  }

  /// Of what the last step puts out.
  void set_quantization(Id id, const nn::Quantization& quantization) {
    quantization_[id] = quantization;
    nodes_.back().precision = PrecisionKind::int8;
    nodes_.back().quantization = quantization;
  }

  Id linear(Id input, int out, const std::string& name, const std::string& bn, bool relu) {
    Convolution c{.name = name, .input = input, .relu = relu};
    return add_layer(network_.layers_, loader_.linear(shape(input).c, out, name, bn), c);
  }

  /// With a residual the result takes its place: nobody reads it later, and it is in the cache.
  template <class Layer>
  Id add_layer(std::vector<std::unique_ptr<Layer>>& layers, Layer&& made, const Convolution& c) {
    // No forwarding reference: the vector fixes the type.
    // NOLINTNEXTLINE(bugprone-move-forwarding-reference)
    layers.push_back(std::make_unique<Layer>(std::move(made)));
    const Layer& layer = *layers.back();
    constexpr std::size_t element_size = sizeof(typename Layer::Job::Element);
    const Id output = c.residual ? *c.residual
                                 : sized_tensor(layer.output_shape(shape(c.input)), element_size,
                                                c.output_halo, c.reader_stride);
    std::vector<Id> read{c.input};
    if (c.residual) read.push_back(*c.residual);
    add(c.name, read, output, [this, &layer, c, output] {
      const Place in = place(c.input), out = place(output);
      const Place residual = c.residual ? place(*c.residual) : Place{};
      return ConvolutionStep<Layer>{{layer, make_job(layer, c.relu), in.layout, out.layout,
                                     c.residual ? &residual.layout : nullptr},
                                    in,
                                    out,
                                    residual};
    });
    return output;
  }

  static kernels::ConvJob make_job(const nn::Conv2d& layer, bool relu) { return layer.job(relu); }
  static kernels::Bf16ConvJob make_job(const nn::Bf16Conv2d& layer, bool relu) {
    return layer.job(relu);
  }
  static kernels::QuantizedConvJob make_job(const nn::QuantizedConv2d& layer, bool) {
    return layer.job();
  }

  Id max_pool(Id input, const std::string& name) {
    const nn::MaxPool2d layer(pool_kernel, pool_stride, pool_padding, loader_.table());
    const Id output = float_tensor(layer.output_shape(shape(input)));
    add(name, {input}, output, [this, layer, input, output] {
      return MaxPoolStep{layer, place(input), place(output)};
    });
    return output;
  }

  /// To the elements that the trunk computes with; bytes in steps of what the convolution `name`
  /// puts out.
  Id narrow(Id input, const std::string& name) {
    if (network_.precision_ == PrecisionKind::bf16) {
      const Id output = narrow(input, 1.0f, bf16_table_);
      nodes_.back().precision = PrecisionKind::bf16;
      return output;
    }
    if (network_.precision_ == PrecisionKind::int8) {
      const nn::Quantization steps{loader_.activation_scale(name), 0};
      const Id output = narrow(input, 1.0f / steps.scale, byte_table_);
      set_quantization(output, steps);
      return output;
    }
    return input;
  }

  template <class Table>
  Id narrow(Id input, float factor, const Table& table) {
    const Id output = sized_tensor(shape(input), sizeof(typename Table::Element));
    add("narrow", {input}, output, [this, factor, &table, input, output] {
      return NarrowStep<Table>{{factor, table}, place(input), place(output)};
    });
    return output;
  }

  Id global_avg_pool(Id input, const std::string& name) {
    switch (network_.precision_) {
      case PrecisionKind::bf16:
        return global_avg_pool(input, name, nn::Bf16GlobalAvgPool(bf16_table_));
      case PrecisionKind::int8:
        return global_avg_pool(
            input, name, nn::QuantizedGlobalAvgPool(byte_table_, quantization_.at(input).scale));
      case PrecisionKind::f32:
        break;
    }
    return global_avg_pool(input, name, nn::GlobalAvgPool(loader_.table()));
  }

  template <class Layer>
  Id global_avg_pool(Id input, const std::string& name, const Layer& layer) {
    const Id output = float_tensor({1, 1, 1, shape(input).c});
    add(name, {input}, output, [this, layer, input, output] {
      return GlobalAvgPoolStep<Layer>{layer, place(input), place(output)};
    });
    return output;
  }

  Id batch_norm(Id input, const std::string& name) {
    const Id output = float_tensor(shape(input));
    add(name, {input}, output, [this, name, input, output] {
      return BatchNormStep{loader_.batch_norm(name), place(input), place(output)};
    });
    return output;
  }

  void add(const std::string& name, const std::vector<Id>& read, Id output,
           std::function<Step::Operation()> make) {
    for (const Id id : read) network_.arena_.use(id, step());
    nodes_.push_back(
        {name, writer_[read.front()], output, std::move(make), PrecisionKind::f32, {}});
    writer_[output] = name;
  }

  int step() const noexcept { return static_cast<int>(nodes_.size()); }
  const TensorShape& shape(Id id) const { return network_.arena_.layout(id).shape; }

  /// A tensor that the next step writes.
  Id float_tensor(const TensorShape& shape, int halo = 0) {
    return sized_tensor(shape, sizeof(float), halo);
  }

  Id sized_tensor(const TensorShape& shape, std::size_t element_size, int halo = 0,
                  int reader_stride = 1) {
    const TensorLayout layout =
        TensorLayout::spread(shape, halo, reader_stride, static_cast<int>(element_size));
    return network_.arena_.add(layout, element_size, step());
  }

  /// A result: nothing may overwrite it.
  void keep(Id id) {
    constexpr int last_step = 1 << 20;
    network_.arena_.use(id, last_step);
  }

  Place place(Id id) const { return {network_.arena_.offset(id), network_.arena_.layout(id)}; }

  Network& network_;
  const LayerLoader& loader_;
  bool parity_;
  const kernels::QuantizedTable& byte_table_;
  const kernels::Bf16Table& bf16_table_;
  std::map<Id, nn::Quantization> quantization_;  ///< of tensors in bytes, as last written
  std::map<Id, std::string> writer_;             ///< the step that wrote a tensor last
  std::vector<Node> nodes_;
};

FLIQE_INLINE void Step::run(std::byte* slabs, float* scratch, int batch, const Team& team) const {
  std::visit([&](const auto& each) { each.run(slabs, scratch, batch, team); }, operation);
}

FLIQE_INLINE Network::Network(const weights::Safetensors& file, const BackboneSpec* required,
                              int threads, const NetworkOptions& options,
                              const kernels::KernelTable& table)
    : isa_(table.isa) {
  const WeightsCheck check = check_weights(file.tensors(), file.name());
  detail::require(
      required == nullptr || check.spec->name == required->name, ErrorCode::weights_mismatch,
      file.name() + ": expected backbone " +
          std::string(required == nullptr ? "" : required->name) + ", found " +
          std::string(check.spec->name) + " (FLIQE<AnyBackbone> takes whichever the file holds)");
  detail::require(check.passed(), ErrorCode::weights_mismatch,
                  file.name() + ": " + check.message());
  precision_ = resolve_precision(options.precision, file, check.calibrated,
                                 has_bf16_instructions(table.isa));
  spec_ = check.spec;
  kind_ = check.kind;
  outputs_ = check.outputs;
  const LayerLoader loader(file, table, threads);
  NetworkBuilder(*this, loader, options.parity).build();
}

}  // namespace fliqe::inline FLIQE_ABI::model
