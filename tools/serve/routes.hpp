// SPDX-License-Identifier: MIT
#pragma once

#include "http/router.hpp"
#include "serve/cameras.hpp"
#include "serve/event_hub.hpp"
#include "serve/service.hpp"

namespace fliqe::tools {

/// Bytes of a body that says what to watch: it is read on the server's thread, and comes back in
/// messages.
constexpr std::size_t most_settings = 1 << 20;

/// Each adds the routes of one interface. What they are given outlives the router.
void add_health_routes(Router& router, Service& service, const Cameras& cameras);
void add_score_routes(Router& router, Service& service);
void add_heatmap_routes(Router& router, Service& service);
void add_kserve_routes(Router& router, Service& service);
void add_stream_routes(Router& router, Cameras& cameras);
void add_event_routes(Router& router, EventHub& hub);
/// The dashboard.
void add_page_routes(Router& router);
/// @param default_source  what /start watches when it is not told; empty: it must be
void add_original_routes(Router& router, Cameras& cameras, const std::string& default_source);
/// /openapi.json and /docs, which describe all of these.
void add_description_routes(Router& router);
/// All of these.
void add_api_routes(Router& router, Service& service, Cameras& cameras, EventHub& hub,
                    const std::string& default_source);

}  // namespace fliqe::tools
