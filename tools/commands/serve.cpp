// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "app/interruption.hpp"
#include "commands/commands.hpp"
#include "commands/stream_options.hpp"
#include "http/server.hpp"
#include "serve/routes.hpp"
#include "serve/service.hpp"
#include "serve/sink_metrics.hpp"
#include "watch/hook.hpp"

namespace fliqe::tools {
namespace {

struct ServeOptions {
  std::string listen = "127.0.0.1:8000";
  std::string token_file;
  bool insecure = false;
  double drain_seconds = 20;
  HttpOptions http;
  ServiceOptions service;
  StreamOptions streams;
  std::vector<std::string> allowed = default_source_prefixes();
  std::string output;
  bool quiet = false;
};

/// Nobody beyond this machine may call without being known.
void check_access(const HttpOptions& http, bool insecure) {
  const bool is_known = !http.access.is_open() || !http.tls.client_ca.empty();
  require(names_loopback(http.address) || is_known || insecure, ErrorCode::invalid_argument,
          "--listen " + http.address +
              ": expected --token-file or --client-ca for an address that others reach, found "
              "neither (--insecure lets everybody in)");
  require(http.tls.certificate.empty() == http.tls.key.empty(), ErrorCode::invalid_argument,
          "TLS: expected both --cert and --key");
  require(http.tls.client_ca.empty() || !http.tls.certificate.empty(), ErrorCode::invalid_argument,
          "--client-ca: expected --cert and --key as well");
}

Exit serve(ServeOptions options) {
  HttpOptions& http = options.http;
  parse_listen_address(options.listen, http);
  if (!options.token_file.empty()) http.access = Access::from_file(options.token_file);
  check_access(http, options.insecure);
  const WatchConfig config = options.streams.config();
  if (!config.streams.empty()) check_watch_config(config);
  catch_interruptions();
  Service service(options.service);
  EventLog log;
  const auto hub = std::make_shared<EventHub>();
  log.add(hub);
  if (!options.output.empty()) log.add(std::make_shared<JsonLinesSink>(options.output));
  if (!config.hook.empty()) log.add(std::make_shared<HookSink>(config.hook));
  if (const auto mqtt = options.streams.add_mqtt_sink(log, options.quiet)) {
    service.add_metrics(
        [mqtt](MetricsText& text) { write_sink_metrics(text, "mqtt", "MQTT", mqtt->figures()); });
  }
  if (const auto kafka = options.streams.add_kafka_sink(log, options.quiet)) {
    service.add_metrics([kafka](MetricsText& text) {
      write_sink_metrics(text, "kafka", "Kafka", kafka->figures());
    });
  }
  Watcher watcher(config, stream_scorer(service.scorer()), log, service.run().threads);
  Cameras cameras(watcher, options.streams.defaults(), options.allowed);
  Router router;
  add_api_routes(router, service, cameras, *hub,
                 config.streams.empty() ? "" : config.streams[0].source);
  http.observer = [&service](const std::string& route, int status, double seconds) {
    service.metrics().add_request(route, status, seconds);
  };
  add_page_routes(router);
  HttpServer server(http, std::move(router));
  service.set_ready(true);
  if (!options.quiet) {
    std::fprintf(stderr, "fliqe: listening on http%s://%s:%d (%s)\n",
                 http.tls.certificate.empty() ? "" : "s", http.address.c_str(), server.port(),
                 arithmetic(service.scorer()).c_str());
  }
  while (!is_interrupted()) {
    watcher.attend();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  service.set_ready(false);
  server.stop(options.drain_seconds);
  watcher.stop();
  return Exit::success;
}

}  // namespace

void add_serve_command(CLI::App& app, Exit& result) {
  auto options = std::make_shared<ServeOptions>();
  CLI::App* command =
      app.add_subcommand("serve", "Score pictures by HTTP, and watch cameras meanwhile");
  command->add_option("cameras", options->streams.sources,
                      "what to watch from the beginning, as `fliqe watch` takes it");
  command->add_option("--listen", options->listen, "address and port")->capture_default_str();
  command->add_option("--token-file", options->token_file,
                      "callers must show one of the tokens in this file, a line each");
  command->add_option("--cert", options->http.tls.certificate, "TLS: certificate chain (PEM)");
  command->add_option("--key", options->http.tls.key, "TLS: private key (PEM)");
  command->add_option("--client-ca", options->http.tls.client_ca,
                      "TLS: callers need a certificate of this authority (PEM)");
  command->add_flag("--insecure", options->insecure,
                    "let everybody in who reaches an address that is not loopback");
  HttpLimits& limits = options->http.limits;
  command->add_option("--max-body", limits.body, "bytes of a request")->capture_default_str();
  command->add_option("--max-pixels", options->service.thermal.most_pixels, "of a picture")
      ->capture_default_str();
  command->add_option("--connections", limits.connections, "at once, without event streams")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  command->add_option("--queue", options->service.queue,
                      "requests that may wait for a thread; 0: four for each");
  command
      ->add_option("--drain", options->drain_seconds,
                   "seconds that running requests have when the service ends")
      ->capture_default_str();
  command->add_option("--allow", options->allowed,
                      "how the sources that callers name may begin: /data/ lets them read there");
  command->add_option("-o,--output", options->output, "add events to this file");
  options->streams.add_options(*command);
  options->service.model.add_options(*command);
  command->add_flag("-q,--quiet", options->quiet, "say nothing on standard error");
  command->callback([options, &result] { result = serve(*options); });
}

}  // namespace fliqe::tools
