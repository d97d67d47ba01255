// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <fliqe/base/parallel.hpp>
#include <fliqe/version.hpp>

namespace fliqe::inline FLIQE_ABI::nn {

/// Threads in a grid: `rows` share the pixels (or tiles) of a layer, `columns` its blocks of output
/// channels.
struct ThreadGrid {
  int rows = 1;
  int columns = 1;

  /// The parts of `team`'s present thread; a thread that the grid has no place for gets no row.
  Range rows_of(const Team& team, std::size_t count) const noexcept {
    const int row = team.index() / columns;
    return row < rows ? part(count, row, rows) : Range{};
  }
  Range columns_of(const Team& team, std::size_t count) const noexcept {
    return part(count, team.index() % columns, columns);
  }

  /// The grid whose busiest thread has the least `cycles(pixels, blocks)`.
  template <class Cycles>
  static ThreadGrid best(int threads, double pixels, double blocks, const Cycles& cycles) {
    ThreadGrid best;
    double least = 0;
    for (int columns = 1; columns <= threads; ++columns) {
      const ThreadGrid grid{threads / columns, columns};
      const double cost = cycles(std::ceil(pixels / grid.rows), std::ceil(blocks / grid.columns));
      if (columns == 1 || cost < least) {
        best = grid;
        least = cost;
      }
    }
    return best;
  }

 private:
  static Range part(std::size_t count, int index, int parts) noexcept {
    return share(count, static_cast<std::size_t>(index), static_cast<std::size_t>(parts));
  }
};

}  // namespace fliqe::inline FLIQE_ABI::nn
