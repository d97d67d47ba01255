/* SPDX-License-Identifier: MIT */
/* Calls every function of fliqe.h from C, rightly and wrongly. */
#include <fliqe.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static int failures = 0;

#define CHECK(condition)                                                       \
  do {                                                                         \
    if (!(condition)) {                                                        \
      fprintf(stderr, "line %d: %s (%s)\n", __LINE__, #condition, fliqe_message()); \
      ++failures;                                                              \
    }                                                                          \
  } while (0)

/* Some picture: a slope with stripes. */
static void fill(uint8_t *pixels, int width, int height, int channels) {
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c) {
        pixels[(y * width + x) * channels + c] = (uint8_t)(x + 3 * y + (x % 7) * 9);
      }
    }
  }
}

enum { frame_width = 64, frame_height = 48, threads = 4, frames_each = 8 };

/* A thread that feeds the session "shared" with one picture of its own. */
struct camera {
  fliqe_model *model;
  uint8_t pixels[frame_width * frame_height];
  double quality; /* of the picture */
  int wrong;
};

static void *feed(void *argument) {
  struct camera *camera = argument;
  const fliqe_image image = {camera->pixels, frame_width, frame_height, 0, FLIQE_GRAY8};
  for (int i = 0; i < frames_each; ++i) {
    double smoothed, quality;
    fliqe_frame_assessment frame;
    camera->wrong += fliqe_score_frame(camera->model, "shared", &image, &smoothed, &quality) != 0 ||
                     quality != camera->quality;
    camera->wrong += fliqe_assess_frame(camera->model, "shared", &image, &frame) != 0 ||
                     frame.assessment.quality != camera->quality;
  }
  return NULL;
}

/* Frames of one session, scored by several threads at once: each gets its own quality. */
static void check_concurrent_frames(fliqe_model *model) {
  static struct camera cameras[threads];
  pthread_t started[threads];
  CHECK(fliqe_create_session(model, "shared") == FLIQE_OK);
  for (int t = 0; t < threads; ++t) {
    cameras[t].model = model;
    memset(cameras[t].pixels, 30 + 60 * t, sizeof(cameras[t].pixels));
    const fliqe_image image = {cameras[t].pixels, frame_width, frame_height, 0, FLIQE_GRAY8};
    CHECK(fliqe_score(model, &image, &cameras[t].quality) == FLIQE_OK);
  }
  CHECK(cameras[0].quality != cameras[1].quality);
  for (int t = 0; t < threads; ++t) pthread_create(&started[t], NULL, feed, &cameras[t]);
  for (int t = 0; t < threads; ++t) {
    pthread_join(started[t], NULL);
    CHECK(cameras[t].wrong == 0);
  }
  CHECK(fliqe_remove_session(model, "shared") == FLIQE_OK);
}

/* Frames of several sessions in one call. */
static void check_frame_batch(fliqe_model *model, const fliqe_image images[2]) {
  fliqe_assessment alone[2];
  fliqe_frame_assessment results[3];
  const fliqe_session_frame frames[3] = {{"a", images[0]}, {"b", images[1]}, {"a", images[1]}};
  CHECK(fliqe_create_session(model, "a") == FLIQE_OK);
  CHECK(fliqe_create_session(model, "b") == FLIQE_OK);
  CHECK(fliqe_assess(model, images, 2, alone) == FLIQE_OK);
  CHECK(fliqe_assess_frames(model, frames, 3, results) == FLIQE_OK);
  CHECK(results[0].assessment.quality == alone[0].quality);
  CHECK(results[1].assessment.quality == alone[1].quality);
  CHECK(memcmp(results[2].assessment.embedding, alone[1].embedding,
               sizeof(alone[1].embedding)) == 0);
  CHECK(fabs(results[2].smoothed_quality - (alone[0].quality + alone[1].quality) / 2) < 1e-9);
  CHECK(fliqe_assess_frames(model, NULL, 0, NULL) == FLIQE_OK);
  CHECK(fliqe_remove_session(model, "a") == FLIQE_OK);
  CHECK(fliqe_assess_frames(model, frames, 3, results) == FLIQE_ERROR_UNKNOWN_SESSION);
}

static void check_options(void) {
  fliqe_model *model = NULL;
  fliqe_options options = FLIQE_OPTIONS_INIT;
  options.smoothing_window = -1;
  CHECK(fliqe_open(&model, NULL, &options) == FLIQE_ERROR_INVALID_ARGUMENT);
  options.smoothing_window = 0;
  options.precision = "fp16";
  CHECK(fliqe_open(&model, NULL, &options) == FLIQE_ERROR_INVALID_ARGUMENT);
  CHECK(strstr(fliqe_message(), "expected auto, f32, bf16 or int8, found 'fp16'") != NULL);
  options.precision = NULL;
  options.isa = "mmx";
  CHECK(fliqe_open(&model, NULL, &options) == FLIQE_ERROR_INVALID_ARGUMENT);
  CHECK(strstr(fliqe_message(), "isa: expected baseline") != NULL);
  options.isa = "baseline";
  options.size = 0;
  CHECK(fliqe_open(&model, NULL, &options) == FLIQE_ERROR_INVALID_ARGUMENT);
  CHECK(strstr(fliqe_message(), "FLIQE_OPTIONS_INIT sets it), found 0") != NULL);
  CHECK(model == NULL);

  /* A caller that was compiled with a later version, whose options are longer. */
  struct {
    fliqe_options known;
    size_t later;
  } longer = {FLIQE_OPTIONS_INIT, 0};
  longer.known.size = sizeof(longer);
  CHECK(fliqe_open(&model, NULL, &longer.known) == FLIQE_OK);
  fliqe_close(model);
  longer.later = 1;
  CHECK(fliqe_open(&model, NULL, &longer.known) == FLIQE_ERROR_INVALID_ARGUMENT);
  CHECK(strstr(fliqe_message(), "newer version") != NULL);
}

static void check_scores(fliqe_model *model) {
  enum { width = 160, height = 120 };
  static uint8_t gray[width * height], bgr[width * height * 3];
  fill(gray, width, height, 1);
  fill(bgr, width, height, 3);
  const fliqe_image images[2] = {{gray, width, height, 0, FLIQE_GRAY8},
                                 {bgr, width, height, width * 3, FLIQE_BGR8}};
  double quality = -1;
  CHECK(fliqe_score(model, &images[0], &quality) == FLIQE_OK);
  CHECK(quality >= 0 && quality <= 1);
  fliqe_assessment results[2];
  CHECK(fliqe_assess(model, images, 2, results) == FLIQE_OK);
  CHECK(results[0].quality == quality && results[1].quality == quality);
  CHECK(fabs(1 / (1 + exp(results[0].logit)) - quality) < 1e-12);
  double length = 0;
  for (int i = 0; i < FLIQE_EMBEDDING_SIZE; ++i) {
    length += results[0].embedding[i] * results[0].embedding[i];
  }
  CHECK(fabs(length - 1) < 1e-5);
  CHECK(fliqe_assess(model, NULL, 0, NULL) == FLIQE_OK);

  double smoothed = -1, raw = -1;
  CHECK(fliqe_score_frame(model, "cam", &images[0], &smoothed, &raw) ==
        FLIQE_ERROR_UNKNOWN_SESSION);
  CHECK(strcmp(fliqe_message(), "no session named 'cam'") == 0);
  CHECK(fliqe_create_session(model, "cam") == FLIQE_OK);
  CHECK(fliqe_score_frame(model, "cam", &images[0], &smoothed, &raw) == FLIQE_OK);
  CHECK(raw == quality && fabs(smoothed - quality) < 1e-9);
  CHECK(fliqe_score_frame(model, "cam", &images[1], &smoothed, NULL) == FLIQE_OK);
  CHECK(fliqe_remove_session(model, "cam") == FLIQE_OK);
  CHECK(fliqe_remove_session(model, "cam") == FLIQE_ERROR_UNKNOWN_SESSION);
  check_frame_batch(model, images);

  const fliqe_image empty = {NULL, 0, 0, 0, FLIQE_GRAY8};
  const fliqe_image odd = {gray, width, height, 0, 7};
  CHECK(fliqe_score(model, &empty, &quality) == FLIQE_ERROR_INVALID_ARGUMENT);
  CHECK(fliqe_score(model, &odd, &quality) == FLIQE_ERROR_INVALID_ARGUMENT);
  CHECK(strstr(fliqe_message(), "found 7") != NULL);
  CHECK(fliqe_score(model, NULL, &quality) == FLIQE_ERROR_INVALID_ARGUMENT);
  CHECK(fliqe_score(NULL, &images[0], &quality) == FLIQE_ERROR_INVALID_ARGUMENT);
}

int main(void) {
  CHECK(strcmp(fliqe_version(), FLIQE_VERSION) == 0);
  CHECK(fliqe_version_number() == FLIQE_VERSION_NUMBER && FLIQE_VERSION_NUMBER > 0);
  fliqe_model *model = NULL;
  CHECK(fliqe_open(&model, "/nonexistent.safetensors", NULL) == FLIQE_ERROR_IO);
  CHECK(model == NULL && strstr(fliqe_message(), "/nonexistent.safetensors") != NULL);
  CHECK(fliqe_open(NULL, NULL, NULL) == FLIQE_ERROR_INVALID_ARGUMENT);
  check_options();
  fliqe_options options = FLIQE_OPTIONS_INIT;
  options.threads = 1;
  options.smoothing_window = 2;
  options.precision = "f32";
  CHECK(fliqe_open(&model, NULL, &options) == FLIQE_OK);
  if (model != NULL) {
    check_scores(model);
    check_concurrent_frames(model);
  }
  fliqe_close(model);
  fliqe_close(NULL);
  if (failures == 0) printf("libfliqe %s: all calls as they should be\n", fliqe_version());
  return failures != 0;
}
