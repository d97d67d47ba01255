// SPDX-License-Identifier: MIT
#include <fliqe.h>

#include <algorithm>
#include <fliqe/fliqe.hpp>
#include <new>
#include <string>
#include <vector>

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

fliqe::OnlineOptions in_cpp(const fliqe_options& options) {
  fliqe::OnlineOptions result;
  result.threads = options.threads;
  if (options.smoothing_window < 0) {
    throw Error(ErrorCode::invalid_argument, "smoothing_window: expected 0 or more, found " +
                                                 std::to_string(options.smoothing_window));
  }
  if (options.smoothing_window > 0) {
    result.smoothing_window = static_cast<std::size_t>(options.smoothing_window);
  }
  if (options.exponential != 0) result.smoothing = fliqe::Smoothing::exponential;
  if (options.precision != nullptr) {
    result.precision = fliqe::precision_from_string(options.precision);
  }
  return result;
}

}  // namespace

const char* fliqe_version(void) {
  return fliqe::version;
}

const char* fliqe_message(void) {
  return message.c_str();
}

int fliqe_open(fliqe_model** model, const char* path, const fliqe_options* options) {
  return guarded([&] {
    require_given(model, "model");
    *model = nullptr;
    const fliqe::OnlineOptions chosen = in_cpp(options != nullptr ? *options : fliqe_options{});
    const auto file = path != nullptr ? fliqe::weights::Safetensors::open(path)
                                      : fliqe::weights::Safetensors::from_memory(
                                            fliqe::embedded_weights(), "built-in compact weights");
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
    for (size_t i = 0; i < count; ++i) {
      results[i].quality = assessments[i].quality;
      results[i].logit = assessments[i].logit;
      static_assert(fliqe::embedding_size == FLIQE_EMBEDDING_SIZE);
      std::ranges::copy(assessments[i].embedding, results[i].embedding);
    }
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
    require_given(model, "model");
    require_given(session, "session");
    require_given(image, "image");
    require_given(smoothed, "smoothed");
    *smoothed = model->online.estimate_smoothed_quality(view(*image), std::string(session));
    if (quality != nullptr) *quality = model->online.get_raw_quality(session).value_or(*smoothed);
  });
}
