// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/base/error.hpp>
#include <fliqe/image/image_view.hpp>
#include <functional>

namespace fliqe::tools {

/// The quality of a frame. Called from several threads.
using StreamScorer = std::function<Result<double>(const ImageView& image)>;

}  // namespace fliqe::tools
