// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <concepts>
#include <fliqe/base/header_only.hpp>
#include <fliqe/model/check_weights.hpp>
#include <fliqe/model/layer_loader.hpp>
#include <fliqe/model/network.hpp>
#include <fliqe/model/operations.hpp>
#include <fliqe/model/resolve_precision.hpp>
#include <fliqe/model/stem.hpp>
#include <fliqe/nn/nn.hpp>
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
///
/// @tparam Arithmetic  of the trunk's convolutions but the first: F32, Bf16 or Int8
template <class Arithmetic>
class NetworkBuilder {
 public:
  NetworkBuilder(Network& network, const LayerLoader& loader, bool parity)
      : network_(network), loader_(loader), parity_(parity) {}

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
      std::unique_ptr<const Runnable> runnable = node.make();
      network_.scratch_size_ = std::max(network_.scratch_size_, runnable->scratch_size());
      network_.steps_.push_back({node.name, node.input, std::move(runnable), place(node.output),
                                 node.precision, node.quantization});
    }
  }

 private:
  using Id = ArenaPlan::Id;
  using MakeRunnable = std::function<std::unique_ptr<const Runnable>()>;
  static constexpr bool is_f32 = std::same_as<Arithmetic, kernels::F32>;
  static constexpr bool is_int8 = std::same_as<Arithmetic, kernels::Int8>;

  struct Node {
    std::string name, input;
    Id output;
    MakeRunnable make;                             ///< to be called when tensors have their places
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
    const OutputBorder float_border = is_f32 ? border : OutputBorder{};
    switch (operation.kind) {
      case OperationKind::convolution: {
        Convolution c{.shape = operation.shape,
                      .name = operation.name,
                      .batch_norm = operation.batch_norm,
                      .input = input,
                      .relu = operation.relu,
                      .border = border};
        if (operation.residual != Operation::none) c.residual = output_of(operation.residual);
        if (operation.input != Operation::picture) return convolve(c);
        if (operations[i + 1].kind == OperationKind::max_pool) return stem(c);
        c.border = float_border;
        return convert(stem(c), operation.name, border);
      }
      case OperationKind::max_pool:
        return convert(max_pool(input, operation, float_border),
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
    return add_layer(name, nn::Normalize(), input, float_tensor(shape(input)));
  }

  /// In floats: filters of the stem take differences of large values, for which lower precisions
  /// are too coarse. Grey pictures take a third of the multiplications.
  Id stem(const Convolution& c) {
    const InputSpec& input = network_.spec_.input;
    if (parity_ || !input.has_equal_channels()) return convolve_directly<kernels::F32>(c);
    const Id gray = float_tensor({1, input.height, input.width, 1}, {c.shape.padding});
    const Id is_gray = float_tensor({1, 1, 1, 1});
    keep(is_gray);
    network_.gray_input_ = Network::GrayInput{gray, is_gray};
    const Stem::Layers layers{
        std::make_shared<const nn::Conv2d>(
            loader_.template convolution<kernels::F32>(c.shape, c.name, c.batch_norm)),
        std::make_shared<const nn::Conv2d>(loader_.gray_stem(c.shape, c.name, c.batch_norm))};
    const Id output =
        sized_tensor(layers.color->output_shape(shape(c.input)), sizeof(float), c.border);
    add(c.name, {c.input, gray}, output, [this, layers, c, gray, is_gray, output] {
      const PicturePlaces pictures{place(c.input), place(gray), place(is_gray)};
      return std::make_unique<Stem>(layers, pictures, place(output), c.relu);
    });
    return output;
  }

  /// In the trunk's arithmetic; by Winograd's method where that is allowed and faster.
  Id convolve(const Convolution& c) {
    if constexpr (is_int8) {
      return convolve_quantized(c);
    } else {
      const TensorShape out = nn::convolved_shape(c.shape, shape(c.input));
      const int tile = parity_ ? 0 : winograd_tile(c.shape, out);
      const Id id =
          tile == 0
              ? convolve_directly<Arithmetic>(c)
              : add_convolution(
                    loader_.template winograd<Arithmetic>(c.shape, tile, c.name, c.batch_norm), c);
      if constexpr (!is_f32) nodes_.back().precision = PrecisionKind::bf16;
      return id;
    }
  }

  template <class Type>
  Id convolve_directly(const Convolution& c) {
    return add_convolution(loader_.template convolution<Type>(c.shape, c.name, c.batch_norm), c);
  }

  /// The output tile that takes the least time, or 0 for the direct convolution. On small maps the
  /// larger weights of tile 4 cost more than its multiplications save.
  int winograd_tile(const nn::Conv2dShape& convolution, const TensorShape& output) const {
    using Layer = nn::BasicWinogradConv2d<Arithmetic>;
    if (nn::Kernels<Arithmetic>(loader_.isa()).variant().uses_matrices) return 0;
    // For each pair of channels, in multiplications; fetching a weight takes as long as several.
    constexpr int fetch = 16;
    constexpr double least_saving = 1.4;  // pays for the transforms
    double least = 9.0 * (output.h * output.w + fetch) / least_saving;
    int best = 0;
    for (const int tile : {2, 4}) {
      const int tiles = Layer::tiles(output.h, tile) * Layer::tiles(output.w, tile);
      const double cost = Layer::positions(tile) * (tiles + fetch);
      if (Layer::supports(convolution, tile) && cost < least) {
        best = tile;
        least = cost;
      }
    }
    return best;
  }

  Id convolve_quantized(const Convolution& c) {
    const nn::Quantization output{loader_.activation_scale(c.name), c.relu ? 0 : signed_zero_point};
    std::optional<nn::Quantization> residual;
    if (c.residual) residual = quantization_.at(*c.residual);
    const Id id = add_convolution(
        loader_.template quantized<Arithmetic>(c.shape, c.name, c.batch_norm,
                                               quantization_.at(c.input), output, residual),
        c);
    set_quantization(id, output);
    return id;
  }

  /// Of the last step's output.
  void set_quantization(Id id, const nn::Quantization& quantization) {
    quantization_[id] = quantization;
    nodes_.back().precision = PrecisionKind::int8;
    nodes_.back().quantization = quantization;
  }

  Id linear(Id input, const Operation& operation) {
    const Convolution c{.name = operation.name, .input = input, .relu = operation.relu};
    return add_convolution(loader_.linear(operation.shape.in_channels, operation.shape.out_channels,
                                          operation.name, operation.batch_norm),
                           c);
  }

  /// With a residual the result takes its place: it is read no later, and it is in the cache.
  template <class Layer>
  Id add_convolution(Layer&& made, const Convolution& c) {
    const auto layer = std::make_shared<const Layer>(std::move(made));
    constexpr std::size_t element_size = sizeof(typename Layer::Element);
    const Id output =
        c.residual ? *c.residual
                   : sized_tensor(layer->output_shape(shape(c.input)), element_size, c.border);
    std::vector<Id> read{c.input};
    if (c.residual) read.push_back(*c.residual);
    add(c.name, read, output, [this, layer, c, output] {
      const Place in = place(c.input), out = place(output);
      const Place residual = c.residual ? place(*c.residual) : Place{};
      return runnable(
          layer,
          layer->plan(in.layout, out.layout,
                      {.residual = c.residual ? &residual.layout : nullptr, .relu = c.relu}),
          in, out, residual);
    });
    return output;
  }

  /// A layer without options of its plan. @return output
  template <class Layer>
  Id add_layer(const std::string& name, Layer made, Id input, Id output) {
    const auto layer = std::make_shared<const Layer>(std::move(made));
    add(name, {input}, output, [this, layer, input, output] {
      const Place in = place(input), out = place(output);
      return runnable(layer, layer->plan(in.layout, out.layout), in, out, {});
    });
    return output;
  }

  template <class Layer, class Plan>
  static std::unique_ptr<const Runnable> runnable(const std::shared_ptr<const Layer>& layer,
                                                  Plan plan, const Place& input,
                                                  const Place& output, const Place& residual) {
    return std::make_unique<RunnableLayer<Layer, Plan>>(layer, std::move(plan), input, output,
                                                        residual);
  }

  Id max_pool(Id input, const Operation& operation, const OutputBorder& border) {
    const nn::Conv2dShape& window = operation.shape;
    const nn::MaxPool2d layer(window.kernel_height, window.stride, window.padding, loader_.isa());
    return add_layer(operation.name, layer, input,
                     float_tensor(layer.output_shape(shape(input)), border));
  }

  /// To the elements that the trunk computes with; bytes get the scale of the output of the
  /// convolution `name`.
  Id convert(Id input, const std::string& name, const OutputBorder& border) {
    if constexpr (is_f32) {
      return input;
    } else {
      const nn::Quantization quantization{is_int8 ? loader_.activation_scale(name) : 1.0f, 0};
      const Id output = sized_tensor(shape(input), sizeof(typename Arithmetic::Element), border);
      add_layer("convert",
                nn::Convert<Arithmetic>(1.0f / quantization.scale,
                                        nn::Kernels<Arithmetic>(loader_.isa())),
                input, output);
      if constexpr (is_int8) {
        set_quantization(output, quantization);
      } else {
        nodes_.back().precision = PrecisionKind::bf16;
      }
      return output;
    }
  }

  Id global_avg_pool(Id input, const std::string& name) {
    const float scale = is_int8 ? quantization_.at(input).scale : 1.0f;
    return add_layer(name, nn::BasicGlobalAvgPool<Arithmetic>(loader_.isa(), scale), input,
                     float_tensor({1, 1, 1, shape(input).c}));
  }

  Id batch_norm(Id input, const std::string& name) {
    return add_layer(name, loader_.batch_norm(name), input, float_tensor(shape(input)));
  }

  void add(const std::string& name, const std::vector<Id>& read, Id output, MakeRunnable make) {
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

  Place place(Id id) const { return network_.place(id); }

  Network& network_;
  const LayerLoader& loader_;
  bool parity_;
  std::map<Id, nn::Quantization> quantization_;  ///< of tensors in int8, as last written
  std::map<Id, std::string> writer_;             ///< the step that wrote a tensor last
  std::vector<Node> nodes_;
};

template <class Arithmetic>
void build_steps(Network& network, const BuildOptions& options) {
  const LayerLoader loader(options.tensors, options.isa, options.threads);
  NetworkBuilder<Arithmetic>(network, loader, options.parity).build();
}

FLIQE_INLINE Network::Network(const weights::TensorSet& tensors,
                              const std::optional<NetworkSpec>& required, int threads,
                              const NetworkOptions& options, Isa isa,
                              StepBuilder (*builder)(PrecisionKind))
    : isa_(isa) {
  require_supported("kernels", isa);
  const WeightsCheck check = require_weights(tensors, required);
  precision_ =
      resolve_precision(options.precision, tensors, check.calibrated, has_bf16_instructions(isa));
  spec_ = check.spec;
  kind_ = check.kind;
  builder(precision_)(*this, {tensors, isa, threads, options.parity});
}

}  // namespace fliqe::inline FLIQE_ABI::model
