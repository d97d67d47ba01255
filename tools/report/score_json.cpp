// SPDX-License-Identifier: MIT
#include "report/score_json.hpp"

#include <fliqe/version.hpp>

namespace fliqe::tools {

Json to_json(const ScoredImage& image, bool embedding) {
  Json json{{"file", image.file}};
  if (!image.assessment) {
    json["quality"] = nullptr;
    json["error"] = image.error;
    return json;
  }
  json["quality"] = rounded9(image.assessment->quality);
  json["logit"] = rounded9(image.assessment->logit);
  json["width"] = image.width;
  json["height"] = image.height;
  if (!image.agc.empty()) json["agc"] = image.agc;
  if (!image.causes.empty()) json["causes"] = to_json(image.causes);
  if (embedding) {
    for (const float value : image.assessment->embedding) {
      json["embedding"].push_back(rounded9(value));
    }
  }
  return json;
}

Json to_json(const Summary& summary) {
  Json json{
      {"scored", summary.scored}, {"failed", summary.failed}, {"below_threshold", summary.below}};
  if (summary.scored > 0) {
    json["mean"] = rounded9(summary.mean());
    json["lowest"] = rounded9(summary.lowest);
    json["highest"] = rounded9(summary.highest);
  }
  return json;
}

Json to_json(const RunDescription& run) {
  return {{"fliqe", version},
          {"weights", run.weights},
          {"weights_source_sha256", run.weights_sha256},
          {"backbone", run.backbone},
          {"precision", run.precision},
          {"preprocessing", run.preprocessing},
          {"isa", run.isa},
          {"threads", run.threads},
          {"threshold", run.threshold}};
}

}  // namespace fliqe::tools
