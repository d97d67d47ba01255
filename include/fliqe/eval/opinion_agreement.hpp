// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <fliqe/base/error.hpp>
#include <fliqe/eval/bootstrap.hpp>
#include <fliqe/eval/correlation.hpp>
#include <fliqe/eval/logistic_mapping.hpp>
#include <fliqe/version.hpp>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace fliqe::inline FLIQE_ABI {

/// How well qualities agree with people's opinion scores of the same pictures.
struct OpinionAgreement {
  Interval srocc;  ///< spearman(): 1 when both put the pictures in the same order
  Interval krocc;  ///< kendall_tau_b()
  Interval plcc;   ///< pearson() of the opinions and the mapped qualities
  Interval rmse;   ///< root of the mean squared distance between them, on the opinions' scale
  std::optional<LogisticMapping> mapping{};  ///< without it there is no plcc and no rmse

  static constexpr std::size_t min_pictures = 5;
  /// Of different quality, for the mapping: its five parameters fit fewer pictures too well.
  static constexpr std::size_t min_mapped = 10;
};

namespace detail {

/// Figures of chosen pictures. Draws fit their curves from that of all pictures on.
class AgreementFigures {
 public:
  /// @param sign  -1 when lower opinions are better
  AgreementFigures(std::span<const double> qualities, std::span<const double> opinions, double sign)
      : qualities_(qualities), opinions_(opinions), sign_(sign) {
    if (different_values(qualities) >= OpinionAgreement::min_mapped) {
      mapping_ = LogisticMapping::fit(qualities, opinions);
    }
  }

  const std::optional<LogisticMapping>& mapping() const noexcept { return mapping_; }

  /// SROCC, KROCC, PLCC, RMSE.
  std::array<double, 4> operator()(std::span<const std::size_t> pictures) const {
    std::vector<double> x, y;
    for (const std::size_t i : pictures) {
      x.push_back(qualities_[i]);
      y.push_back(opinions_[i]);
    }
    const auto [plcc, rmse] = after_mapping(x, y);
    return {sign_ * spearman(x, y), sign_ * kendall_tau_b(x, y), plcc, rmse};
  }

 private:
  std::array<double, 2> after_mapping(std::vector<double> x, std::span<const double> y) const {
    constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
    if (!mapping_ || different_values(x) < 5) return {undefined, undefined};
    const LogisticMapping mapping = LogisticMapping::fit(x, y, mapping_);
    double squares = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      x[i] = mapping(x[i]);
      squares += (x[i] - y[i]) * (x[i] - y[i]);
    }
    return {pearson(x, y), std::sqrt(squares / static_cast<double>(x.size()))};
  }

  std::span<const double> qualities_, opinions_;
  double sign_;
  std::optional<LogisticMapping> mapping_;
};

}  // namespace detail

/// @param lower_is_better  of the opinions, as differential scores (DMOS) have it: correlations
///                         change their sign, so that agreement is positive
/// @param units            what is drawn for the intervals; empty: single pictures
/// @throws Error `invalid_argument` with fewer than five pictures, another number of opinions, or
///         when all qualities or all opinions are equal
inline OpinionAgreement opinion_agreement(std::span<const double> qualities,
                                          std::span<const double> opinions, bool lower_is_better,
                                          BootstrapUnits units = {},
                                          const BootstrapOptions& options = {}) {
  if (qualities.size() < OpinionAgreement::min_pictures || opinions.size() != qualities.size()) {
    detail::raise(ErrorCode::invalid_argument,
                  {"expected at least ", OpinionAgreement::min_pictures,
                   " pictures and an opinion score of each, found ", qualities.size(), " and ",
                   opinions.size()});
  }
  for (const auto& [numbers, name] : {std::pair(qualities, "qualities"), {opinions, "opinions"}}) {
    if (detail::different_values(numbers) > 1) continue;
    detail::raise(ErrorCode::invalid_argument,
                  {"expected different ", name, ", found ", std::to_string(numbers[0]),
                   " of all pictures: there is no order to compare"});
  }
  if (units.empty()) {
    for (std::size_t i = 0; i < qualities.size(); ++i) units.push_back({i});
  }
  const detail::AgreementFigures figures(qualities, opinions, lower_is_better ? -1 : 1);
  const auto [srocc, krocc, plcc, rmse] = bootstrap<4>(units, figures, options);
  return {srocc, krocc, plcc, rmse, figures.mapping()};
}

}  // namespace fliqe::inline FLIQE_ABI
