// SPDX-License-Identifier: MIT
/// @file
/// The trunk of a weights file as a chain of oneDNN primitives, for compare.py, as a careful user
/// would write it: batch normalisation folded, ReLU and the residual sum as post-operations, every
/// layout left to the library, weights reordered once.
/// Usage: onednn_trunk WEIGHTS.safetensors THREADS BATCH
#include <omp.h>

#include <cstdlib>
#include <fliqe/model/backbone.hpp>
#include <fliqe/nn/batch_norm.hpp>
#include <fliqe/weights/float_tensor.hpp>
#include <fliqe/weights/safetensors.hpp>
#include <oneapi/dnnl/dnnl.hpp>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "trunk_protocol.hpp"

using namespace fliqe;
using dnnl::memory;

namespace {

class Chain {
 public:
  Chain(const weights::Safetensors& file, int batch) : file_(file), batch_(batch) { build(); }

  void run() {
    for (auto& [primitive, arguments] : steps_) primitive.execute(stream_, arguments);
    stream_.wait();
  }

  std::vector<float> features() const {
    const auto* values = static_cast<const float*>(features_.get_data_handle());
    return {values, values + features_.get_desc().dims()[1]};
  }

 private:
  struct Convolution {
    memory::dim in, out, kernel, stride, padding;
  };

  void build() {
    const BackboneSpec& spec = ResNet50::spec;
    const memory::dim width = spec.width;
    memory x = max_pool(convolve(picture(), {3, width, 7, 2, 3}, "conv1", "bn1", true));
    for (int stage = 0; stage < 4; ++stage) {
      for (int block = 0; block < spec.blocks[static_cast<std::size_t>(stage)]; ++block) {
        const std::string name =
            "layer" + std::to_string(stage + 1) + "." + std::to_string(block) + ".";
        x = bottleneck(x, width << stage, stage > 0 && block == 0 ? 2 : 1, block == 0, name);
      }
    }
    features_ = average(x);
  }

  memory bottleneck(memory x, memory::dim mid, memory::dim stride, bool project,
                    const std::string& name) {
    const memory::dim in = x.get_desc().dims()[1], out = mid * BackboneSpec::expansion;
    memory shortcut = x;
    if (project) {
      shortcut =
          convolve(x, {in, out, 1, stride, 0}, name + "downsample.0", name + "downsample.1", false);
    }
    memory y = convolve(x, {in, mid, 1, 1, 0}, name + "conv1", name + "bn1", true);
    y = convolve(y, {mid, mid, 3, stride, 1}, name + "conv2", name + "bn2", true);
    return convolve(y, {mid, out, 1, 1, 0}, name + "conv3", name + "bn3", true, &shortcut);
  }

  memory picture() {
    constexpr memory::dim size = input_size;
    memory image({{batch_, 3, size, size}, memory::data_type::f32, memory::format_tag::nchw},
                 engine_);
    auto* value = static_cast<float*>(image.get_data_handle());
    for (memory::dim n = 0; n < batch_; ++n) {
      for (int c = 0; c < 3; ++c) {
        for (int y = 0; y < input_size; ++y) {
          for (int x = 0; x < input_size; ++x) *value++ = peers::picture(y, x, c);
        }
      }
    }
    return image;
  }

  /// With a residual the result is written over it, as the library's sum wants it.
  memory convolve(memory input, const Convolution& shape, const std::string& name,
                  const std::string& batch_norm, bool relu, memory* residual = nullptr) {
    const memory::dims from = input.get_desc().dims();
    const memory::dim size = (from[2] + 2 * shape.padding - shape.kernel) / shape.stride + 1;
    dnnl::post_ops after;
    if (residual != nullptr) after.append_sum(1.0f);
    if (relu) after.append_eltwise(1.0f, dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
    dnnl::primitive_attr attributes;
    attributes.set_post_ops(after);
    const memory::desc any_weights = any({shape.out, shape.in, shape.kernel, shape.kernel});
    const memory::dims strides{shape.stride, shape.stride}, padding{shape.padding, shape.padding};
    const memory::desc bias_layout{{shape.out}, memory::data_type::f32, memory::format_tag::x};
    const dnnl::convolution_forward::primitive_desc description(
        {dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_auto, any(from),
         any_weights, bias_layout, any({batch_, shape.out, size, size}), strides, padding, padding},
        attributes, engine_);

    auto [weights, bias] = folded(shape, name, batch_norm);
    weights = reordered(weights, description.weights_desc(), false);
    input = reordered(input, description.src_desc(), true);
    memory output = residual != nullptr ? reordered(*residual, description.dst_desc(), true)
                                        : memory(description.dst_desc(), engine_);
    steps_.push_back({dnnl::convolution_forward(description),
                      {{DNNL_ARG_SRC, input},
                       {DNNL_ARG_WEIGHTS, weights},
                       {DNNL_ARG_BIAS, bias},
                       {DNNL_ARG_DST, output}}});
    return output;
  }

  memory max_pool(memory input) { return pool(input, dnnl::algorithm::pooling_max, 3, 2, 1); }

  memory average(memory input) {
    const memory::dim size = input.get_desc().dims()[2];
    const memory pooled = pool(input, dnnl::algorithm::pooling_avg_exclude_padding, size, size, 0);
    return reordered(
        pooled, {pooled.get_desc().dims(), memory::data_type::f32, memory::format_tag::nchw}, true);
  }

  memory pool(memory input, dnnl::algorithm algorithm, memory::dim kernel, memory::dim stride,
              memory::dim padding) {
    const memory::dims from = input.get_desc().dims();
    const memory::dim size = (from[2] + 2 * padding - kernel) / stride + 1;
    const memory::dims kernels{kernel, kernel}, strides{stride, stride}, paddings{padding, padding};
    const dnnl::pooling_forward::primitive_desc description(
        {dnnl::prop_kind::forward_inference, algorithm, input.get_desc(),
         any({from[0], from[1], size, size}), strides, kernels, paddings, paddings},
        engine_);
    memory output(description.dst_desc(), engine_);
    steps_.push_back(
        {dnnl::pooling_forward(description), {{DNNL_ARG_SRC, input}, {DNNL_ARG_DST, output}}});
    return output;
  }

  static memory::desc any(const memory::dims& dims) {
    return {dims, memory::data_type::f32, memory::format_tag::any};
  }

  /// `input` in another layout: a step of the chain, or done once and for all.
  memory reordered(memory input, const memory::desc& layout, bool in_every_run) {
    if (input.get_desc() == layout) return input;
    memory output(layout, engine_);
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

  /// Weights and bias with the batch normalisation in them.
  std::pair<memory, memory> folded(const Convolution& shape, const std::string& name,
                                   const std::string& batch_norm) {
    const weights::FloatTensor weight = tensor(name + ".weight"),
                               gamma = tensor(batch_norm + ".weight"),
                               beta = tensor(batch_norm + ".bias"),
                               mean = tensor(batch_norm + ".running_mean"),
                               variance = tensor(batch_norm + ".running_var");
    const nn::ChannelAffine affine = nn::to_affine({gamma, beta, mean, variance});
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
    return {weights, bias};
  }

  const weights::Safetensors& file_;
  memory::dim batch_;
  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  std::vector<std::pair<dnnl::primitive, std::unordered_map<int, memory>>> steps_;
  memory features_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const auto file = weights::Safetensors::open(argv[1]);
  omp_set_num_threads(std::atoi(argv[2]));
  Chain chain(file, std::atoi(argv[3]));
  peers::serve([&] { chain.run(); }, [&] { return chain.features(); });
}
