// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/base/error.hpp>
#include <fliqe/nn/nn.hpp>
#include <fliqe/version.hpp>
#include <fliqe/weights/float_tensor.hpp>
#include <fliqe/weights/tensor_set.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fliqe::inline FLIQE_ABI::model {

/// Builds layers from named tensors whose presence and shapes have been checked.
class LayerLoader {
 public:
  LayerLoader(const weights::TensorSet& tensors, Isa isa, int threads)
      : file_(tensors), isa_(isa), threads_(threads) {}

  template <class Arithmetic>
  nn::BasicConv2d<Arithmetic> convolution(const nn::Conv2dShape& shape, const std::string& name,
                                          const std::string& batch_norm) const {
    return naming(name, [&] {
      return nn::BasicConv2d<Arithmetic>(shape, weight(name), {}, affine(batch_norm), isa_,
                                         threads_);
    });
  }

  /// The same for one channel that stands for all three inputs. Its filters are the sums over the
  /// channels, with the batch normalization in them. Rounding errors are carried to the next tap,
  /// so that they cancel in the smooth parts of a picture, where they would add up.
  nn::Conv2d gray_stem(nn::Conv2dShape shape, const std::string& name,
                       const std::string& batch_norm) const {
    return naming(name, [&] {
      const weights::FloatTensor color = weight(name);
      const nn::ChannelAffine after = affine(batch_norm);
      const auto taps = static_cast<std::size_t>(shape.kernel_height * shape.kernel_width);
      const float* filter = color.values().data();
      std::vector<float> gray;
      for (const double scale : after.scale) {
        double carried = 0;
        for (std::size_t tap = 0; tap < taps; ++tap) {
          double sum = 0;
          for (std::size_t c = 0; c < 3; ++c) sum += filter[c * taps + tap];
          const double exact = sum * scale + carried;
          gray.push_back(static_cast<float>(exact));
          carried = exact - gray.back();
        }
        filter += 3 * taps;
      }
      shape.in_channels = 1;
      const std::vector<float> bias(after.shift.begin(), after.shift.end());
      return nn::Conv2d(shape, gray, bias, {}, isa_, threads_);
    });
  }

  /// `batch_norm` is folded in; empty when none follows directly.
  nn::Conv2d linear(int in, int out, const std::string& name, const std::string& batch_norm) const {
    return naming(name, [&] {
      const nn::ChannelAffine after = batch_norm.empty() ? nn::ChannelAffine{} : affine(batch_norm);
      return nn::Conv2d({.in_channels = in, .out_channels = out}, weight(name),
                        tensor(name + ".bias"), after, isa_, threads_);
    });
  }

  template <class Arithmetic>
  nn::BasicWinogradConv2d<Arithmetic> winograd(const nn::Conv2dShape& shape, int tile,
                                               const std::string& name,
                                               const std::string& batch_norm) const {
    return naming(name, [&] {
      return nn::BasicWinogradConv2d<Arithmetic>(shape, tile, weight(name), {}, affine(batch_norm),
                                                 isa_, threads_);
    });
  }

  /// `residual` is that of the tensor that is added, if any.
  template <class Arithmetic>
  nn::BasicConv2d<Arithmetic> quantized(const nn::Conv2dShape& shape, const std::string& name,
                                        const std::string& batch_norm,
                                        const nn::Quantization& input,
                                        const nn::Quantization& output,
                                        const std::optional<nn::Quantization>& residual) const {
    return naming(name, [&] {
      const weights::FloatTensor scale = tensor(name + ".weight_scale");
      const std::span<const std::byte> stored = file_.at(name + ".weight").bytes;
      const std::span weight(reinterpret_cast<const std::int8_t*>(stored.data()), stored.size());
      const nn::QuantizedConv2dParameters parameters{weight, scale,  affine(batch_norm),
                                                     input,  output, residual};
      return nn::BasicConv2d<Arithmetic>(shape, parameters, isa_, threads_);
    });
  }

  /// Scale of the bytes that the layer's output becomes.
  float activation_scale(const std::string& name) const {
    return tensor(name + ".activation_scale").values()[0];
  }

  nn::BatchNorm1d batch_norm(const std::string& name) const {
    return naming(name, [&] { return nn::BatchNorm1d(affine(name), isa_); });
  }

  Isa isa() const noexcept { return isa_; }

 private:
  weights::FloatTensor tensor(const std::string& name) const {
    return weights::FloatTensor(file_.at(name));
  }

  weights::FloatTensor weight(const std::string& layer) const {
    return weights::float_tensor(file_, layer + ".weight");
  }

  nn::ChannelAffine affine(const std::string& name) const {
    const weights::FloatTensor weight = tensor(name + ".weight"), bias = tensor(name + ".bias"),
                               mean = tensor(name + ".running_mean"),
                               variance = tensor(name + ".running_var");
    return nn::to_affine({weight, bias, mean, variance});
  }

  /// Adds file and layer to what a layer complains of.
  template <class Build>
  auto naming(const std::string& layer, const Build& build) const -> decltype(build()) {
    return detail::recovering(build, [&](const Error& error) -> decltype(build()) {
      detail::raise(error.code(), {file_.name(), ": ", layer, ": ", error.what()});
    });
  }

  const weights::TensorSet& file_;
  Isa isa_;
  int threads_;
};

}  // namespace fliqe::inline FLIQE_ABI::model
