// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <fliqe/model/built_in_networks.hpp>
#include <fliqe/model/check_weights.hpp>
#include <fliqe/model/weights_manifest.hpp>

using namespace fliqe;
using model::check_weights;
using model::ModelKind;

namespace {

/// Everything that a network needs, without any data.
std::vector<weights::TensorEntry> entries(const NetworkSpec& spec, ModelKind kind) {
  std::vector<weights::TensorEntry> tensors;
  const model::WeightsManifest manifest(spec, kind);
  for (const auto& [name, shape] : manifest.tensors()) {
    tensors.push_back({name, weights::DType::f32, shape, {}});
  }
  return tensors;
}

weights::TensorEntry& named(std::vector<weights::TensorEntry>& tensors, const std::string& name) {
  for (weights::TensorEntry& tensor : tensors) {
    if (tensor.name == name) return tensor;
  }
  throw std::runtime_error("no tensor " + name);
}

}  // namespace

TEST_CASE("given complete weights, backbone and kind are recognised") {
  const NetworkSpec spec = GENERATE(ResNet50::spec(), CompactResNet50::spec());
  const ModelKind kind = GENERATE(ModelKind::trunk, ModelKind::encoder, ModelKind::full);
  auto tensors = entries(spec, kind);
  tensors.push_back(
      {std::string(prefixes(kind).trunk) + "bn1.num_batches_tracked", weights::DType::i64, {}, {}});
  const model::WeightsCheck check = check_weights({"w", tensors});
  CHECK(check.passed());
  CHECK(check.spec == spec);
  CHECK(check.kind == kind);
}

TEST_CASE("given ResNet50, the manifest has the tensors of torchvision's state dict") {
  const model::WeightsManifest trunk(ResNet50::spec(), ModelKind::trunk);
  CHECK(trunk.tensors().size() == 53 + 53 * 4);  // 53 convolutions, each with a normalisation
  CHECK(trunk.tensors().at("layer4.2.conv3.weight") == model::Shape{2048, 512, 1, 1});
  CHECK(trunk.tensors().at("layer3.0.downsample.0.weight") == model::Shape{1024, 512, 1, 1});
  const model::WeightsManifest full(ResNet50::spec(), ModelKind::full);
  CHECK(full.tensors().at("iqa_encoder.projection_head.9.weight") == model::Shape{128, 256});
  CHECK(full.tensors().at("classifier.6.weight") == model::Shape{1, 64});
}

TEST_CASE("given a torchvision state dict, its classification layer is set aside") {
  auto tensors = entries(ResNet50::spec(), ModelKind::trunk);
  tensors.push_back({"fc.weight", weights::DType::f32, {1000, 2048}, {}});
  tensors.push_back({"fc.bias", weights::DType::f32, {1000}, {}});
  const model::WeightsCheck check = check_weights({"w", tensors});
  CHECK(check.passed());
  CHECK(check.ignored == std::vector<std::string>{"fc.weight", "fc.bias"});
}

TEST_CASE("given weights that do not fit, every difference is named") {
  auto tensors = entries(CompactResNet50::spec(), ModelKind::full);
  named(tensors, "classifier.3.weight").shape = {65, 128};
  named(tensors, "classifier.0.bias").name = "classifier.0.bais";
  const model::WeightsCheck check = check_weights({"w", tensors});
  CHECK_FALSE(check.passed());
  CHECK(check.missing == std::vector<std::string>{"classifier.0.bias"});
  CHECK(check.unexpected == std::vector<std::string>{"classifier.0.bais"});
  REQUIRE(check.wrong_shape.size() == 1);
  CHECK(check.message() ==
        "weights do not fit resnet50-width16 (full model); missing (1): classifier.0.bias; "
        "unexpected (1): classifier.0.bais; classifier.3.weight: expected shape [64, 128], found "
        "[65, 128]");
}

TEST_CASE("given tensors of some other network, the error says what was looked for") {
  CHECK_THROWS_WITH(check_weights(weights::TensorSet("w")),
                    Catch::Contains("iqa_encoder.encoder.conv1.weight"));
  const std::vector<weights::TensorEntry> other{
      {"conv1.weight", weights::DType::f32, {32, 3, 3, 3}, {}}};
  CHECK_THROWS_WITH(check_weights({"w", other}),
                    Catch::Contains("found a first convolution of shape [32, 3, 3, 3]"));
}
