// SPDX-License-Identifier: MIT
/// @file
/// The trunk of a weights file as a chain of oneDNN primitives, for compare.py, as a careful user
/// would write it: batch normalisation folded, ReLU and the residual sum as post-operations, every
/// layout left to the library, weights reordered once. Weights that `fliqe quantize` made are
/// computed in bytes, all but the stem, as fliqe does.
/// Usage: onednn_trunk WEIGHTS.safetensors THREADS BATCH [bf16], or onednn_trunk --version
#include <omp.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fliqe/model/built_in_networks.hpp>
#include <fliqe/model/operations.hpp>
#include <fliqe/nn/batch_norm.hpp>
#include <fliqe/weights/float_tensor.hpp>
#include <fliqe/weights/safetensors.hpp>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "onednn_api.hpp"
#include "trunk_protocol.hpp"

using namespace fliqe;
using model::Operation;
using model::OperationKind;
using peers::onednn::Arguments;
using peers::onednn::dims_of;
using peers::onednn::memory;
using peers::onednn::type_of;

namespace {

class Chain {
 public:
  Chain(const weights::TensorSet& file, int batch, bool in_bf16)
      : file_(file),
        batch_(batch),
        in_bytes_(file.find("conv1.activation_scale") != nullptr),
        real_type_(in_bf16 ? memory::data_type::bf16 : memory::data_type::f32) {
    build();
  }

  void run() {
    for (auto& [primitive, arguments] : steps_) primitive.execute(stream_, arguments);
    stream_.wait();
  }

  std::vector<float> features() const {
    const auto* values = static_cast<const float*>(features_.get_data_handle());
    return {values, values + dims_of(features_)[1]};
  }

 private:
  struct Convolution {
    memory::dim in, out, kernel, stride, padding;
  };

  void build() {
    std::vector<memory> outputs;
    const std::vector<Operation> operations =
        model::OperationList::of(ResNet50::spec(), model::ModelKind::trunk);
    for (const Operation& operation : operations) {
      const auto output_of = [&](int index) {
        return index == Operation::picture ? picture() : outputs[static_cast<std::size_t>(index)];
      };
      memory input = output_of(operation.input);
      if (operation.kind == OperationKind::max_pool) {
        outputs.push_back(in_bytes_ ? quantized(max_pool(input)) : max_pool(input));
      } else if (operation.kind == OperationKind::average_pool) {
        features_ = average(in_bytes_ ? dequantized(input) : input);
      } else {
        const nn::Conv2dShape& s = operation.shape;
        const bool adds = operation.residual != Operation::none;
        memory residual = adds ? output_of(operation.residual) : memory();
        outputs.push_back(convolve(
            input, {s.in_channels, s.out_channels, s.kernel_width, s.stride, s.padding},
            operation.name, operation.batch_norm, operation.relu, adds ? &residual : nullptr));
      }
    }
  }

  float activation_scale(const std::string& name) const {
    return tensor(name + ".activation_scale").values()[0];
  }

  memory quantized(memory input) {
    const float scale = activation_scale("conv1");
    return rescaled(input, memory::data_type::u8, 1 / scale, scale);
  }
  memory dequantized(memory input) {
    return rescaled(input, memory::data_type::f32, scale_of(input), 1);
  }

  memory rescaled(memory input, memory::data_type type, float factor, float scale) {
    memory output({dims_of(input), type, memory::format_tag::nhwc}, engine_);
    dnnl::primitive_attr attributes;
    Arguments arguments = peers::onednn::scale(attributes, engine_, DNNL_ARG_SRC, {factor});
    arguments.merge(Arguments{{DNNL_ARG_FROM, input}, {DNNL_ARG_TO, output}});
    steps_.push_back({dnnl::reorder(input, output, attributes), arguments});
    set_scale(output, scale);
    return output;
  }

  /// What a step of a tensor in bytes stands for.
  float scale_of(const memory& tensor) const { return scales_.at(tensor.get_data_handle()); }
  void set_scale(const memory& tensor, float scale) { scales_[tensor.get_data_handle()] = scale; }

  memory picture() {
    constexpr int size = 224;
    memory image({{batch_, 3, size, size}, memory::data_type::f32, memory::format_tag::nchw},
                 engine_);
    auto* value = static_cast<float*>(image.get_data_handle());
    for (memory::dim n = 0; n < batch_; ++n) {
      for (int c = 0; c < 3; ++c) {
        for (int y = 0; y < size; ++y) {
          for (int x = 0; x < size; ++x) *value++ = peers::picture(y, x, c);
        }
      }
    }
    return image;
  }

  /// With a residual the result is written over it, as the library's sum wants it.
  memory convolve(memory input, const Convolution& shape, const std::string& name,
                  const std::string& batch_norm, bool relu, memory* residual = nullptr) {
    const memory::dims from = dims_of(input);
    const memory::dim size = (from[2] + 2 * shape.padding - shape.kernel) / shape.stride + 1;
    const bool in_bytes = in_bytes_ && name != "conv1";
    const float step = in_bytes ? activation_scale(name) : 1.0f;
    using Type = memory::data_type;
    const Type input_type = in_bytes ? Type::u8 : real_type_;
    const Type weight_type = in_bytes ? Type::s8 : real_type_;
    const Type output_type = !in_bytes ? real_type_ : relu ? Type::u8 : Type::s8;
    dnnl::post_ops after;
    if (residual != nullptr) {
      after.append_sum(in_bytes ? scale_of(*residual) / step : 1.0f, 0, type_of(*residual));
    }
    if (relu) peers::onednn::append_relu(after);
    dnnl::primitive_attr attributes;
    attributes.set_post_ops(after);
    auto [weights, bias, scales] =
        in_bytes ? bytes(shape, name, batch_norm, scale_of(input) / step, step)
                 : folded(shape, name, batch_norm);
    Arguments arguments;
    if (in_bytes) {
      arguments = peers::onednn::scale(attributes, engine_, DNNL_ARG_WEIGHTS, scales);
    }
    const memory::desc any_weights =
        any({shape.out, shape.in, shape.kernel, shape.kernel}, weight_type);
    const memory::desc bias_layout{{shape.out}, memory::data_type::f32, memory::format_tag::x};
    const auto description =
        peers::onednn::convolution(engine_,
                                   {any(from, input_type), any_weights, bias_layout,
                                    any({batch_, shape.out, size, size}, output_type)},
                                   window(shape.kernel, shape.stride, shape.padding), attributes);

    weights = reordered(weights, description.weights_desc(), false);
    input = reordered(input, description.src_desc(), true);
    memory output = residual != nullptr ? over(*residual, description.dst_desc())
                                        : memory(description.dst_desc(), engine_);
    if (in_bytes) set_scale(output, step);
    arguments.merge(Arguments{{DNNL_ARG_SRC, input},
                              {DNNL_ARG_WEIGHTS, weights},
                              {DNNL_ARG_BIAS, bias},
                              {DNNL_ARG_DST, output}});
    steps_.push_back({dnnl::convolution_forward(description), arguments});
    return output;
  }

  /// Memory for an output that is added to what is there: the residual's own.
  memory over(memory residual, const memory::desc& layout) {
    memory there = reordered(residual, peers::onednn::with_type(layout, type_of(residual)), true);
    return memory(layout, engine_, there.get_data_handle());
  }

  memory max_pool(memory input) { return pool(input, dnnl::algorithm::pooling_max, 3, 2, 1); }

  memory average(memory input) {
    const memory::dim size = dims_of(input)[2];
    const memory pooled = pool(input, dnnl::algorithm::pooling_avg_exclude_padding, size, size, 0);
    return reordered(pooled, {dims_of(pooled), memory::data_type::f32, memory::format_tag::nchw},
                     true);
  }

  memory pool(memory input, dnnl::algorithm algorithm, memory::dim kernel, memory::dim stride,
              memory::dim padding) {
    const memory::dims from = dims_of(input);
    const memory::dim size = (from[2] + 2 * padding - kernel) / stride + 1;
    const auto description = peers::onednn::pooling(
        engine_, algorithm, input.get_desc(), any({from[0], from[1], size, size}, type_of(input)),
        window(kernel, stride, padding));
    memory output(description.dst_desc(), engine_);
    steps_.push_back(
        {dnnl::pooling_forward(description), {{DNNL_ARG_SRC, input}, {DNNL_ARG_DST, output}}});
    return output;
  }

  static peers::onednn::Window window(memory::dim kernel, memory::dim stride, memory::dim padding) {
    return {{kernel, kernel}, {stride, stride}, {padding, padding}};
  }

  static memory::desc any(const memory::dims& dims, memory::data_type type) {
    return {dims, type, memory::format_tag::any};
  }

  /// `input` in another layout: a step of the chain, or done once and for all.
  memory reordered(memory input, const memory::desc& layout, bool in_every_run) {
    if (input.get_desc() == layout) return input;
    memory output(layout, engine_);
    kept_.push_back(input);  // a view of its memory may live on
    const dnnl::reorder reorder(input, output);
    if (in_every_run) {
      steps_.push_back({reorder, {{DNNL_ARG_FROM, input}, {DNNL_ARG_TO, output}}});
    } else {
      dnnl::reorder(reorder).execute(stream_, input, output);
      stream_.wait();
    }
    return output;
  }

  weights::FloatTensor tensor(const std::string& name) const {
    const weights::TensorEntry* entry = file_.find(name);
    if (entry == nullptr)
      throw Error(ErrorCode::weights_mismatch, "tensor " + name + " is missing");
    return weights::FloatTensor(*entry);
  }

  nn::ChannelAffine affine_of(const std::string& batch_norm) const {
    const weights::FloatTensor gamma = tensor(batch_norm + ".weight"),
                               beta = tensor(batch_norm + ".bias"),
                               mean = tensor(batch_norm + ".running_mean"),
                               variance = tensor(batch_norm + ".running_var");
    return nn::to_affine({gamma, beta, mean, variance});
  }

  struct Weights {
    memory weights, bias;
    std::vector<float> scales;  ///< of sums in bytes
  };

  /// output = scale * (sum + bias) or scale * sum + bias, as oneDNN's version wants it; scale and
  /// bias hold all scales and the batch normalisation.
  Weights bytes(const Convolution& shape, const std::string& name, const std::string& batch_norm,
                float ratio, float step) {
    const nn::ChannelAffine affine = affine_of(batch_norm);
    const weights::FloatTensor weight_scale = tensor(name + ".weight_scale");
    memory weights({{shape.out, shape.in, shape.kernel, shape.kernel},
                    memory::data_type::s8,
                    memory::format_tag::oihw},
                   engine_);
    memory bias({{shape.out}, memory::data_type::f32, memory::format_tag::x}, engine_);
    const weights::TensorEntry& entry = *file_.find(name + ".weight");
    std::memcpy(weights.get_data_handle(), entry.bytes.data(), entry.bytes.size());
    std::vector<float> scales;
    auto* to_bias = static_cast<float*>(bias.get_data_handle());
    for (int channel = 0; channel < shape.out; ++channel) {
      const double scale =
          affine.scale[channel] * ratio * weight_scale.values()[static_cast<std::size_t>(channel)];
      scales.push_back(static_cast<float>(scale));
      const double bias = affine.shift[channel] / step;
      *to_bias++ = static_cast<float>(peers::onednn::scales_bias ? bias / scale : bias);
    }
    return {weights, bias, scales};
  }

  /// Weights and bias with the batch normalisation in them.
  Weights folded(const Convolution& shape, const std::string& name, const std::string& batch_norm) {
    const weights::FloatTensor weight = tensor(name + ".weight");
    const nn::ChannelAffine affine = affine_of(batch_norm);
    memory weights({{shape.out, shape.in, shape.kernel, shape.kernel},
                    memory::data_type::f32,
                    memory::format_tag::oihw},
                   engine_);
    memory bias({{shape.out}, memory::data_type::f32, memory::format_tag::x}, engine_);
    auto* to_weight = static_cast<float*>(weights.get_data_handle());
    auto* to_bias = static_cast<float*>(bias.get_data_handle());
    const auto size = static_cast<std::size_t>(shape.in * shape.kernel * shape.kernel);
    for (int channel = 0; channel < shape.out; ++channel) {
      const float* from = weight.values().data() + static_cast<std::size_t>(channel) * size;
      for (std::size_t i = 0; i < size; ++i) {
        *to_weight++ = static_cast<float>(from[i] * affine.scale[channel]);
      }
      *to_bias++ = static_cast<float>(affine.shift[channel]);
    }
    return {weights, bias, {}};
  }

  const weights::TensorSet& file_;
  memory::dim batch_;
  bool in_bytes_;
  memory::data_type real_type_;  ///< of what is not in bytes
  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  std::vector<std::pair<dnnl::primitive, Arguments>> steps_;
  std::unordered_map<void*, float> scales_;
  std::vector<memory> kept_;
  memory features_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string(argv[1]) == "--version") {
    std::printf("%d.%d\n", dnnl_version()->major, dnnl_version()->minor);
    return 0;
  }
  if (argc < 4) return 2;
  const auto file = weights::read_safetensors(argv[1]);
  omp_set_num_threads(std::atoi(argv[2]));
  Chain chain(file, std::atoi(argv[3]), argc > 4 && std::string(argv[4]) == "bf16");
  peers::serve([&] { chain.run(); }, [&] { return chain.features(); });
}
