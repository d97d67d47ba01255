// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <fliqe/base/parallel.hpp>
#include <fliqe/version.hpp>

namespace fliqe::inline FLIQE_ABI::nn {

/// The tasks of a layer in a grid: `rows` share the pixels (or tiles) of a layer, `columns` its
/// blocks of output channels.
struct TaskGrid {
  int rows = 1;
  int columns = 1;

  Range rows_of(const Task& task, std::size_t count) const noexcept {
    return Task{task.index / columns, rows}.share(count);
  }
  Range columns_of(const Task& task, std::size_t count) const noexcept {
    return Task{task.index % columns, columns}.share(count);
  }

  /// How many of `count` equal items the largest task has in a row, or in a column.
  double most_in_row(double count) const noexcept { return std::ceil(count / rows); }
  double most_in_column(double count) const noexcept { return std::ceil(count / columns); }

  /// The grid of so many tasks whose largest one has the least `cycles(grid)`.
  template <class Cycles>
  static TaskGrid best(int tasks, const Cycles& cycles) {
    TaskGrid best{tasks, 1};
    double least = cycles(best);
    for (int columns = 2; columns <= tasks; ++columns) {
      if (tasks % columns != 0) continue;
      const TaskGrid grid{tasks / columns, columns};
      if (const double cost = cycles(grid); cost < least) {
        best = grid;
        least = cost;
      }
    }
    return best;
  }
};

}  // namespace fliqe::inline FLIQE_ABI::nn
