// SPDX-License-Identifier: MIT
#include "train/head_writer.hpp"

#include <fliqe/model/inventory.hpp>
#include <span>
#include <variant>
#include <vector>

#include "weights/safetensors_writer.hpp"

namespace fliqe::tools {
namespace {

/// Names the head's arrays as PyTorch would and keeps views of them.
class HeadTensors {
 public:
  explicit HeadTensors(const train::Network<float>& head) {
    for (const auto& layer : head.layers()) {
      std::visit([this](const auto& each) { add(each); }, layer);
      ++place_;
    }
  }

  const std::vector<weights::TensorEntry>& entries() const noexcept { return entries_; }

 private:
  void add(const train::Linear<float>& layer) {
    matrix("weight", layer.weight());
    vector("bias", layer.bias());
  }
  void add(const train::BatchNorm<float>& layer) {
    vector("weight", layer.weight());
    vector("bias", layer.bias());
    vector("running_mean", layer.running_mean());
    vector("running_var", layer.running_variance());
  }
  void add(const train::Relu<float>&) {}

  template <class Values>
  void matrix(const std::string& part, const Values& values) {
    push(part, values, {values.rows(), values.cols()});
  }
  template <class Values>
  void vector(const std::string& part, const Values& values) {
    push(part, values, {values.cols()});
  }
  template <class Values>
  void push(const std::string& part, const Values& values, weights::Shape shape) {
    const std::span<const float> all(values.data(), static_cast<std::size_t>(values.size()));
    entries_.push_back({"classifier." + std::to_string(place_) + "." + part, weights::DType::f32,
                        std::move(shape), std::as_bytes(all)});
  }

  int place_ = 0;
  std::vector<weights::TensorEntry> entries_;
};

}  // namespace

std::string with_head(const weights::Safetensors& base, const train::Network<float>& head,
                      const std::map<std::string, std::string>& notes) {
  const model::WeightsCheck check = model::check_weights(base.tensors(), base.name());
  detail::require(check.passed(), ErrorCode::weights_mismatch,
                  base.name() + ": " + check.message());
  detail::require(check.kind != model::ModelKind::trunk, ErrorCode::no_such_capability,
                  base.name() + ": expected an encoder, found a bare trunk");
  const std::string prefix = check.kind == model::ModelKind::encoder ? "iqa_encoder." : "";
  std::vector<weights::TensorEntry> tensors;
  for (weights::TensorEntry tensor : base.tensors()) {
    if (tensor.name.starts_with("classifier.")) continue;
    tensor.name = prefix + tensor.name;
    tensors.push_back(std::move(tensor));
  }
  const HeadTensors trained(head);
  tensors.insert(tensors.end(), trained.entries().begin(), trained.entries().end());
  std::map<std::string, std::string> metadata = base.metadata();
  for (const auto& [key, value] : notes) metadata[key] = value;
  metadata["content"] = model::to_string(model::ModelKind::full);
  // What was measured was measured with another head.
  std::erase_if(metadata, [](const auto& entry) {
    return entry.first.starts_with("bf16_") || entry.first.starts_with("calibration_quality_");
  });
  return serialize_safetensors(tensors, weights::DType::f32, metadata);
}

}  // namespace fliqe::tools
