// SPDX-License-Identifier: MIT
#include "video/picked_frames.hpp"

#include <algorithm>
#include <cmath>
#include <fliqe/image/resize.hpp>

namespace fliqe::tools {
namespace {

Image thumbnail(const Image& frame) {
  const int width = std::min(frame.width, PickedFrames::width);
  const int height = std::max(
      1, static_cast<int>(std::lround(static_cast<double>(frame.height) * width / frame.width)));
  return resize_bilinear(frame, width, height);
}

}  // namespace

void PickedFrames::offer(const FrameScore& score, const Image& frame) {
  const auto is_near = [&](const Pick& pick) {
    return std::abs(pick.score.seconds - score.seconds) < spacing_;
  };
  const bool outranked = std::ranges::any_of(
      picks_, [&](const Pick& pick) { return is_near(pick) && !ranks_before(score, pick.score); });
  if (outranked) return;
  std::erase_if(picks_, is_near);
  if (picks_.size() == max_count_ && !ranks_before(score, picks_.back().score)) return;
  if (picks_.size() == max_count_) picks_.pop_back();
  const auto place = std::ranges::find_if(
      picks_, [&](const Pick& pick) { return ranks_before(score, pick.score); });
  picks_.insert(place, Pick{score, thumbnail(frame)});
}

}  // namespace fliqe::tools
