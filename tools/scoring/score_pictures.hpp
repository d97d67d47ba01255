// SPDX-License-Identifier: MIT
/// @file
/// From the bytes of pictures to their scores. What goes wrong with a picture becomes part of its
/// result; nothing is thrown.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "app/model_options.hpp"
#include "pictures/picture.hpp"
#include "scoring/scored_image.hpp"

namespace fliqe::tools {

/// A picture on its way to the network.
struct DecodedPicture {
  ScoredImage result;  ///< failed when it has an error
  Image image{};
};

/// @param name  stands for the picture in the result and in messages
DecodedPicture decode_for_score(std::span<const std::byte> bytes, const std::string& name,
                                const ThermalOptions& options);
/// The same for bytes that have yet to be read.
/// @param read  what it throws is the picture's error
/// @param name  "-" for standard input
DecodedPicture decode_for_score(const std::function<std::vector<std::byte>()>& read,
                                const std::string& name, const ThermalOptions& options);

/// Scores those pictures of a batch that could be decoded, all at once, and drops their pixels.
void score_batch(const Scorer& scorer, std::span<DecodedPicture> batch);

/// Both steps for one picture.
ScoredImage score_bytes(const Scorer& scorer, std::span<const std::byte> bytes,
                        const std::string& name, const ThermalOptions& options);

}  // namespace fliqe::tools
