// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/base/error.hpp>
#include <fliqe/nn/nn.hpp>
#include <fliqe/weights/float_tensor.hpp>
#include <fliqe/weights/safetensors.hpp>
#include <string>

namespace fliqe::model {

/// Builds layers from named tensors whose presence and shapes have been checked.
class LayerLoader {
 public:
  LayerLoader(const weights::Safetensors& file, const kernels::KernelTable& table, int threads)
      : file_(file), table_(table), threads_(threads) {}

  nn::Conv2d convolution(const nn::Conv2dShape& shape, const std::string& name,
                         const std::string& batch_norm) const {
    return naming(name, [&] {
      return nn::Conv2d(shape, tensor(name + ".weight"), {}, affine(batch_norm), table_, threads_);
    });
  }

  nn::WinogradConv2d winograd(const nn::Conv2dShape& shape, int tile, const std::string& name,
                              const std::string& batch_norm) const {
    return naming(name, [&] {
      return nn::WinogradConv2d(shape, tile, tensor(name + ".weight"), {}, affine(batch_norm),
                                table_, threads_);
    });
  }

  /// `batch_norm` is folded in; empty when none follows directly.
  nn::Conv2d linear(int in, int out, const std::string& name, const std::string& batch_norm) const {
    return naming(name, [&] {
      const nn::ChannelAffine after = batch_norm.empty() ? nn::ChannelAffine{} : affine(batch_norm);
      return nn::Conv2d({.in_channels = in, .out_channels = out}, tensor(name + ".weight"),
                        tensor(name + ".bias"), after, table_, threads_);
    });
  }

  nn::BatchNorm1d batch_norm(const std::string& name) const {
    return naming(name, [&] { return nn::BatchNorm1d(affine(name), table_); });
  }

  const kernels::KernelTable& table() const noexcept { return table_; }

 private:
  weights::FloatTensor tensor(const std::string& name) const {
    const weights::TensorEntry* entry = file_.find(name);
    detail::require(entry != nullptr, ErrorCode::weights_mismatch,
                    "tensor " + name + " is missing");
    return weights::FloatTensor(*entry);
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
    try {
      return build();
    } catch (const Error& error) {
      throw Error(error.code(), file_.name() + ": " + layer + ": " + error.what());
    }
  }

  const weights::Safetensors& file_;
  const kernels::KernelTable& table_;
  int threads_;
};

}  // namespace fliqe::model
