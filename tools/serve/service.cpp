// SPDX-License-Identifier: MIT
#include "serve/service.hpp"

#include <fliqe/base/parallel.hpp>

namespace fliqe::tools {

Service::Service(const ServiceOptions& options)
    : threads_(resolve_thread_count(options.model.threads)),
      model_(load_model(
          options.model.weights,
          {.threads = 1, .load_threads = threads_, .precision = options.model.precision})),
      weights_sha256_(weights_sha256(options.model.weights)),
      run_(describe_run(model_, threads_)),
      thermal_(options.thermal) {
  model_.scorer.require_score();
  const auto most = options.queue > 0 ? options.queue : 4 * static_cast<std::size_t>(threads_);
  queue_ = std::make_unique<ScoringQueue>(model_.scorer, threads_, most);
}

void Service::write_metrics(MetricsText& text) const {
  write_build_info(text, run_, weights_sha256_);
  text.metric("fliqe_ready", "gauge", "Whether new requests are welcome.");
  text.sample("fliqe_ready", {}, is_ready_ ? 1 : 0);
  text.metric("fliqe_queue_length", "gauge", "Scoring requests that wait for a worker.");
  text.sample("fliqe_queue_length", {}, static_cast<double>(queue_->waiting()));
  metrics_.write(text);
  for (const auto& writer : writers_) writer(text);
}

}  // namespace fliqe::tools
