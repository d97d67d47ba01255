// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/model/network.hpp>
#include <fliqe/model/operations.hpp>
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
    const std::vector<Operation> operations = OperationList::of(network_.spec_, network_.kind_);
    const std::vector<OutputBorder> borders = output_borders(operations);
    const InputSpec& input = network_.spec_.input;
    network_.input_ = float_tensor({1, input.height, input.width, 3}, {borders.front().pixels});
    std::vector<Id> outputs;
    for (std::size_t i = 0; i < operations.size(); ++i) {
      outputs.push_back(add_operation(operations, outputs, i, borders[i + 1]));
    }
    keep_results(operations, outputs);
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
    OutputBorder border{};  ///< of the output
  };

  /// Of a tensor in bytes that has not gone through ReLU.
  static constexpr int signed_zero_point = 128;

  /// Adds the steps of operation `i`. @return where its output is
  Id add_operation(const std::vector<Operation>& operations, const std::vector<Id>& outputs,
                   std::size_t i, const OutputBorder& border) {
    const Operation& operation = operations[i];
    const auto output_of = [&](int index) {
      return index == Operation::picture ? network_.input_
                                         : outputs[static_cast<std::size_t>(index)];
    };
    const Id input = output_of(operation.input);
    // Where the trunk computes in another precision, the border is that of the converted tensor.
    const OutputBorder float_border =
        network_.precision_ == PrecisionKind::f32 ? border : OutputBorder{};
    switch (operation.kind) {
      case OperationKind::convolution: {
        Convolution c{.shape = operation.shape,
                      .name = operation.name,
                      .batch_norm = operation.batch_norm,
                      .input = input,
                      .relu = operation.relu,
                      .border = border};
        if (operation.residual != Operation::none) c.residual = output_of(operation.residual);
        // The stem stays in floats: its filters take differences of large values, for which lower
        // precisions are too coarse.
        if (operation.input != Operation::picture) return convolve(c);
        if (operations[i + 1].kind == OperationKind::max_pool) return convolve_plainly(c);
        c.border = float_border;
        return narrow(convolve_plainly(c), operation.name, border);
      }
      case OperationKind::max_pool:
        return narrow(max_pool(input, operation, float_border),
                      operations[static_cast<std::size_t>(operation.input)].name, border);
      case OperationKind::average_pool:
        return global_avg_pool(input, operation.name);
      case OperationKind::linear:
        return linear(input, operation);
      case OperationKind::batch_norm:
        return batch_norm(input, operation.name);
      case OperationKind::normalize:
        return normalize(input, operation.name);
    }
    return input;
  }

  /// The last output of each part and head: nothing may overwrite it.
  void keep_results(const std::vector<Operation>& operations, const std::vector<Id>& outputs) {
    for (std::size_t i = 0; i < operations.size(); ++i) {
      const Operation& operation = operations[i];
      const bool is_last = i + 1 == operations.size() || operations[i + 1].part != operation.part ||
                           operations[i + 1].head != operation.head;
      if (!is_last) continue;
      if (operation.part == Part::trunk) network_.features_ = outputs[i];
      if (operation.part == Part::projection) network_.embedding_ = outputs[i];
      if (operation.part == Part::head) network_.logits_.push_back(outputs[i]);
      keep(outputs[i]);
    }
  }

  Id normalize(Id input, const std::string& name) {
    const Id output = float_tensor(shape(input));
    add(name, {input}, output, [this, input, output] {
      return NormalizeStep{place(input), place(output)};
    });
    return output;
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
    const int tile = parity_ || c.residual ? 0 : winograd_tile(c.shape, out);
    return tile != 0 ? convolve_by_winograd(c, tile) : convolve_plainly(c);
  }

  Id convolve_plainly(const Convolution& c) {
    return add_layer(network_.layers_, loader_.convolution(c.shape, c.name, c.batch_norm), c);
  }

  Id convolve_by_winograd(const Convolution& c, int tile) {
    network_.winograd_layers_.push_back(std::make_unique<nn::WinogradConv2d>(
        loader_.winograd(c.shape, tile, c.name, c.batch_norm)));
    const nn::WinogradConv2d& layer = *network_.winograd_layers_.back();
    const Id input = c.input;
    const Id output = float_tensor(layer.output_shape(shape(input)), {c.border.pixels});
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

  Id linear(Id input, const Operation& operation) {
    const Convolution c{.name = operation.name, .input = input, .relu = operation.relu};
    return add_layer(network_.layers_,
                     loader_.linear(operation.shape.in_channels, operation.shape.out_channels,
                                    operation.name, operation.batch_norm),
                     c);
  }

  /// With a residual the result takes its place: nobody reads it later, and it is in the cache.
  template <class Layer>
  Id add_layer(std::vector<std::unique_ptr<Layer>>& layers, Layer&& made, const Convolution& c) {
    // No forwarding reference: the vector fixes the type.
    // NOLINTNEXTLINE(bugprone-move-forwarding-reference)
    layers.push_back(std::make_unique<Layer>(std::move(made)));
    const Layer& layer = *layers.back();
    constexpr std::size_t element_size = sizeof(typename Layer::Job::Element);
    const Id output =
        c.residual ? *c.residual
                   : sized_tensor(layer.output_shape(shape(c.input)), element_size, c.border);
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

  Id max_pool(Id input, const Operation& operation, const OutputBorder& border) {
    const nn::Conv2dShape& window = operation.shape;
    const nn::MaxPool2d layer(window.kernel_height, window.stride, window.padding, loader_.table());
    const Id output = float_tensor(layer.output_shape(shape(input)), border);
    add(operation.name, {input}, output, [this, layer, input, output] {
      return MaxPoolStep{layer, place(input), place(output)};
    });
    return output;
  }

  /// To the elements that the trunk computes with; bytes in steps of what the convolution `name`
  /// puts out.
  Id narrow(Id input, const std::string& name, const OutputBorder& border) {
    if (network_.precision_ == PrecisionKind::bf16) {
      const Id output = narrow(input, 1.0f, bf16_table_, border);
      nodes_.back().precision = PrecisionKind::bf16;
      return output;
    }
    if (network_.precision_ == PrecisionKind::int8) {
      const nn::Quantization steps{loader_.activation_scale(name), 0};
      const Id output = narrow(input, 1.0f / steps.scale, byte_table_, border);
      set_quantization(output, steps);
      return output;
    }
    return input;
  }

  template <class Table>
  Id narrow(Id input, float factor, const Table& table, const OutputBorder& border) {
    const Id output = sized_tensor(shape(input), sizeof(typename Table::Element), border);
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
  Id float_tensor(const TensorShape& shape, const OutputBorder& border = {}) {
    return sized_tensor(shape, sizeof(float), border);
  }

  Id sized_tensor(const TensorShape& shape, std::size_t element_size,
                  const OutputBorder& border = {}) {
    const TensorLayout layout = TensorLayout::spread(shape, border.pixels, border.reader_stride,
                                                     static_cast<int>(element_size));
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

FLIQE_INLINE Network::Network(const weights::TensorSet& tensors,
                              const std::optional<NetworkSpec>& required, int threads,
                              const NetworkOptions& options, const kernels::KernelTable& table)
    : isa_(table.isa) {
  const WeightsCheck check = check_weights(tensors, required);
  detail::require(check.passed(), ErrorCode::weights_mismatch,
                  tensors.name() + ": " + check.message());
  precision_ = resolve_precision(options.precision, tensors, check.calibrated,
                                 has_bf16_instructions(table.isa));
  spec_ = check.spec;
  kind_ = check.kind;
  const LayerLoader loader(tensors, table, threads);
  NetworkBuilder(*this, loader, options.parity).build();
}

}  // namespace fliqe::inline FLIQE_ABI::model
