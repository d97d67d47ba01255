// SPDX-License-Identifier: MIT
#include <utility>

#include "serve/routes.hpp"

namespace fliqe::tools {
namespace {

HttpResponse plain(int status, std::string text) {
  return {status, std::move(text), "text/plain; charset=utf-8"};
}

HttpResponse metrics(const Service& service, const Cameras& cameras) {
  MetricsText text;
  service.write_metrics(text);
  cameras.write_metrics(text);
  write_process_metrics(text);
  return {200, text.take(), "text/plain; version=0.0.4; charset=utf-8"};
}

}  // namespace

void add_health_routes(Router& router, Service& service, const Cameras& cameras) {
  router.add({"GET", "/healthz",
              [](HttpRequest&&, const Reply& reply) { reply->respond(plain(200, "ok\n")); }, true});
  router.add({"GET", "/readyz",
              [&service](HttpRequest&&, const Reply& reply) {
                reply->respond(service.is_ready() ? plain(200, "ready\n")
                                                  : plain(503, "not ready\n"));
              },
              true});
  router.add({"GET", "/metrics", [&service, &cameras](HttpRequest&&, const Reply& reply) {
                reply->respond(metrics(service, cameras));
              }});
}

}  // namespace fliqe::tools
