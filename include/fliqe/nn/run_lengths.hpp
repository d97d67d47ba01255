// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <fliqe/kernels/kernel_table.hpp>
#include <fliqe/version.hpp>

namespace fliqe::inline FLIQE_ABI::nn {

/// A row of pixels cut into `count` runs of nearly equal length: the first `longer` of them
/// have one pixel more than `base`.
struct RunLengths {
  int count, base, longer;

  RunLengths(int pixels, int runs) noexcept
      : count(runs), base(pixels / runs), longer(pixels % runs) {}

  /// As few runs as kernels for `longest` pixels allow.
  static RunLengths fewest(int pixels, int longest) noexcept {
    return {pixels, (pixels + longest - 1) / longest};
  }

  /// A tile of `pixels` by `vectors`, whose pixels are computed in groups of `group`.
  struct Tile {
    int pixels, vectors, group;
  };

  /// The runs of `rows` rows that fill tiles best: on a narrow map short runs, several to a tile.
  static RunLengths best(int rows, int pixels, const Tile& tile) noexcept {
    RunLengths best = fewest(pixels, std::min(tile.pixels, kernels::max_run_pixels));
    for (int runs = best.count + 1; runs <= pixels; ++runs) {
      const RunLengths lengths(pixels, runs);
      if (lengths.cycles(rows, tile) < best.cycles(rows, tile)) best = lengths;
    }
    return best;
  }

 private:
  /// Estimate for one step in depth: two multiply-adds a cycle, of which a tile needs several at
  /// once to cover their latency.
  static int tile_cycles(int pixels, int vectors) noexcept {
    constexpr int latency = 5;
    return std::max((pixels * vectors + 1) / 2, latency);
  }

  static int cycles_of(int runs, int run_pixels, const Tile& tile) noexcept {
    if (runs == 0) return 0;
    const int pixels = kernels::whole_groups(run_pixels, tile.group);
    const int together = kernels::runs_in_tile(pixels, tile.pixels);
    return runs / together * tile_cycles(together * pixels, tile.vectors) +
           runs % together * tile_cycles(pixels, tile.vectors);
  }

  int cycles(int rows, const Tile& tile) const noexcept {
    return cycles_of(rows * longer, base + 1, tile) +
           cycles_of(rows * (count - longer), base, tile);
  }
};

}  // namespace fliqe::inline FLIQE_ABI::nn
