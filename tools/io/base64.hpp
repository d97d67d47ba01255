// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fliqe::tools {

/// The bytes that Base64 with padding stands for (RFC 4648, section 4); nothing when it is
/// malformed.
std::optional<std::string> base64_decoded(std::string_view text);

}  // namespace fliqe::tools
