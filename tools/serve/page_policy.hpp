// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace fliqe::tools {

/// A Content-Security-Policy under which a page of one file runs its own script and style, known by
/// their hashes, may ask its server, and nothing else.
std::string page_policy(std::string_view page);

}  // namespace fliqe::tools
