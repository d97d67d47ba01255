// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <chrono>
#include <cmath>
#include <fliqe/quality/fliqe.hpp>
#include <fliqe/train/optimize.hpp>
#include <nlohmann/json.hpp>

#include "support/files.hpp"
#include "support/inputs.hpp"
#include "support/json.hpp"
#include "support/program.hpp"
#include "train/feature_table.hpp"
#include "train/head_writer.hpp"

using namespace fliqe;
using namespace fliqe::test;
using train::Matrix;

namespace {

Matrix<double> random_matrix(int rows, int columns, fliqe::Random& random) {
  return Matrix<double>::NullaryExpr(rows, columns, [&] { return random.normal(); });
}

/// The sum of all outputs times fixed numbers: a loss whose gradient is those numbers.
template <class Layer>
double loss_of(Layer& layer, const Matrix<double>& x, const Matrix<double>& factors) {
  return layer.forward(x, true).cwiseProduct(factors).sum();
}

/// Every gradient of `layer` against central differences.
template <class Layer>
void check_gradients(Layer& layer, Matrix<double> x, int outputs) {
  fliqe::Random random(7);
  const Matrix<double> factors = random_matrix(static_cast<int>(x.rows()), outputs, random);
  layer.forward(x, true);
  const Matrix<double> input_gradient = layer.backward(factors);
  constexpr double step = 1e-5;
  const auto check = [&](double& value, double gradient) {
    const double before = value;
    value = before + step;
    const double above = loss_of(layer, x, factors);
    value = before - step;
    const double below = loss_of(layer, x, factors);
    value = before;
    REQUIRE(gradient == Approx((above - below) / (2 * step)).epsilon(1e-5).margin(1e-6));
  };
  for (Eigen::Index i = 0; i < x.size(); ++i) check(x.data()[i], input_gradient.data()[i]);
  layer.for_each_parameter([&](train::Parameter<double>& parameter) {
    const Matrix<double> gradient = parameter.gradient;
    for (Eigen::Index i = 0; i < gradient.size(); ++i) {
      check(parameter.value.data()[i], gradient.data()[i]);
    }
  });
}

/// Embeddings of two overlapping kinds; `groups` of sources.
tools::FeatureTable synthetic(int count, std::uint64_t seed, int groups = 10) {
  fliqe::Random random(seed), fixed(99);
  std::vector<double> direction;
  for (int i = 0; i < 128; ++i) direction.push_back(fixed.normal() / std::sqrt(128.0));
  tools::FeatureTable table;
  for (int i = 0; i < count; ++i) {
    const bool distorted = random.uniform() < 0.7;
    std::vector<float> values;
    for (const double each : direction) {
      const double center = (distorted ? 1 : -1) * each;
      values.push_back(static_cast<float>(0.12 * (center + 0.55 * random.normal())));
    }
    // A bend that no plane follows.
    if (values[0] > 0.1f) values[1] += distorted ? 0.2f : -0.2f;
    table.rows.push_back({"p" + std::to_string(i), distorted ? "LensBlur" : "Clean",
                          "g" + std::to_string(i % groups), values});
  }
  return table;
}

}  // namespace

TEST_CASE("given any layer, gradients are those of finite differences") {
  fliqe::Random random(3);
  const Matrix<double> x = random_matrix(6, 5, random);
  SECTION("linear") {
    train::Linear<double> layer(5, 4, random);
    check_gradients(layer, x, 4);
  }
  SECTION("ReLU") {
    train::Relu<double> layer;
    check_gradients(layer, x, 5);
  }
  SECTION("batch normalisation") {
    train::BatchNorm<double> layer(5);
    layer.for_each_parameter([&](train::Parameter<double>& parameter) {
      parameter.value = random_matrix(1, 5, random);
    });
    check_gradients(layer, x, 5);
  }
  SECTION("the whole head") {
    auto head = train::binary_head<double>(5, random);
    check_gradients(head, random_matrix(8, 5, random), 1);
  }
}

TEST_CASE("given logits and weights, the loss and its gradient follow the definition") {
  fliqe::Random random(4);
  Matrix<double> logits = random_matrix(7, 1, random) * 3;
  const Matrix<double> truth =
      Matrix<double>::NullaryExpr(7, 1, [&] { return random.uniform() < 0.5 ? 1.0 : 0.0; });
  const Matrix<double> weight =
      Matrix<double>::NullaryExpr(7, 1, [&] { return random.between(0.5, 2); });
  const auto loss = train::binary_cross_entropy<double>(logits, truth, weight);
  double expected = 0;
  for (int i = 0; i < 7; ++i) {
    const double p = 1 / (1 + std::exp(-logits(i, 0)));
    expected -= weight(i, 0) * (truth(i, 0) > 0 ? std::log(p) : std::log(1 - p));
  }
  CHECK(loss.value == Approx(expected / weight.sum()));
  for (int i = 0; i < 7; ++i) {
    const auto moved = [&](double by) {
      Matrix<double> changed = logits;
      changed(i, 0) += by;
      return train::binary_cross_entropy<double>(changed, truth, weight).value;
    };
    CHECK(loss.gradient(i, 0) == Approx((moved(1e-5) - moved(-1e-5)) / 2e-5).epsilon(1e-5));
  }
  const Matrix<double> extreme = Matrix<double>::Constant(7, 1, 1000);
  CHECK(std::isfinite(train::binary_cross_entropy<double>(extreme, truth, weight).value));
}

TEST_CASE("given a trained head, FLIQE computes with it what it computed in training") {
  fliqe::Random random(5);
  auto head = train::binary_head<float>(128, random);
  const Matrix<float> some = Matrix<float>::NullaryExpr(
      64, 128, [&] { return static_cast<float>(0.1 * random.normal()); });
  for (int i = 0; i < 20; ++i) head.forward(some, true);  // moves the running statistics
  const auto base = weights::Safetensors::open(default_weights());
  const std::string file = tools::with_head(base, head, {{"note", "x"}});
  const auto bytes = std::as_bytes(std::span(file.data(), file.size()));
  const FLIQE<CompactResNet50> fliqe(bytes);
  const Image image{40, 30, PixelFormat::gray8, std::vector<std::uint8_t>(1200, 77)};
  const Assessment found = fliqe.assess(image);
  const Eigen::Map<const train::Row<float>> embedding(found.embedding.data(), 128);
  CHECK(found.logit == Approx(head.forward(embedding, false)(0, 0)).epsilon(1e-4).margin(1e-5));
  const auto made = weights::Safetensors::from_memory(bytes, "made");
  CHECK(made.metadata("note") == "x");
  CHECK_FALSE(made.metadata("bf16_pictures").has_value());
}

TEST_CASE("given features, the head's F1 is PyTorch's, quickly and with the same bytes each time") {
  const TemporaryDir dir;
  const tools::FeatureTable table = synthetic(5000, 11);
  write_file(dir / "all.csv", table.to_csv());
  const auto train = [&](const std::string& output) {
    return test::fliqe("train-head --json --features '" + dir / "all.csv" + "' -o '" +
                       dir / output + "'");
  };
  const auto start = std::chrono::steady_clock::now();
  const Finished done = train("a.safetensors");
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  INFO(done.errors);
  REQUIRE(done.exit_code == 0);
  CHECK(seconds < 60);
  REQUIRE(train("b.safetensors").exit_code == 0);
  CHECK(read_text(dir / "a.safetensors") == read_text(dir / "b.safetensors"));
  const double found = nlohmann::json::parse(done.output)["validation"]["f1"];
  CHECK(found > 0.8);
  if (!python_has("torch")) {
    WARN("skipped: python3-torch is not installed");
    return;
  }
  const tools::Split split = tools::split_rows(table, "group", 0.2, 1);
  tools::FeatureTable training, validation;
  for (const auto* row : split.training) training.rows.push_back(*row);
  for (const auto* row : split.validation) validation.rows.push_back(*row);
  write_file(dir / "t.csv", training.to_csv());
  write_file(dir / "v.csv", validation.to_csv());
  const Finished torch =
      run("/usr/bin/python3 '" + (source_dir() / "tests/train/torch_head.py").string() + "' '" +
          dir / "t.csv" + "' '" + dir / "v.csv'");
  INFO(torch.errors);
  REQUIRE(torch.exit_code == 0);
  const double expected = std::stod(torch.output);
  INFO("F1 " << found << ", PyTorch " << expected);
  CHECK(std::abs(found - expected) <= 0.02);
}

TEST_CASE("given groups, training and validation share none; without groups that is refused") {
  const tools::FeatureTable table = synthetic(200, 12);
  const tools::Split split = tools::split_rows(table, "group", 0.3, 5);
  CHECK(split.training.size() + split.validation.size() == 200);
  CHECK(split.validation.size() == 60);
  for (const auto* a : split.training) {
    for (const auto* b : split.validation) REQUIRE(a->source != b->source);
  }
  const tools::FeatureTable one = synthetic(50, 13, 1);
  CHECK_THROWS_WITH(tools::split_rows(one, "group", 0.3, 5), Catch::Contains("--split picture"));
  CHECK(tools::split_rows(one, "picture", 0.3, 5).validation.size() == 15);
}

TEST_CASE("given features in a table, they come back; broken ones are named") {
  const TemporaryDir dir;
  tools::FeatureTable table = synthetic(3, 14);
  table.rows[0].path = "a, \"b\".png";
  write_file(dir / "a.csv", table.to_csv());
  const tools::FeatureTable again = tools::FeatureTable::read(dir / "a.csv");
  REQUIRE(again.rows.size() == 3);
  CHECK(again.rows[0].path == table.rows[0].path);
  CHECK(again.rows[2].values == table.rows[2].values);
  write_file(dir / "b.csv", std::string("file,label,group,e0\na,Clean,g,nan\n"));
  CHECK_THROWS_WITH(tools::FeatureTable::read(dir / "b.csv"), Catch::Contains("found 'nan'"));
  write_file(dir / "c.csv", std::string("file,label,group\na,Clean,g\n"));
  CHECK_THROWS_WITH(tools::FeatureTable::read(dir / "c.csv"), Catch::Contains("e0, e1"));
}

TEST_CASE("given pictures, a head is trained from them and scores them") {
  const TemporaryDir dir;
  const std::string pictures = "'" + (example_images() / "*.jpg").string() + "'";
  const std::string out = "'" + dir / "head.safetensors'";
  const Finished done = test::fliqe("train-head " + pictures +
                                    " --distort --augment 1 --split picture --epochs 30 -o " + out +
                                    " --html '" + dir / "r.html'");
  INFO(done.errors);
  REQUIRE(done.exit_code == 0);
  CHECK_THAT(done.output, Catch::Contains("validation"));
  CHECK_THAT(read_text(dir / "r.html"), Catch::Contains("<svg"));
  const Finished scores = test::fliqe("score -q --weights " + out + " " + pictures);
  CHECK(scores.exit_code == 0);
  CHECK(test::fliqe("train-head " + pictures + " -o " + out).exit_code == 2);  // one class only
  const Finished nothing = test::fliqe("train-head -o " + out);
  CHECK(nothing.exit_code == 2);
  CHECK_THAT(nothing.errors, Catch::Contains("pictures or --features"));
}
