// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>

#include "fetch/bucket_lister.hpp"
#include "io/inputs.hpp"

namespace fliqe::tools {

/// Calls back with a reference for each picture that an input stands for: a file, a folder or a
/// pattern as for_each_input() takes them, s3://bucket/folder for all pictures below it,
/// s3://bucket/picture.jpg, a URL. Folders are read as they are needed. What yields nothing, or is
/// no reference, becomes an error in its place.
/// @param take  false ends it
/// @returns false when it was ended
bool for_each_reference(const std::string& input, bool recursive, BucketLister& lister,
                        const std::function<bool(Input&&)>& take);

/// A file's reference: its absolute path, or a file:// URL where JSON could not hold that.
std::string file_reference(const std::string& path);

}  // namespace fliqe::tools
