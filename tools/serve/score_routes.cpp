// SPDX-License-Identifier: MIT
#include <chrono>
#include <fliqe/base/error.hpp>
#include <utility>

#include "http/multipart.hpp"
#include "report/score_json.hpp"
#include "serve/picture_request.hpp"
#include "serve/routes.hpp"

namespace fliqe::tools {
namespace {

bool is_true(const std::optional<std::string>& value) {
  return value && (*value == "1" || *value == "true" || *value == "yes");
}

/// The pictures of a form, or the body itself. @throws Error for a malformed form
void add_items(const HttpRequest& request, ScoringJob& job) {
  const std::string boundary = multipart_boundary(request.header("content-type"));
  if (boundary.empty()) {
    job.items.push_back({picture_name(request), job.body});
    return;
  }
  const auto parts = parse_multipart(job.body, boundary);
  require(parts.has_value(), ErrorCode::invalid_argument, "body: malformed multipart/form-data");
  for (const FormPart& part : *parts) {
    job.items.push_back({part.file.empty() ? part.name : part.file, part.content});
  }
  require(!job.items.empty() && job.items.size() <= job.most_items, ErrorCode::invalid_argument,
          "body: expected 1 to " + std::to_string(job.most_items) + " pictures, found " +
              std::to_string(job.items.size()));
}

/// All entries with a summary, as `fliqe score --format json` has them.
Json document(const RunDescription& run, const std::vector<ScoredImage>& images, bool embedding) {
  Json json = to_json(run);
  Summary summary;
  json["images"] = Json::array();
  for (const ScoredImage& image : images) {
    json["images"].push_back(to_json(image, embedding));
    summary.add(image, run.threshold);
  }
  json["summary"] = to_json(summary);
  return json;
}

HttpResponse single(const ScoredImage& image, bool embedding) {
  if (!image.assessment) return error_response(422, "unreadable_picture", image.error);
  return {200, dump(to_json(image, embedding))};
}

void score(Service& service, HttpRequest&& request, const Reply& reply) {
  auto job = std::make_unique<ScoringJob>();
  const bool embedding = is_true(request.value("embedding"));
  const bool is_form = !multipart_boundary(request.header("content-type")).empty();
  try {
    job->thermal = thermal_options(request, service.thermal());
    job->body = std::move(request.body);
    require(!job->body.empty(), ErrorCode::invalid_argument,
            "body: expected a picture, found none");
    add_items(request, *job);
  } catch (const Error& error) {
    return reply->respond(error_response(400, to_string(error.code()), error.what()));
  }
  const auto began = std::chrono::steady_clock::now();
  job->done = [&service, reply, embedding, is_form, began](std::vector<ScoredImage>&& images) {
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    for (const ScoredImage& image : images) {
      service.metrics().add_picture(image.assessment.has_value(),
                                    seconds / static_cast<double>(images.size()));
    }
    reply->respond(is_form ? HttpResponse{200, dump(document(service.run(), images, embedding))}
                           : single(images.front(), embedding));
  };
  if (!service.is_ready() || !service.queue().put(std::move(job))) {
    reply->respond(overloaded(service.is_ready()));
  }
}

}  // namespace

void add_score_routes(Router& router, Service& service) {
  router.add({"POST", "/v1/score", [&service](HttpRequest&& request, const Reply& reply) {
                score(service, std::move(request), reply);
              }});
  router.add({"GET", "/v1/model", [&service](HttpRequest&&, const Reply& reply) {
                reply->respond({200, dump(to_json(service.run()))});
              }});
}

}  // namespace fliqe::tools
