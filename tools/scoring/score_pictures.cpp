// SPDX-License-Identifier: MIT
#include "scoring/score_pictures.hpp"

#include <exception>
#include <fliqe/base/error.hpp>
#include <new>

namespace fliqe::tools {
namespace {

/// Records the exception that is being handled.
/// @param prefix  of the messages that do not name the picture themselves
void record_failure(ScoredImage& result, const std::string& prefix = {}) {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    result.error = result.file + ": out of memory";
    result.error_code = "out_of_memory";
  } catch (const Error& error) {
    result.error = prefix + error.what();
    result.error_code = to_string(error.code());
  } catch (const std::exception& error) {
    result.error = prefix + error.what();
    result.error_code = "internal";
  }
}

/// @param name  in messages
void decode_into(DecodedPicture& decoded, std::span<const std::byte> bytes, const std::string& name,
                 const ThermalOptions& options) {
  ScoredImage& result = decoded.result;
  Picture picture = decode_picture(bytes, name, options);
  decoded.image = std::move(picture.image);
  result.agc = std::move(picture.agc);
  result.width = decoded.image.width;
  result.height = decoded.image.height;
}

}  // namespace

DecodedPicture decode_for_score(std::span<const std::byte> bytes, const std::string& name,
                                const ThermalOptions& options) {
  DecodedPicture decoded{.result = {.file = name}};
  try {
    decode_into(decoded, bytes, name, options);
  } catch (...) {
    record_failure(decoded.result);
  }
  return decoded;
}

DecodedPicture decode_for_score(const std::function<std::vector<std::byte>()>& read,
                                const std::string& name, const ThermalOptions& options) {
  DecodedPicture decoded{.result = {.file = name}};
  try {
    decode_into(decoded, read(), name == "-" ? "standard input" : name, options);
  } catch (...) {
    record_failure(decoded.result);
  }
  return decoded;
}

void score_batch(const Scorer& scorer, std::span<DecodedPicture> batch) {
  std::vector<ImageView> views;
  std::vector<ScoredImage*> results;
  for (DecodedPicture& item : batch) {
    if (!item.result.error.empty()) continue;
    views.push_back(item.image);
    results.push_back(&item.result);
  }
  std::vector<Assessment> assessments(views.size());
  try {
    scorer.assess(views, assessments);
    for (std::size_t i = 0; i < results.size(); ++i) {
      results[i]->causes = causes_of(scorer, assessments[i]);
      results[i]->assessment = std::move(assessments[i]);
    }
  } catch (...) {
    for (ScoredImage* result : results) record_failure(*result, result->file + ": ");
  }
  for (DecodedPicture& item : batch) item.image = {};
}

ScoredImage score_bytes(const Scorer& scorer, std::span<const std::byte> bytes,
                        const std::string& name, const ThermalOptions& options) {
  DecodedPicture decoded = decode_for_score(bytes, name, options);
  score_batch(scorer, {&decoded, 1});
  return std::move(decoded.result);
}

}  // namespace fliqe::tools
