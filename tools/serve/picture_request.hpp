// SPDX-License-Identifier: MIT
#pragma once

#include "app/model_options.hpp"
#include "http/message.hpp"
#include "pictures/picture.hpp"

namespace fliqe::tools {

/// The service's settings with what the query says: agc, source, byte_order, raw_size.
/// @throws Error `invalid_argument` for a wrong one
ThermalOptions thermal_options(const HttpRequest& request, const ThermalOptions& base);

/// What stands for the body in messages.
std::string picture_name(const HttpRequest& request);

/// 429, or 503 for a service that begins or ends.
HttpResponse overloaded(bool is_ready);

}  // namespace fliqe::tools
