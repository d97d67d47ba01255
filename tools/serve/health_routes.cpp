// SPDX-License-Identifier: MIT
#include "serve/routes.hpp"

namespace fliqe::tools {
namespace {

HttpResponse plain(int status, std::string text) {
  return {status, std::move(text), "text/plain; charset=utf-8"};
}

}  // namespace

void add_health_routes(Router& router, Service& service) {
  router.add({"GET", "/healthz",
              [](HttpRequest&&, const Reply& reply) { reply->respond(plain(200, "ok\n")); }, true});
  router.add({"GET", "/readyz",
              [&service](HttpRequest&&, const Reply& reply) {
                reply->respond(service.is_ready() ? plain(200, "ready\n")
                                                  : plain(503, "not ready\n"));
              },
              true});
  router.add(
      {"GET", "/metrics", [&service](HttpRequest&&, const Reply& reply) {
         reply->respond({200, service.metrics_text(), "text/plain; version=0.0.4; charset=utf-8"});
       }});
}

}  // namespace fliqe::tools
