// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace fliqe::tools {

/// A matrix of floats, row by row.
struct NpyMatrix {
  std::size_t rows = 0, columns = 0;
  std::vector<float> values;
};

/// A file of NumPy's format, version 1.0 (NEP 1), little endian float32.
std::string to_npy(const NpyMatrix& matrix);

/// Reads what numpy.save writes of a two-dimensional float32 array in C order.
/// @throws Error `io`, `corrupt_file` or `unsupported_format`
NpyMatrix read_npy(const std::string& path);

}  // namespace fliqe::tools
