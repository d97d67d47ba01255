// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "http/message.hpp"
#include "io/json.hpp"

namespace fliqe::tools {

/// What /start of the Python original was told.
struct OriginalStart {
  std::string video_uri;
  std::string kafka_topic = "image-quality-data";
  std::size_t smoothing_window = 150;

  Json json() const;  ///< without passwords
};

/// Reads a body and its type as FastAPI with Pydantic does.
/// @param start  what the body leaves open
/// @return the answer to what is wrong; nothing for what is right
std::optional<HttpResponse> read_original_start(const HttpRequest& request, OriginalStart& start);

/// {"detail": ...}
HttpResponse original_detail(int status, const Json& what);
/// The answer to a field of the body that is wrong.
HttpResponse original_refusal(const char* type, const char* field, const std::string& message,
                              const Json& input);

}  // namespace fliqe::tools
