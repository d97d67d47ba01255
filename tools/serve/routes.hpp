// SPDX-License-Identifier: MIT
#pragma once

#include "http/router.hpp"
#include "serve/service.hpp"

namespace fliqe::tools {

/// Each adds the routes of one interface. The service outlives the router.
void add_health_routes(Router& router, Service& service);
void add_score_routes(Router& router, Service& service);
void add_kserve_routes(Router& router, Service& service);

}  // namespace fliqe::tools
