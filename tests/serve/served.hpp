// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "http/server.hpp"
#include "serve/http_client.hpp"
#include "serve/routes.hpp"
#include "support/files.hpp"

namespace fliqe::test {

struct ServedSetting {
  std::size_t queue = 0;
  std::string default_source{};
  tools::Surroundings surroundings{};
  tools::StreamConfig stream{};
};

/// The service on a port of its own, with cameras that a test plays.
class Served {
 public:
  explicit Served(const ServedSetting& setting = {})
      : service_(options(setting.queue)),
        watcher_({}, tools::stream_scorer(service_.scorer()), log_, 1, setting.surroundings),
        cameras_(watcher_, setting.stream, tools::default_source_prefixes()) {
    log_.add(hub_);
    tools::Router router;
    tools::add_api_routes(router, service_, cameras_, *hub_, setting.default_source);
    routes_ = router.routes();
    tools::add_page_routes(router);
    tools::HttpOptions http;
    http.port = 0;
    http.observer = [this](const std::string& route, int status, double seconds) {
      service_.metrics().add_request(route, status, seconds);
    };
    server_.emplace(http, std::move(router));
    service_.set_ready(true);
  }

  tools::Service& service() { return service_; }
  tools::EventLog& log() { return log_; }
  tools::EventHub& hub() { return *hub_; }
  tools::Watcher& watcher() { return watcher_; }
  const std::vector<tools::Route>& routes() const { return routes_; }
  std::uint16_t port() const { return server_->port(); }

  Answer get(const std::string& target) const { return request(port(), "GET", target); }
  Answer post(const std::string& target, std::string_view body, const Headers& headers = {}) const {
    return request(port(), "POST", target, body, headers);
  }

 private:
  static tools::ServiceOptions options(std::size_t queue) {
    tools::ServiceOptions options;
    options.model.weights = default_weights();
    options.model.threads = 2;
    options.thermal.most_pixels = 1'000'000;
    options.queue = queue;
    return options;
  }

  tools::Service service_;
  tools::EventLog log_;
  std::shared_ptr<tools::EventHub> hub_ = std::make_shared<tools::EventHub>();
  tools::Watcher watcher_;
  tools::Cameras cameras_;
  std::vector<tools::Route> routes_;
  std::optional<tools::HttpServer> server_;  ///< ends first
};

}  // namespace fliqe::test
