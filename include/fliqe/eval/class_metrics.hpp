// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/version.hpp>
#include <limits>
#include <vector>

namespace fliqe::inline FLIQE_ABI {

/// How often examples of each class were called each class. A ratio of nothing is NaN.
class ClassConfusion {
 public:
  explicit ClassConfusion(std::size_t classes) : classes_(classes), counts_(classes * classes) {}

  void add(std::size_t truth, std::size_t called) { ++counts_[truth * classes_ + called]; }

  std::size_t classes() const noexcept { return classes_; }
  std::size_t count(std::size_t truth, std::size_t called) const {
    return counts_[truth * classes_ + called];
  }
  /// Examples that are of a class.
  std::size_t of_class(std::size_t truth) const {
    std::size_t sum = 0;
    for (std::size_t called = 0; called < classes_; ++called) sum += count(truth, called);
    return sum;
  }
  std::size_t total() const {
    std::size_t sum = 0;
    for (const std::size_t each : counts_) sum += each;
    return sum;
  }

  double accuracy() const {
    std::size_t right = 0;
    for (std::size_t i = 0; i < classes_; ++i) right += count(i, i);
    return ratio(right, total());
  }
  double recall(std::size_t of) const { return ratio(count(of, of), of_class(of)); }
  double precision(std::size_t of) const { return ratio(count(of, of), called(of)); }
  double f1(std::size_t of) const { return ratio(2 * count(of, of), of_class(of) + called(of)); }

  /// The mean F1 of the classes that occur.
  double macro_f1() const {
    double sum = 0, occurring = 0;
    for (std::size_t i = 0; i < classes_; ++i) {
      if (of_class(i) == 0) continue;
      sum += f1(i);
      ++occurring;
    }
    return occurring == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / occurring;
  }

 private:
  std::size_t called(std::size_t what) const {
    std::size_t sum = 0;
    for (std::size_t truth = 0; truth < classes_; ++truth) sum += count(truth, what);
    return sum;
  }
  static double ratio(std::size_t part, std::size_t whole) {
    return whole == 0 ? std::numeric_limits<double>::quiet_NaN()
                      : static_cast<double>(part) / static_cast<double>(whole);
  }

  std::size_t classes_;
  std::vector<std::size_t> counts_;
};

}  // namespace fliqe::inline FLIQE_ABI
