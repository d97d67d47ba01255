// SPDX-License-Identifier: MIT
#include "app/progress.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "io/output.hpp"

namespace fliqe::tools {
namespace {

std::string duration(double seconds) {
  char text[32];
  const auto whole = static_cast<long>(seconds + 0.5);
  if (whole >= 3600) {
    std::snprintf(text, sizeof(text), "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
  } else {
    std::snprintf(text, sizeof(text), "%ld:%02ld", whole / 60, whole % 60);
  }
  return text;
}

std::string bar(double part) {
  constexpr std::size_t width = 24;
  const auto full = static_cast<std::size_t>(std::clamp(part, 0.0, 1.0) * width);
  return "[" + std::string(full, '#') + std::string(width - full, '.') + "] ";
}

}  // namespace

Progress::Progress(std::string unit, std::size_t total, bool wanted)
    : unit_(std::move(unit)), total_(total), enabled_(wanted && stderr_is_terminal()) {}

Progress::~Progress() {
  clear();
}

void Progress::show(std::size_t done) {
  const auto now = std::chrono::steady_clock::now();
  if (!enabled_ || now - shown_ < std::chrono::milliseconds(100)) return;
  shown_ = now;
  drawn_ = true;
  const double each_second = static_cast<double>(done) / std::max(seconds(), 1e-9);
  if (total_ == 0) {
    std::fprintf(stderr, "\r%zu  %.1f %s/s\x1b[K", done, each_second, unit_.c_str());
  } else {
    const double left = static_cast<double>(total_ - std::min(done, total_));
    const std::string still = done > 0 ? duration(left / each_second) : "?";
    std::fprintf(stderr, "\r%s%zu/%zu  %.1f %s/s  %s left\x1b[K",
                 bar(static_cast<double>(done) / static_cast<double>(total_)).c_str(), done, total_,
                 each_second, unit_.c_str(), still.c_str());
  }
  std::fflush(stderr);
}

void Progress::clear() {
  if (drawn_) std::fprintf(stderr, "\r\x1b[K");
  drawn_ = false;
}

double Progress::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

}  // namespace fliqe::tools
