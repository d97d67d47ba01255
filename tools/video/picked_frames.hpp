// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/image/image_view.hpp>
#include <vector>

#include "video/frame_score.hpp"

namespace fliqe::tools {

/// The few frames of a video that a measure ranks first, not too close to each other in time,
/// small.
class PickedFrames {
 public:
  enum class Rank { worst, best };
  struct Pick {
    FrameScore score;
    Image image;  ///< at most `width` wide
  };

  static constexpr int width = 320;

  /// @param most     how many
  /// @param spacing  seconds between two of them
  PickedFrames(Rank rank, std::size_t most, double spacing)
      : rank_(rank), max_count_(most), spacing_(spacing) {}

  void offer(const FrameScore& score, const Image& frame);

  /// The first of its rank first.
  const std::vector<Pick>& picks() const noexcept { return picks_; }

 private:
  bool ranks_before(const FrameScore& a, const FrameScore& b) const {
    return rank_ == Rank::worst ? a.quality < b.quality : a.quality > b.quality;
  }

  Rank rank_;
  std::size_t max_count_;
  double spacing_;
  std::vector<Pick> picks_;
};

}  // namespace fliqe::tools
