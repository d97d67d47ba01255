// SPDX-License-Identifier: MIT
/// @file
/// The statistics of quality against opinion scores. Constants are those of SciPy 1.10.1:
///
///     def f(q, b1, b2, b3, b4, b5):
///         return b1 * (0.5 - 1 / (1 + numpy.exp(b2 * (q - b3)))) + b4 * q + b5
///     spearmanr(q, m)[0], kendalltau(q, m)[0]
///     b = curve_fit(f, q, m, start, maxfev=200000, ftol=1e-15, xtol=1e-15)[0]
///     pearsonr(f(q, *b), m)[0], numpy.sqrt(((f(q, *b) - m) ** 2).mean())
///
/// with the start of the lowest error out of b1 = +-ptp(m), b2 = 1 or 4 / std(q),
/// b3 = mean(q) + (-0.8, 0 or 0.8) std(q), b4 = 0, b5 = mean(m).
#include <catch2/catch.hpp>
#include <cmath>
#include <fliqe/base/random.hpp>
#include <fliqe/eval/opinion_agreement.hpp>
#include <vector>

using namespace fliqe;

namespace {

/// Two pairs of pictures have the same quality.
const std::vector<double> qualities{0.02, 0.05, 0.11, 0.11, 0.18, 0.25, 0.31, 0.36, 0.42, 0.47,
                                    0.52, 0.52, 0.58, 0.63, 0.70, 0.74, 0.81, 0.88, 0.93, 0.97};
const std::vector<double> opinions{1.3, 1.1, 1.6, 1.2, 1.9, 1.6, 2.1, 2.0, 2.9, 2.6,
                                   3.1, 3.4, 3.3, 4.1, 3.8, 4.4, 4.1, 4.6, 4.4, 4.8};

/// Qualities near 0 and 1, with differential scores: low ones are good.
const std::vector<double> extreme{0.001, 0.002, 0.002, 0.004, 0.01, 0.03,  0.2,  0.6,
                                  0.9,   0.95,  0.97,  0.985, 0.99, 0.995, 0.999};
const std::vector<double> differential{88, 71, 80, 92, 66, 75, 61, 48, 40, 45, 31, 22, 35, 18, 12};

/// Pictures whose quality says something of the opinion, but not much.
struct Noisy {
  std::vector<double> quality, opinion;

  Noisy(std::uint64_t seed, int count, double noise) {
    Random random(seed);
    for (int i = 0; i < count; ++i) {
      quality.push_back(1 / (1 + std::exp(-4 * random.normal())));
      opinion.push_back(3 + 2 * quality.back() + noise * random.normal());
    }
  }
};

double squares(const std::vector<double>& x, const std::vector<double>& y,
               const LogisticMapping& mapping) {
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += std::pow(mapping(x[i]) - y[i], 2);
  return sum;
}

double width(const Interval& interval) {
  return interval.high - interval.low;
}

}  // namespace

TEST_CASE("given ties, rank correlations are those of SciPy") {
  CHECK(spearman(qualities, opinions) == Approx(0.9774011992723273).epsilon(1e-12));
  CHECK(kendall_tau_b(qualities, opinions) == Approx(0.8906698334983711).epsilon(1e-12));
  CHECK(pearson(qualities, opinions) == Approx(0.9755464182785945).epsilon(1e-12));
  CHECK(spearman(extreme, differential) == Approx(-0.947274730356128).epsilon(1e-12));
  CHECK(kendall_tau_b(extreme, differential) == Approx(-0.842114902586048).epsilon(1e-12));
  CHECK(ranks(std::vector<double>{5, 1, 5, 3}) == std::vector<double>{3.5, 1, 3.5, 2});
}

TEST_CASE("given many ties, Kendall's tau-b is that of its definition, pair by pair") {
  Random random(4);
  std::vector<double> x, y;
  for (int i = 0; i < 300; ++i) {
    x.push_back(static_cast<double>(random.below(12)));
    y.push_back(static_cast<double>(random.below(7)) + x.back() / 2);
  }
  double same = 0, opposite = 0, untied_x = 0, untied_y = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      const double product = (x[i] - x[k]) * (y[i] - y[k]);
      same += product > 0;
      opposite += product < 0;
      untied_x += x[i] != x[k];
      untied_y += y[i] != y[k];
    }
  }
  CHECK(kendall_tau_b(x, y) ==
        Approx((same - opposite) / std::sqrt(untied_x * untied_y)).epsilon(1e-12));
}

TEST_CASE("given equal values only, a correlation is not a number") {
  const std::vector<double> constant{0.1, 0.1, 0.1}, rising{1, 2, 3};
  for (const auto& correlation : {pearson, spearman, kendall_tau_b}) {
    CHECK(std::isnan(correlation(constant, rising)));
    CHECK(std::isnan(correlation(rising, constant)));
    CHECK(correlation(rising, rising) == 1);
    CHECK_THROWS_AS(correlation(rising, std::vector<double>{1, 2}), Error);
  }
}

TEST_CASE("given opinions, the logistic mapping is the least squares fit that SciPy finds") {
  const LogisticMapping found = LogisticMapping::fit(qualities, opinions);
  CHECK(found(0.1) == Approx(1.4018071552513127).epsilon(1e-5));
  CHECK(found(0.5) == Approx(3.066698671030003).epsilon(1e-5));
  CHECK(found(0.9) == Approx(4.526701657296962).epsilon(1e-5));
  CHECK(found.is_monotonic(0, 1));

  const LogisticMapping falling = LogisticMapping::fit(extreme, differential);
  CHECK(falling(0.1) == Approx(73.45312541152089).epsilon(1e-5));
  CHECK(falling(0.5) == Approx(56.378908237828).epsilon(1e-5));
  CHECK(falling(0.9) == Approx(39.30213213751995).epsilon(3e-5));
}

TEST_CASE("given points of a logistic curve on any scale, the fit finds the curve") {
  const double scale = GENERATE(1.0, 1e-3, 1e4);
  const LogisticMapping truth{-40 * scale, 9, 0.6, 3 * scale, 50 * scale};
  std::vector<double> x, y;
  for (int i = 0; i <= 30; ++i) {
    x.push_back(i / 30.0);
    y.push_back(truth(x.back()));
  }
  const LogisticMapping found = LogisticMapping::fit(x, y);
  for (const double at : {0.05, 0.33, 0.71, 0.98}) {
    CHECK(found(at) == Approx(truth(at)).epsilon(1e-5));
  }
}

TEST_CASE("given noise, the mapping is finite, no jump, and no worse than a straight line") {
  const std::uint64_t seed = GENERATE(range(1, 21));
  const Noisy noisy(seed, 30, 3);
  const LogisticMapping found = LogisticMapping::fit(noisy.quality, noisy.opinion);
  double mean = 0, total = 0;
  for (const double each : noisy.opinion) mean += each / 30;
  for (const double each : noisy.opinion) total += (each - mean) * (each - mean);
  const double line = total * (1 - std::pow(pearson(noisy.quality, noisy.opinion), 2));
  CHECK(squares(noisy.quality, noisy.opinion, found) <= line * (1 + 1e-9));
  const double deviation = detail::Standardized(noisy.quality).deviation;
  CHECK(std::abs(found.b2) * deviation <= LogisticMapping::max_steepness * (1 + 1e-9));
}

TEST_CASE("given too few different qualities, no curve is fitted") {
  const std::vector<double> x{0, 0, 0.2, 0.3, 1}, y{1, 2, 3, 4, 5};
  CHECK_THROWS_AS(LogisticMapping::fit(x, y), Error);
  CHECK_THROWS_AS(LogisticMapping::fit(qualities, y), Error);
}

TEST_CASE("given qualities and opinions, agreement holds the figures of SciPy") {
  const OpinionAgreement found = opinion_agreement(qualities, opinions, false);
  CHECK(found.srocc.value == Approx(0.9774011992723273).epsilon(1e-12));
  CHECK(found.krocc.value == Approx(0.8906698334983711).epsilon(1e-12));
  CHECK(found.plcc.value == Approx(0.9838537596705667).epsilon(1e-7));
  CHECK(found.rmse.value == Approx(0.21826604174253503).epsilon(1e-6));

  const OpinionAgreement lower = opinion_agreement(extreme, differential, true);
  CHECK(lower.srocc.value == Approx(0.947274730356128).epsilon(1e-12));
  CHECK(lower.krocc.value == Approx(0.842114902586048).epsilon(1e-12));
  CHECK(lower.plcc.value == Approx(0.9564168104184675).epsilon(1e-5));
  CHECK(lower.rmse.value == Approx(7.3257489922256305).epsilon(1e-4));
}

TEST_CASE("given a mapping that is not monotonic, ranks are those of the qualities themselves") {
  const Noisy noisy(3, 200, 20);
  const OpinionAgreement found = opinion_agreement(noisy.quality, noisy.opinion, false);
  REQUIRE(found.mapping);
  REQUIRE_FALSE(found.mapping->is_monotonic(0, 1));
  CHECK(found.srocc.value == spearman(noisy.quality, noisy.opinion));
  CHECK(found.srocc.low < found.srocc.value);
  CHECK(found.srocc.value < found.srocc.high);
}

TEST_CASE("given one seed, intervals are the same bits on any number of threads") {
  const auto intervals = [](std::uint64_t seed, int threads) {
    const OpinionAgreement found = opinion_agreement(
        qualities, opinions, false, {}, {.resamples = 300, .seed = seed, .threads = threads});
    std::vector<double> all;
    for (const Interval& each : {found.srocc, found.krocc, found.plcc, found.rmse}) {
      all.push_back(each.low);
      all.push_back(each.high);
    }
    return all;
  };
  CHECK(intervals(1, 1) == intervals(1, 3));
  CHECK(intervals(1, 1) != intervals(2, 1));
}

TEST_CASE("given a mean, the bootstrap's interval is as wide as theory has it") {
  Random random(7);
  std::vector<double> values;
  BootstrapUnits units;
  for (std::size_t i = 0; i < 400; ++i) {
    values.push_back(random.normal());
    units.push_back({i});
  }
  const auto mean = [&](std::span<const std::size_t> chosen) {
    double sum = 0;
    for (const std::size_t i : chosen) sum += values[i];
    return std::array{sum / static_cast<double>(chosen.size())};
  };
  const Interval found = bootstrap<1>(units, mean, {.resamples = 4000})[0];
  const double deviation = detail::Standardized(values).deviation;
  CHECK(width(found) == Approx(2 * 1.96 * deviation / std::sqrt(400.0)).epsilon(0.06));
  CHECK(std::isnan(bootstrap<1>(units, mean, {.resamples = 0})[0].low));
}

TEST_CASE("given frames of the same scenes, drawing whole groups gives wider intervals") {
  const Noisy scenes(5, 25, 1);
  std::vector<double> x, y;
  BootstrapUnits groups(25);
  for (std::size_t i = 0; i < 100; ++i) {
    x.push_back(scenes.quality[i / 4] + 1e-6 * static_cast<double>(i));
    y.push_back(scenes.opinion[i / 4]);
    groups[i / 4].push_back(i);
  }
  const OpinionAgreement single = opinion_agreement(x, y, false);
  const OpinionAgreement grouped = opinion_agreement(x, y, false, groups);
  CHECK(grouped.srocc.value == single.srocc.value);
  CHECK(width(grouped.srocc) > 1.5 * width(single.srocc));
}

TEST_CASE("given too little to compare, agreement says what it lacks") {
  const std::vector<double> four{1, 2, 3, 4}, nine{1, 2, 3, 4, 5, 6, 7, 8, 9}, constant(9, 2.0);
  CHECK_THROWS_WITH(opinion_agreement(four, four, false),
                    Catch::Contains("at least 5 pictures") && Catch::Contains("found 4"));
  CHECK_THROWS_WITH(opinion_agreement(constant, nine, false),
                    Catch::Contains("different qualities"));
  CHECK_THROWS_WITH(opinion_agreement(nine, constant, false),
                    Catch::Contains("different opinions"));
  const OpinionAgreement without_curve = opinion_agreement(nine, nine, false);
  CHECK(without_curve.srocc.value == 1);
  CHECK_FALSE(without_curve.mapping);
  CHECK(std::isnan(without_curve.plcc.value));
  CHECK(std::isnan(without_curve.rmse.value));
}
