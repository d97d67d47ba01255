// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <cstring>
#include <fliqe/weights/float_tensor.hpp>
#include <fliqe/weights/safetensors.hpp>
#include <limits>
#include <nlohmann/json.hpp>

#include "support/files.hpp"
#include "support/program.hpp"
#include "support/skip.hpp"
#include "weights/element_type.hpp"
#include "weights/safetensors_writer.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {

bool same_tensors(const weights::TensorSet& a, const weights::TensorSet& b) {
  if (a.tensors().size() != b.tensors().size()) return false;
  for (const weights::TensorEntry& tensor : a.tensors()) {
    const weights::TensorEntry* other = b.find(tensor.name);
    if (other == nullptr || other->shape != tensor.shape || other->dtype != tensor.dtype ||
        !std::ranges::equal(other->bytes, tensor.bytes)) {
      return false;
    }
  }
  return true;
}

/// Runs the converter; the file must come out.
weights::TensorSet convert(const std::string& input, const std::string& output,
                           const std::string& options = "") {
  const Finished done = test::fliqe("convert '" + input + "' '" + output + "' " + options);
  INFO(done.errors);
  REQUIRE(done.exit_code == 0);
  return weights::read_safetensors(output);
}

}  // namespace

TEST_CASE("given safetensors, converting to the same precision keeps every bit") {
  const TemporaryDir dir;
  const auto original = weights::read_safetensors(default_weights());
  const auto copy = convert(default_weights(), dir / "copy");
  CHECK(same_tensors(original, copy));
  REQUIRE(original.metadata("source_file").has_value());
  CHECK(copy.metadata("source_file") == original.metadata("source_file"));
  CHECK(copy.metadata("backbone") == "resnet50-width16");
  for (const weights::TensorEntry& tensor : copy.tensors()) {
    const auto address = reinterpret_cast<std::uintptr_t>(tensor.bytes.data());
    REQUIRE(address % weights::info(tensor.dtype).size == 0);
  }
}

TEST_CASE("given a smaller precision, matrices are rounded; vectors and the stem stay exact") {
  const TemporaryDir dir;
  const auto original = weights::read_safetensors(default_weights());
  const auto [name, dtype, step] = GENERATE(table<std::string, weights::DType, double>(
      {{"f16", weights::DType::f16, 0x1p-11}, {"bf16", weights::DType::bf16, 0x1p-8}}));
  const auto small = convert(default_weights(), dir / name, "--precision " + name);
  for (const weights::TensorEntry& tensor : original.tensors()) {
    const weights::TensorEntry& stored = *small.find(tensor.name);
    const bool stem = tensor.name == "iqa_encoder.encoder.conv1.weight";
    if (tensor.dtype != weights::DType::f32 || tensor.shape.size() < 2 || stem) {
      REQUIRE(stored.dtype == tensor.dtype);
      REQUIRE(std::ranges::equal(stored.bytes, tensor.bytes));
      continue;
    }
    REQUIRE(stored.dtype == dtype);
    const weights::FloatTensor before(tensor), after(stored);
    for (std::size_t i = 0; i < before.values().size(); ++i) {
      const double error = std::abs(static_cast<double>(before.values()[i]) - after.values()[i]);
      REQUIRE(error <= std::abs(before.values()[i]) * step + 0x1p-25);
    }
  }
}

TEST_CASE("given a number that half precision cannot hold, conversion refuses it") {
  const TemporaryDir dir;
  const float values[] = {1.0f, 70000.0f};
  const weights::TensorSet set(
      "s", {{"t", weights::DType::f32, {1, 2}, std::as_bytes(std::span(values))}});
  CHECK_THROWS_WITH(tools::with_element_type(set, weights::DType::f16),
                    Catch::Contains("tensor 't'") && Catch::Contains("does not fit F16"));
  const weights::TensorSet brief = tools::with_element_type(set, weights::DType::bf16);
  CHECK(brief.at("t").bytes.size() == 4);
  tools::write_safetensors(dir / "x", brief);
  CHECK(same_tensors(weights::read_safetensors(dir / "x"), brief));
}

TEST_CASE("given checkpoints of every kind, all convert to the same tensors", "[pytorch]") {
  if (!python_has("torch")) return skip("python3-torch is not installed");
  const TemporaryDir dir;
  const Finished made =
      run("/usr/bin/python3 '" + (source_dir() / "tests/tools/make_checkpoints.py").string() +
          "' '" + default_weights() + "' '" + dir.path().string() + "'");
  INFO(made.errors);
  REQUIRE(made.exit_code == 0);
  const auto original = weights::read_safetensors(default_weights());
  for (const char* name : {"zip", "legacy", "deflated", "wrapped", "channels_last"}) {
    INFO(name);
    const auto converted = convert(dir / (std::string(name) + ".pth"), dir / name);
    CHECK(same_tensors(original, converted));
    CHECK(converted.metadata("content") == "full model");
    CHECK(converted.metadata("source_file") == std::string(name) + ".pth");
  }

  CHECK(convert(dir / "encoder.pth", dir / "encoder").metadata("content") == "encoder only");
  const Finished score =
      test::fliqe("score --weights '" + dir / "encoder" + "' '" + example_images().string() + "'");
  CHECK(score.exit_code == 2);
  CHECK_THAT(score.errors, Catch::Contains("needs the full model"));

  const Finished trunk = test::fliqe("convert '" + dir / "trunk.pth" + "' '" + dir / "trunk" + "'");
  CHECK(trunk.exit_code == 0);
  CHECK_THAT(trunk.errors, Catch::Contains("left out 'fc.weight'"));
  CHECK(weights::read_safetensors(dir / "trunk").find("fc.weight") == nullptr);

  const Finished broken = test::fliqe("convert '" + dir / "broken.pth" + "' '" + dir / "b" + "'");
  CHECK(broken.exit_code == 2);
  CHECK_THAT(broken.errors,
             Catch::Contains("missing (1): classifier.6.bias") &&
                 Catch::Contains("unexpected (1): surprise") &&
                 Catch::Contains("classifier.3.weight: expected shape [64, 128], found [64, 127]"));
  CHECK_FALSE(fs::exists(dir / "b"));
}

TEST_CASE("given a weights file, info prints content, hash, metadata and tensors") {
  const Finished text = test::fliqe("info '" + default_weights() + "'");
  CHECK(text.exit_code == 0);
  CHECK_THAT(text.output, Catch::Contains("content     resnet50-width16, full model") &&
                              Catch::Contains("classifier.6.weight"));
  const Finished json = test::fliqe("info --json '" + default_weights() + "'");
  const auto parsed = nlohmann::json::parse(json.output);
  CHECK(parsed["tensors"].size() == 359);
  const Finished sum = run("sha256sum '" + default_weights() + "'");
  CHECK(sum.output.substr(0, 64) == parsed["sha256"]);
  const Finished pth =
      test::fliqe("info '" + (source_dir() / "tests/data/pth/legacy.pth").string() + "'");
  CHECK(pth.exit_code == 0);
  CHECK_THAT(pth.output, Catch::Contains("channels_last"));
}

TEST_CASE("given output that cannot be written, converting says so") {
  const Finished folder = test::fliqe("convert '" + default_weights() + "' /no/such/folder/x");
  CHECK(folder.exit_code == 2);
  CHECK_THAT(folder.errors, Catch::Contains("/no/such/folder/x: cannot write"));
  if (fs::exists("/dev/full")) {
    const Finished full = test::fliqe("convert '" + default_weights() + "' /dev/full");
    CHECK(full.exit_code == 2);
    CHECK_THAT(full.errors, Catch::Contains("No space left"));
  }
}
