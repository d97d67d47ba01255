// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace fliqe::tools {

/// Scores over time for a drawing: as many pieces as it can show at most, each of so many frames.
/// Takes the same memory for a video of any length.
class Timeline {
 public:
  struct Piece {
    double seconds = 0;              ///< of its first frame
    double lowest = 1, highest = 0;  ///< quality
    double smoothed = 0;             ///< after its last frame
    std::size_t frames = 0;
  };

  /// @param most  pieces, even
  explicit Timeline(std::size_t most = 1600) : max_count_(most) {}

  void add(double seconds, double quality, double smoothed) {
    end_ = seconds;
    if (pieces_.empty() || pieces_.back().frames == frames_each_) {
      if (pieces_.size() == max_count_) merge_pairs();
      pieces_.push_back({seconds});
    }
    Piece& piece = pieces_.back();
    piece.lowest = std::min(piece.lowest, quality);
    piece.highest = std::max(piece.highest, quality);
    piece.smoothed = smoothed;
    ++piece.frames;
  }

  const std::vector<Piece>& pieces() const noexcept { return pieces_; }
  double begin() const noexcept { return pieces_.empty() ? 0 : pieces_.front().seconds; }
  double end() const noexcept { return end_; }

 private:
  void merge_pairs() {
    for (std::size_t i = 0; i < max_count_ / 2; ++i) {
      const Piece &first = pieces_[2 * i], &second = pieces_[2 * i + 1];
      pieces_[i] = {first.seconds, std::min(first.lowest, second.lowest),
                    std::max(first.highest, second.highest), second.smoothed,
                    first.frames + second.frames};
    }
    pieces_.resize(max_count_ / 2);
    frames_each_ *= 2;
  }

  std::size_t max_count_;
  std::size_t frames_each_ = 1;
  double end_ = 0;
  std::vector<Piece> pieces_;
};

}  // namespace fliqe::tools
