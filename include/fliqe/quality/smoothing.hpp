// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/quality/smoothing_window.hpp>
#include <fliqe/version.hpp>
#include <optional>
#include <string>
#include <variant>

namespace fliqe::inline FLIQE_ABI {

/// How the last scores of a stream become one.
enum class Smoothing {
  mean,        ///< of the last N, all alike, as the Python original
  exponential  ///< of all, older ones counting less and less
};

/// Mean of all scores so far, each counting for 1 - 2 / (N + 1) of the one after it: as old on
/// average as the mean of the last N. (pandas: `ewm(span=N).mean()`.)
class ExponentialMean {
 public:
  /// @param size  N. @throws Error `invalid_argument` unless 1 <= size <= 2^20
  explicit ExponentialMean(std::size_t size)
      : keep_(1 - 2 / (static_cast<double>(SmoothingWindow::checked_size(size)) + 1)) {}

  /// Adds a score and returns the new mean. Takes a step towards the score: errors of rounding
  /// fade as the scores do.
  double add(double score) noexcept {
    weight_ = 1 + keep_ * weight_;
    mean_ += (score - mean_) / weight_;
    return mean_;
  }

  /// Nothing before the first score.
  std::optional<double> mean() const noexcept {
    return weight_ > 0 ? std::optional(mean_) : std::nullopt;
  }

 private:
  double keep_;
  double weight_ = 0;  ///< of all scores together
  double mean_ = 0;
};

/// Either of them.
class Smoother {
 public:
  /// @throws Error `invalid_argument` unless 1 <= size <= 2^20
  Smoother(Smoothing kind, std::size_t size)
      : state_(kind == Smoothing::mean ? State(SmoothingWindow(size))
                                       : State(ExponentialMean(size))) {}

  double add(double score) noexcept {
    return std::visit([&](auto& state) { return state.add(score); }, state_);
  }
  std::optional<double> mean() const noexcept {
    return std::visit([](const auto& state) { return state.mean(); }, state_);
  }

 private:
  using State = std::variant<SmoothingWindow, ExponentialMean>;
  State state_;
};

/// "mean" or "exponential". @throws Error `invalid_argument`
inline Smoothing smoothing_from_string(const std::string& name) {
  if (name == "mean") return Smoothing::mean;
  if (name == "exponential") return Smoothing::exponential;
  detail::raise(ErrorCode::invalid_argument,
                {"smoothing: expected mean or exponential, found '", name, "'"});
}

}  // namespace fliqe::inline FLIQE_ABI
