/* SPDX-License-Identifier: MIT */
/* Calls every function of fliqe.h from C, rightly and wrongly. */
#include <fliqe.h>
#include <math.h>
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

  const fliqe_image empty = {NULL, 0, 0, 0, FLIQE_GRAY8};
  const fliqe_image odd = {gray, width, height, 0, 7};
  CHECK(fliqe_score(model, &empty, &quality) == FLIQE_ERROR_INVALID_ARGUMENT);
  CHECK(fliqe_score(model, &odd, &quality) == FLIQE_ERROR_INVALID_ARGUMENT);
  CHECK(strstr(fliqe_message(), "found 7") != NULL);
  CHECK(fliqe_score(model, NULL, &quality) == FLIQE_ERROR_INVALID_ARGUMENT);
  CHECK(fliqe_score(NULL, &images[0], &quality) == FLIQE_ERROR_INVALID_ARGUMENT);
}

int main(void) {
  CHECK(strlen(fliqe_version()) >= 5);
  fliqe_model *model = NULL;
  CHECK(fliqe_open(&model, "/nonexistent.safetensors", NULL) == FLIQE_ERROR_IO);
  CHECK(model == NULL && strstr(fliqe_message(), "/nonexistent.safetensors") != NULL);
  CHECK(fliqe_open(NULL, NULL, NULL) == FLIQE_ERROR_INVALID_ARGUMENT);
  const fliqe_options wrong = {.smoothing_window = -1};
  CHECK(fliqe_open(&model, NULL, &wrong) == FLIQE_ERROR_INVALID_ARGUMENT);
  const fliqe_options options = {.threads = 1, .smoothing_window = 2, .precision = "f32"};
  CHECK(fliqe_open(&model, NULL, &options) == FLIQE_OK);
  if (model != NULL) check_scores(model);
  fliqe_close(model);
  fliqe_close(NULL);
  if (failures == 0) printf("libfliqe %s: all calls as they should be\n", fliqe_version());
  return failures != 0;
}
