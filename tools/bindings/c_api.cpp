// SPDX-License-Identifier: MIT
#include <fliqe.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <fliqe/fliqe.hpp>
#include <new>
#include <string>
#include <vector>

#include "weights/open_weights.hpp"

using fliqe::Error;
using fliqe::ErrorCode;
using fliqe::ImageView;

struct fliqe_model {
  fliqe::OnlineFLIQE<fliqe::AnyBackbone, fliqe::AnyPrecision> online;
};

namespace {

thread_local std::string message;

int code_of(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::io:
      return FLIQE_ERROR_IO;
    case ErrorCode::unsupported_format:
      return FLIQE_ERROR_UNSUPPORTED_FORMAT;
    case ErrorCode::corrupt_file:
      return FLIQE_ERROR_CORRUPT_FILE;
    case ErrorCode::weights_mismatch:
      return FLIQE_ERROR_WEIGHTS_MISMATCH;
    case ErrorCode::invalid_argument:
      return FLIQE_ERROR_INVALID_ARGUMENT;
    case ErrorCode::unknown_session:
      return FLIQE_ERROR_UNKNOWN_SESSION;
    case ErrorCode::non_finite:
      return FLIQE_ERROR_NON_FINITE;
    case ErrorCode::no_such_capability:
      return FLIQE_ERROR_NO_SUCH_CAPABILITY;
  }
  return FLIQE_ERROR_UNKNOWN;
}

int fail(int code, const char* what) noexcept {
  try {
    message = what;
  } catch (...) {
    message.clear();
  }
  return code;
}

/// No exception leaves the library.
template <class Body>
int guarded(const Body& body) noexcept {
  try {
    body();
    return FLIQE_OK;
  } catch (const Error& error) {
    return fail(code_of(error.code()), error.what());
  } catch (const std::bad_alloc&) {
    return fail(FLIQE_ERROR_OUT_OF_MEMORY, "out of memory");
  } catch (const std::exception& error) {
    return fail(FLIQE_ERROR_UNKNOWN, error.what());
  } catch (...) {
    return fail(FLIQE_ERROR_UNKNOWN, "unknown error");
  }
}

template <class Pointer>
void require_given(Pointer pointer, const char* name) {
  if (pointer == nullptr) {
    throw Error(ErrorCode::invalid_argument,
                std::string(name) + ": expected a pointer, found NULL");
  }
}

ImageView view(const fliqe_image& image) {
  using enum fliqe::PixelFormat;
  constexpr fliqe::PixelFormat formats[] = {gray8, rgb8, bgr8, rgba8, bgra8};
  if (image.format < FLIQE_GRAY8 || image.format > FLIQE_BGRA8) {
    throw Error(ErrorCode::invalid_argument,
                "image: expected a format from 0 to 4, found " + std::to_string(image.format));
  }
  return fliqe::detail::make_view(image.data, image.width, image.height, image.stride,
                                  formats[image.format]);
}

/// The caller's options at this library's size: fields that the caller does not know have their
/// defaults, fields that this library does not know must have theirs.
fliqe_options known_options(const fliqe_options* given) {
  fliqe_options options = FLIQE_OPTIONS_INIT;
  if (given == nullptr) return options;
  const size_t size = given->size;
  const auto* bytes = reinterpret_cast<const unsigned char*>(given);
  constexpr size_t smallest = offsetof(fliqe_options, isa) + sizeof(options.isa);
  constexpr size_t largest = 4096;
  const auto is_zero = [](unsigned char byte) { return byte == 0; };
  if (size < smallest || size > largest ||
      (size > sizeof(options) && !std::all_of(bytes + sizeof(options), bytes + size, is_zero))) {
    throw Error(ErrorCode::invalid_argument,
                "options: expected a size of " + std::to_string(sizeof(options)) +
                    " (FLIQE_OPTIONS_INIT sets it), found " + std::to_string(size) +
                    (size > sizeof(options) ? " with fields of a newer version of fliqe" : ""));
  }
  std::memcpy(&options, given, std::min(size, sizeof(options)));
  return options;
}

fliqe::OnlineOptions in_cpp(const fliqe_options& options) {
  fliqe::OnlineOptions result;
  result.model.threads = options.threads;
  if (options.smoothing_window < 0) {
    throw Error(ErrorCode::invalid_argument, "smoothing_window: expected 0 or more, found " +
                                                 std::to_string(options.smoothing_window));
  }
  if (options.smoothing_window > 0) {
    result.smoothing_window = static_cast<std::size_t>(options.smoothing_window);
  }
  if (options.exponential != 0) result.smoothing = fliqe::Smoothing::exponential;
  if (options.precision != nullptr) {
    result.model.precision = fliqe::PrecisionChoice::from_string(options.precision);
  }
  if (options.isa != nullptr) result.model.isa = fliqe::require_isa("isa", options.isa);
  return result;
}

void require_count(size_t found, size_t expected) {
  fliqe::require(found == expected, ErrorCode::invalid_argument,
                 {"count: expected ", expected, ", the model's size, found ", found});
}

fliqe_assessment in_c(const fliqe::Assessment& assessment) {
  fliqe_assessment result{assessment.quality, assessment.logit, {}};
  const std::size_t count =
      std::min<std::size_t>(assessment.embedding.size(), FLIQE_EMBEDDING_SIZE);
  std::copy_n(assessment.embedding.data(), count, result.embedding);
  return result;
}

fliqe_frame_assessment in_c(const fliqe::FrameAssessment& frame) {
  return {frame.smoothed_quality, in_c(frame.assessment)};
}

fliqe::FrameAssessment assess_frame(fliqe_model* model, const char* session,
                                    const fliqe_image* image) {
  require_given(model, "model");
  require_given(session, "session");
  require_given(image, "image");
  return model->online.assess_frame(view(*image), session);
}

}  // namespace

const char* fliqe_version(void) {
  return fliqe::version;
}

int fliqe_version_number(void) {
  return FLIQE_VERSION_NUMBER;
}

const char* fliqe_message(void) {
  return message.c_str();
}

int fliqe_open(fliqe_model** model, const char* path, const fliqe_options* options) {
  return guarded([&] {
    require_given(model, "model");
    *model = nullptr;
    const fliqe::OnlineOptions chosen = in_cpp(known_options(options));
    const auto file = path != nullptr ? fliqe::load_weights(path) : fliqe::tools::open_weights("");
    *model =
        new fliqe_model{fliqe::OnlineFLIQE<fliqe::AnyBackbone, fliqe::AnyPrecision>(file, chosen)};
  });
}

void fliqe_close(fliqe_model* model) {
  delete model;
}

int fliqe_score(const fliqe_model* model, const fliqe_image* image, double* quality) {
  return guarded([&] {
    require_given(model, "model");
    require_given(image, "image");
    require_given(quality, "quality");
    *quality = model->online.estimate_image_quality(view(*image));
  });
}

int fliqe_assess(const fliqe_model* model, const fliqe_image* images, size_t count,
                 fliqe_assessment* results) {
  return guarded([&] {
    require_given(model, "model");
    if (count == 0) return;
    require_given(images, "images");
    require_given(results, "results");
    std::vector<ImageView> views;
    for (size_t i = 0; i < count; ++i) views.push_back(view(images[i]));
    std::vector<fliqe::Assessment> assessments(count);
    model->online.assess(views, assessments);
    for (size_t i = 0; i < count; ++i) results[i] = in_c(assessments[i]);
  });
}

size_t fliqe_embedding_size(const fliqe_model* model) {
  if (model == nullptr || model->online.kind() == fliqe::model::ModelKind::trunk) return 0;
  return static_cast<size_t>(model->online.spec().embedding);
}

int fliqe_embedding(const fliqe_model* model, const fliqe_image* image, float* embedding,
                    size_t count) {
  return guarded([&] {
    require_given(model, "model");
    require_given(image, "image");
    require_given(embedding, "embedding");
    const fliqe::Embedding found = model->online.embedding(view(*image));
    require_count(count, found.size());
    std::ranges::copy(found, embedding);
  });
}

size_t fliqe_cause_count(const fliqe_model* model) {
  return model == nullptr ? 0 : model->online.causes().size();
}

const char* fliqe_cause_name(const fliqe_model* model, size_t index) {
  return index < fliqe_cause_count(model) ? model->online.causes()[index].c_str() : nullptr;
}

int fliqe_causes(const fliqe_model* model, const fliqe_image* image, double* probabilities,
                 size_t count) {
  return guarded([&] {
    require_given(model, "model");
    require_given(image, "image");
    require_given(probabilities, "probabilities");
    require_count(count, fliqe_cause_count(model));
    std::ranges::copy(model->online.assess(view(*image)).causes, probabilities);
  });
}

int fliqe_create_session(fliqe_model* model, const char* session) {
  return guarded([&] {
    require_given(model, "model");
    require_given(session, "session");
    model->online.create_session(session);
  });
}

int fliqe_remove_session(fliqe_model* model, const char* session) {
  return guarded([&] {
    require_given(model, "model");
    require_given(session, "session");
    model->online.remove_session(session);
  });
}

int fliqe_score_frame(fliqe_model* model, const char* session, const fliqe_image* image,
                      double* smoothed, double* quality) {
  return guarded([&] {
    require_given(smoothed, "smoothed");
    const fliqe::FrameAssessment frame = assess_frame(model, session, image);
    *smoothed = frame.smoothed_quality;
    if (quality != nullptr) *quality = frame.assessment.quality;
  });
}

int fliqe_assess_frame(fliqe_model* model, const char* session, const fliqe_image* image,
                       fliqe_frame_assessment* result) {
  return guarded([&] {
    require_given(result, "result");
    *result = in_c(assess_frame(model, session, image));
  });
}

int fliqe_assess_frames(fliqe_model* model, const fliqe_session_frame* frames, size_t count,
                        fliqe_frame_assessment* results) {
  return guarded([&] {
    require_given(model, "model");
    if (count == 0) return;
    require_given(frames, "frames");
    require_given(results, "results");
    std::vector<fliqe::SessionFrame> views;
    for (size_t i = 0; i < count; ++i) {
      require_given(frames[i].session, "session");
      views.push_back({view(frames[i].image), frames[i].session});
    }
    const auto assessed = model->online.assess_frames(views);
    std::ranges::transform(assessed, results, [](const auto& frame) { return in_c(frame); });
  });
}
