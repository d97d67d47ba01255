// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <fliqe/model/calibration.hpp>

#include "support/random_tensor.hpp"

using namespace fliqe;
using namespace fliqe::test;
using model::ActivationHistogram;
using model::ClipRule;

TEST_CASE("given values, the largest magnitude is kept exactly and zeros do not count") {
  ActivationHistogram histogram;
  histogram.add(std::vector<float>{0.0f, 0.5f, -3.25f, 0.0f});
  histogram.add(std::vector<float>{1.0f, 2.0f});
  CHECK(histogram.largest() == 3.25f);
  CHECK(histogram.clip(ClipRule::largest, 255) == 3.25f);
  CHECK(ActivationHistogram().clip(ClipRule::least_squares, 255) == 0);
}

TEST_CASE("given growing values, percentiles are those of the sorted values") {
  ActivationHistogram histogram;
  for (int i = 1; i <= 100000; ++i) histogram.add(std::vector<float>{static_cast<float>(i)});
  CHECK(histogram.clip(ClipRule::percentile_99_99, 255) == Approx(99990).epsilon(1e-3));
  CHECK(histogram.clip(ClipRule::percentile_99_999, 255) == Approx(99999).epsilon(1e-3));
}

TEST_CASE("given a few values far out, least squares cuts them off and the maximum does not") {
  Random random(1);
  std::vector<float> values = random.vector(200000);
  values.push_back(1000.0f);
  ActivationHistogram histogram;
  histogram.add(values);
  CHECK(histogram.clip(ClipRule::largest, 255) == 1000.0f);
  // One value cut from 1000 errs more than all others gain.
  CHECK(histogram.clip(ClipRule::least_squares, 255) > 500);
  values.back() = 20.0f;
  ActivationHistogram mild;
  mild.add(values);
  CHECK(mild.clip(ClipRule::least_squares, 15) < 10);
}

TEST_CASE("given least squares, no other clip has a smaller error on the values themselves") {
  Random random(2);
  const std::vector<float> values = random.vector(20000);
  ActivationHistogram histogram;
  histogram.add(values);
  constexpr int steps = 15;
  const auto error = [&](double clip) {
    const double step = clip / steps;
    double sum = 0;
    for (const float value : values) {
      const double rounded = std::min<double>(steps, std::nearbyint(std::abs(value) / step)) * step;
      sum += (rounded - std::abs(value)) * (rounded - std::abs(value));
    }
    return sum;
  };
  const double chosen = error(histogram.clip(ClipRule::least_squares, steps));
  for (double clip = 0.5; clip < 5; clip += 0.1) CHECK(chosen <= 1.05 * error(clip));
}
