// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "eval/evaluation.hpp"

namespace fliqe::tools {

/// How well other measures of quality tell the same pictures apart: the variance of the Laplacian,
/// and the numeric columns of a .csv file with the columns "file" and, with --distort, "label", as
/// --scores writes them. Columns that are no measures (group, distorted, quality, logit) are left
/// out. Empty unless there are clean and distorted pictures.
/// @param table  a path, or empty. @throws Error `io` or `corrupt_file`
std::vector<RivalMeasure> rival_measures(const std::vector<ScoredPicture>& pictures,
                                         const std::string& table);

}  // namespace fliqe::tools
