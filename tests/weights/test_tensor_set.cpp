// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <fliqe/weights/float_tensor.hpp>
#include <fliqe/weights/safetensors.hpp>
#include <optional>
#include <string>
#include <vector>

#include "support/files.hpp"
#include "weights/element_type.hpp"

using namespace fliqe;
using namespace fliqe::test;
using weights::DType;
using weights::TensorSet;

namespace {

weights::TensorEntry tensor(const std::string& name, std::vector<float> values) {
  const auto size = static_cast<std::int64_t>(values.size());
  return make_tensor(name, DType::f32, {size}, std::move(values));
}

}  // namespace

TEST_CASE("given tensors, a set keeps their order, finds them and refuses two of one name") {
  TensorSet set("a.file", {tensor("b", {1}), tensor("a", {2, 3})}, {{"key", "value"}});
  REQUIRE(set.tensors().size() == 2);
  CHECK(set.tensors()[0].name == "b");
  CHECK(set.find("a")->shape == weights::Shape{2});
  CHECK(set.find("c") == nullptr);
  CHECK(set.metadata("key") == "value");
  CHECK_FALSE(set.metadata("none").has_value());
  CHECK_THROWS_WITH(set.at("c"), "a.file: expected a tensor named c, found none");
  CHECK_THROWS_WITH(set.add(tensor("b", {4})), "a.file: tensor 'b' appears twice");
  set.set(tensor("b", {5, 6}));
  set.set(tensor("c", {7}));
  REQUIRE(set.tensors().size() == 3);
  CHECK(set.tensors()[0].shape == weights::Shape{2});
  CHECK(set.tensors()[2].name == "c");
}

TEST_CASE("given a set that is gone, its copies and parts still have their elements") {
  std::optional<TensorSet> first(TensorSet("first", {tensor("a", {1, 2}), tensor("b", {3})}));
  const TensorSet copy = *first;
  const TensorSet part("part", {first->at("b")});
  first.reset();
  CHECK(weights::FloatTensor(copy.at("a")).values()[1] == 2);
  CHECK(weights::FloatTensor(part.at("b")).values()[0] == 3);

  std::optional<TensorSet> file(weights::read_safetensors(default_weights()));
  const weights::TensorEntry kept = file->tensors().back();
  const std::vector<std::byte> bytes(kept.bytes.begin(), kept.bytes.end());
  file.reset();
  CHECK(std::ranges::equal(kept.bytes, bytes));
}

TEST_CASE("given another element type, only what changes is copied") {
  const TensorSet source("s", {tensor("vector", {1, 2}), make_tensor("matrix", DType::f32, {1, 2},
                                                                     std::vector<float>{1, 2})});
  const TensorSet halves = tools::with_element_type(source, DType::f16);
  CHECK(halves.at("vector").bytes.data() == source.at("vector").bytes.data());
  CHECK(halves.at("matrix").dtype == DType::f16);
  CHECK(weights::FloatTensor(halves.at("matrix")).values()[1] == 2);
}
