// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace fliqe::tools {

/// A line on standard error that is drawn over and over: how far, how fast, how long still.
/// On a terminal only.
class Progress {
 public:
  /// @param unit  in the plural. @param total  0 when nobody knows
  Progress(std::string unit, std::size_t total, bool wanted = true);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  void show(std::size_t done);
  /// Makes room for other output.
  void clear();
  double seconds() const;

 private:
  std::string unit_;
  std::size_t total_;
  bool enabled_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point shown_{};
};

}  // namespace fliqe::tools
