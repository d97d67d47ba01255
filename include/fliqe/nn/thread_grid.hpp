// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

namespace fliqe::nn {

/// Threads in a grid: `rows` share the pixels (or tiles) of a layer, `columns` its blocks of output
/// channels.
struct ThreadGrid {
  int rows = 1;
  int columns = 1;

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
};

}  // namespace fliqe::nn
