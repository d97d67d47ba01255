// SPDX-License-Identifier: MIT
#include <Eigen/Core>
#include <catch2/catch.hpp>
#include <cmath>
#include <fliqe/eval/tsne.hpp>
#include <sstream>

#include "io/inputs.hpp"
#include "support/files.hpp"
#include "support/program.hpp"
#include "support/skip.hpp"
#include "train/feature_table.hpp"

using namespace fliqe;
using namespace fliqe::test;
using detail::PlanePoint;

namespace {

std::vector<PlanePoint> random_points(std::size_t count, std::uint64_t seed) {
  fliqe::Random random(seed);
  std::vector<PlanePoint> points;
  for (std::size_t i = 0; i < count; ++i) points.push_back({random.normal(), random.normal()});
  return points;
}

/// The definition, pair by pair.
detail::QuadTree::Repulsion plain_repulsion(const std::vector<PlanePoint>& points, std::size_t i) {
  detail::QuadTree::Repulsion result;
  for (std::size_t k = 0; k < points.size(); ++k) {
    if (k == i) continue;
    const double dx = points[i][0] - points[k][0], dy = points[i][1] - points[k][1];
    const double q = 1 / (1 + dx * dx + dy * dy);
    result.sum += q;
    result.force[0] += q * q * dx;
    result.force[1] += q * q * dy;
  }
  return result;
}

/// Three clouds in eight dimensions.
tools::FeatureTable clouds(int count) {
  fliqe::Random random(3);
  tools::FeatureTable table;
  for (int i = 0; i < count; ++i) {
    std::vector<float> values;
    for (int k = 0; k < 8; ++k) {
      values.push_back(static_cast<float>((k == i % 3 ? 4 : 0) + random.normal()));
    }
    table.rows.push_back({"p" + std::to_string(i), "c" + std::to_string(i % 3), "g", values});
  }
  return table;
}

/// What fliqe tsne writes of the folder's f.npy.
std::string placed(const TemporaryDir& dir, const std::string& more) {
  const Finished done =
      test::fliqe("tsne --features '" + dir / "f.npy" + "' --svg '" + dir / "p.svg" + "' " + more);
  INFO(done.errors);
  REQUIRE(done.exit_code == 0);
  return done.output;
}

}  // namespace

TEST_CASE("given points, some of them equal, the tree repels exactly at angle 0, nearly else") {
  std::vector<PlanePoint> points = random_points(300, 5);
  points.push_back(points[7]);
  points.push_back(points[7]);
  points.push_back({points[9][0] + 1e-300, points[9][1]});
  points.push_back({points[9][0] * (1 + 1e-16), points[9][1] * (1 + 3e-16)});
  const detail::QuadTree tree(points);
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto expected = plain_repulsion(points, i);
    const auto exact = tree.repulsion(points[i], 0), near = tree.repulsion(points[i], 0.5);
    CHECK(exact.sum == Approx(expected.sum).epsilon(1e-9));
    CHECK(exact.force[0] == Approx(expected.force[0]).epsilon(1e-9).margin(1e-9));
    CHECK(exact.force[1] == Approx(expected.force[1]).epsilon(1e-9).margin(1e-9));
    CHECK(near.sum == Approx(expected.sum).epsilon(0.02));
  }
  const std::vector<PlanePoint> same(20, PlanePoint{1, 2});
  CHECK(detail::QuadTree(same).repulsion({1, 2}, 0).sum == Approx(19));
}

TEST_CASE("given distances, probabilities have the wanted perplexity") {
  fliqe::Random random(8);
  std::vector<detail::Affinity> row;
  for (std::size_t i = 0; i < 200; ++i) row.push_back({i, 1e4 + 50 * random.uniform()});
  detail::to_probabilities(row, 30);
  double entropy = 0, sum = 0;
  for (const auto& each : row) {
    sum += each.value;
    if (each.value > 0) entropy -= each.value * std::log(each.value);
  }
  CHECK(sum == Approx(1));
  CHECK(std::exp(entropy) == Approx(30).epsilon(1e-3));
}

TEST_CASE("given clouds, any number of threads places them in the same way, apart") {
  const TemporaryDir dir;
  clouds(240).write(dir / "f.npy");
  const std::string one = placed(dir, "--threads 1");
  CHECK(one == placed(dir, "--threads 2"));
  CHECK(one != placed(dir, "--seed 7"));
  CHECK_THAT(one, Catch::StartsWith("file,label,group,x,y\r\np0,c0,g,"));
  CHECK_THAT(read_text(dir / "p.svg"),
             Catch::StartsWith("<svg xmlns") && Catch::Contains("c2</text>"));
  const Finished few = test::fliqe("tsne --perplexity 300 --features '" + dir / "f.npy'");
  CHECK(few.exit_code == 2);
  CHECK_THAT(few.errors, Catch::Contains("more pictures than the perplexity"));
}

TEST_CASE("given clouds, they are placed as well as by scikit-learn", "[sklearn]") {
  if (!python_has("sklearn")) return skip("python3-sklearn is not installed");
  const TemporaryDir dir;
  clouds(240).write(dir / "f.npy");
  write_file(dir / "p.csv", placed(dir, "--threads 1"));
  const Finished done =
      run("/usr/bin/python3 '" + (source_dir() / "tests/eval/tsne_reference.py").string() + "' '" +
          dir / "f.npy" + "' '" + dir / "p.csv'");
  INFO(done.errors);
  REQUIRE(done.exit_code == 0);
  std::istringstream lines(done.output);
  double their_divergence = 0, their_trust = 0, their_purity = 0, trust = 0, purity = 0;
  std::string none;
  lines >> their_divergence >> their_trust >> their_purity >> none >> trust >> purity;
  INFO(done.output);
  CHECK(trust > their_trust - 0.01);
  CHECK(purity > their_purity - 0.02);
  Eigen::MatrixXd rows(240, 8);
  const tools::FeatureTable table = tools::FeatureTable::read(dir / "f.npy");
  for (int i = 0; i < 240; ++i) {
    for (int k = 0; k < 8; ++k) {
      rows(i, k) = static_cast<double>(
          table.rows[static_cast<std::size_t>(i)].values[static_cast<std::size_t>(k)]);
    }
  }
  const TsneResult result = tsne(rows, {}, [](int) { return true; });
  INFO("divergence " << result.divergence << ", scikit-learn's " << their_divergence);
  CHECK(result.divergence < 1.05 * their_divergence);
}
