// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <chrono>
#include <cmath>
#include <fliqe/quality/fliqe.hpp>
#include <fliqe/train.hpp>
#include <nlohmann/json.hpp>

#include "io/inputs.hpp"
#include "io/json.hpp"
#include "io/npy.hpp"
#include "support/files.hpp"
#include "support/program.hpp"
#include "support/skip.hpp"
#include "train/feature_table.hpp"
#include "train/model_writer.hpp"
#include "train/training_state.hpp"
#include "weights/safetensors_writer.hpp"

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

/// A loss and its gradient against a value computed otherwise and central differences.
template <class LossFunction>
void check_loss(const LossFunction& loss, const Matrix<double>& outputs,
                const std::vector<int>& labels, const std::vector<float>& weights,
                double expected) {
  const std::span<const int> truth(labels);
  const std::span<const float> each(weights);
  const auto found = loss(outputs, truth, each);
  CHECK(found.value == Approx(expected));
  for (Eigen::Index i = 0; i < outputs.size(); ++i) {
    const auto moved = [&](double by) {
      Matrix<double> changed = outputs;
      changed.data()[i] += by;
      return loss(changed, truth, each).value;
    };
    const double slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
    REQUIRE(found.gradient.data()[i] == Approx(slope).epsilon(1e-5).margin(1e-8));
  }
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

/// Trains a head with the folder's all.csv. @return its F1 on the features set apart
double trained_f1(const TemporaryDir& dir, const std::string& output) {
  const Finished done = test::fliqe("train-head --json --features '" + dir / "all.csv" + "' -o '" +
                                    dir / output + "'");
  INFO(done.errors);
  REQUIRE(done.exit_code == 0);
  return nlohmann::json::parse(done.output)["validation"]["f1"];
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
  SECTION("unit length") {
    train::UnitLength<double> layer;
    check_gradients(layer, x, 5);
  }
  SECTION("all kinds of layers in a row") {
    train::Network<double> network;
    network.add(train::Linear<double>(5, 6, random)).add(train::BatchNorm<double>(6));
    network.add(train::Relu<double>()).add(train::Linear<double>(6, 3, random));
    network.add(train::UnitLength<double>());
    check_gradients(network, random_matrix(8, 5, random), 3);
  }
}

TEST_CASE("given outputs, labels and weights, each loss follows its definition") {
  fliqe::Random random(4);
  constexpr int count = 7, classes = 3;
  const Matrix<double> outputs = random_matrix(count, classes, random);
  const std::vector<int> labels{0, 1, 2, 1, 0, 1, 2};
  std::vector<float> weights;
  for (int i = 0; i < count; ++i) weights.push_back(static_cast<float>(random.between(0.5, 2)));
  double total = 0, expected = 0;
  for (const float each : weights) total += static_cast<double>(each);

  SECTION("binary cross-entropy") {
    const Matrix<double> logits = 3 * outputs.leftCols(1);
    const std::vector<int> truth{0, 1, 0, 1, 1, 0, 1};
    for (int i = 0; i < count; ++i) {
      const double p = 1 / (1 + std::exp(-logits(i, 0)));
      const std::size_t k = static_cast<std::size_t>(i);
      expected -= static_cast<double>(weights[k]) * std::log(truth[k] > 0 ? p : 1 - p);
    }
    check_loss(train::BinaryCrossEntropy{}, logits, truth, weights, expected / total);
    const Matrix<double> extreme = Matrix<double>::Constant(count, 1, 1000);
    CHECK(std::isfinite(
        train::BinaryCrossEntropy{}(extreme, std::span(truth), std::span<const float>(weights))
            .value));
  }
  SECTION("cross-entropy") {
    for (int i = 0; i < count; ++i) {
      const std::size_t k = static_cast<std::size_t>(i);
      const double p = std::exp(outputs(i, labels[k])) / outputs.row(i).array().exp().sum();
      expected -= static_cast<double>(weights[k]) * std::log(p);
    }
    check_loss(train::CrossEntropy{}, outputs, labels, weights, expected / total);
  }
  SECTION("supervised contrast; one example is alone with its label and does not count") {
    const Matrix<double> unit = outputs.rowwise().normalized();
    const std::vector<int> some{0, 1, 5, 1, 0, 1, 2};
    const double temperature = 0.3;
    int anchors = 0;
    for (int i = 0; i < count; ++i) {
      double others = 0, sum = 0, partners = 0;
      for (int k = 0; k < count; ++k) {
        if (k != i) others += std::exp(unit.row(i).dot(unit.row(k)) / temperature);
      }
      for (int k = 0; k < count; ++k) {
        if (k == i || some[static_cast<std::size_t>(k)] != some[static_cast<std::size_t>(i)]) {
          continue;
        }
        sum -= std::log(std::exp(unit.row(i).dot(unit.row(k)) / temperature) / others);
        ++partners;
      }
      if (partners == 0) continue;
      expected += sum / partners;
      ++anchors;
    }
    REQUIRE(anchors == 5);
    check_loss(train::SupervisedContrastive{temperature}, unit, some, weights, expected / anchors);
  }
}

TEST_CASE("given an interruption, training goes on from its state and learns the same bits") {
  const TemporaryDir dir;
  const tools::FeatureTable table = synthetic(300, 21);
  std::vector<const tools::FeatureRow*> rows;
  for (const auto& row : table.rows) rows.push_back(&row);
  const auto class_of = [](const std::string& label) { return label == "Clean" ? 0 : 1; };
  const train::Examples examples = tools::to_examples(rows, 2, class_of);
  train::TrainingOptions options;
  options.epochs = 9;
  fliqe::Random random(1);
  const auto start = train::classifier_head<float>(HeadSpec{}, 128, random);
  const std::string identity = tools::fingerprint(examples, examples, options, "binary");
  const auto train_until = [&](train::TrainingState& state, int last) {
    train::train(state, examples, examples, train::BinaryCrossEntropy{}, options,
                 [&](const train::Epoch& epoch) { return epoch.number != last; });
  };
  train::TrainingState whole(start), first(start), second(start);
  train_until(whole, 9);
  train_until(first, 4);
  tools::write_state(dir / "state", first, identity);
  tools::read_state(dir / "state", second, identity);
  REQUIRE(second.epochs.size() == 4);
  train_until(second, 9);
  REQUIRE(second.epochs.size() == 9);
  CHECK(second.epochs.back().validation_loss == whole.epochs.back().validation_loss);
  const auto base = weights::read_safetensors(default_weights());
  CHECK(tools::serialize_safetensors(tools::with_head(base, {}, false, whole.best, {})) ==
        tools::serialize_safetensors(tools::with_head(base, {}, false, second.best, {})));

  options.learning_rate = 0.01;
  const std::string other = tools::fingerprint(examples, examples, options, "binary");
  CHECK_THROWS_WITH(tools::read_state(dir / "state", second, other),
                    Catch::Contains("other data or options"));
}

TEST_CASE("given a trained head, FLIQE computes with it what it computed in training") {
  fliqe::Random random(5);
  auto head = train::classifier_head<float>(HeadSpec{}, 128, random);
  const Matrix<float> some = Matrix<float>::NullaryExpr(
      64, 128, [&] { return static_cast<float>(0.1 * random.normal()); });
  for (int i = 0; i < 20; ++i) head.forward(some, true);  // moves the running statistics
  const auto base = weights::read_safetensors(default_weights());
  const weights::TensorSet made = tools::with_head(base, {}, false, head, {{"note", "x"}});
  const FLIQE<CompactResNet50> fliqe(made);
  const Image image{40, 30, PixelFormat::gray8, std::vector<std::uint8_t>(1200, 77)};
  const Assessment found = fliqe.assess(image);
  const Eigen::Map<const train::Row<float>> embedding(found.embedding.data(), 128);
  CHECK(found.logit == Approx(head.forward(embedding, false)(0, 0)).epsilon(1e-4).margin(1e-5));
  CHECK(made.metadata("note") == "x");
  CHECK_FALSE(made.metadata("bf16_pictures").has_value());
}

TEST_CASE("given features, a head is trained quickly and with the same bytes each time") {
  const TemporaryDir dir;
  synthetic(slowed ? 300 : 5000, 11).write(dir / "all.csv");
  const auto start = std::chrono::steady_clock::now();
  const double f1 = trained_f1(dir, "a.safetensors");
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  CHECK(seconds < 60);
  if (!slowed) CHECK(f1 > 0.8);  // fewer features teach less
  trained_f1(dir, "b.safetensors");
  CHECK(read_text(dir / "a.safetensors") == read_text(dir / "b.safetensors"));
}

TEST_CASE("given features, the head's F1 is PyTorch's", "[pytorch]") {
  if (slowed) return skip("enough features take too long with sanitizers and emulators");
  if (!python_has("torch")) return skip("python3-torch is not installed");
  const TemporaryDir dir;
  const tools::FeatureTable table = synthetic(5000, 11);
  table.write(dir / "all.csv");
  const double found = trained_f1(dir, "a.safetensors");
  const tools::Split split = tools::split_rows(table, "group", 0.2, 1);
  tools::FeatureTable training, validation;
  for (const auto* row : split.training) training.rows.push_back(*row);
  for (const auto* row : split.validation) validation.rows.push_back(*row);
  training.write(dir / "t.csv");
  validation.write(dir / "v.csv");
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

TEST_CASE("given features in a file, they come back; broken ones are named") {
  const TemporaryDir dir;
  tools::FeatureTable table = synthetic(3, 14);
  table.rows[0].path = "a, \"b\".png";
  for (const char* name : {"a.csv", "a.npy"}) {
    table.write(dir / name);
    const tools::FeatureTable again = tools::FeatureTable::read(dir / name);
    REQUIRE(again.rows.size() == 3);
    CHECK(again.rows[0].path == table.rows[0].path);
    CHECK(again.rows[2].values == table.rows[2].values);
  }
  write_file(dir / "b.csv", std::string("file,label,group,e0\na,Clean,g,nan\n"));
  CHECK_THROWS_WITH(tools::FeatureTable::read(dir / "b.csv"), Catch::Contains("found 'nan'"));
  write_file(dir / "c.csv", std::string("file,label,group\na,Clean,g\n"));
  CHECK_THROWS_WITH(tools::FeatureTable::read(dir / "c.csv"), Catch::Contains("e0, e1"));
}

TEST_CASE("given a NumPy file, it is read back; damaged ones are refused") {
  const TemporaryDir dir;
  const tools::NpyMatrix matrix{2, 3, {1, 2, 3, -4, 0.5f, 1e-20f}};
  const std::string file = tools::to_npy(matrix);
  write_file(dir / "m.npy", file);
  CHECK(tools::read_npy(dir / "m.npy").values == matrix.values);
  CHECK((file.size() - 6 * sizeof(float)) % 64 == 0);
  for (std::size_t length = 0; length < file.size(); ++length) {
    write_file(dir / "cut.npy", file.substr(0, length));
    CHECK_THROWS_AS(tools::read_npy(dir / "cut.npy"), Error);
  }
  std::string other = file;
  other.replace(other.find("<f4"), 3, "<f8");
  write_file(dir / "f8.npy", other);
  CHECK_THROWS_WITH(tools::read_npy(dir / "f8.npy"), Catch::Contains("float32 in C order"));
}

TEST_CASE("given a NumPy file, NumPy reads it, and what NumPy writes is read", "[numpy]") {
  if (!python_has("numpy")) return skip("python3-numpy is not installed");
  const TemporaryDir dir;
  write_file(dir / "m.npy", tools::to_npy({2, 3, {1, 2, 3, -4, 0.5f, 1e-20f}}));
  const Finished done =
      run("/usr/bin/python3 -c \"import numpy; a = numpy.load('" + dir / "m.npy" +
          "'); print(a.shape, a.sum()); numpy.save('" + dir / "n.npy" + "', a * 2)\"");
  INFO(done.errors);
  CHECK(done.output == "(2, 3) 2.5\n");
  CHECK(tools::read_npy(dir / "n.npy").values[3] == -8);
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
