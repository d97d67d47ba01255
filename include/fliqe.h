/* SPDX-License-Identifier: MIT */
/* fliqe for C and for every language that calls C: the shared library libfliqe.
 *
 * All functions but fliqe_close() may be called from several threads at once with one model. Those
 * that return int return 0, or one of fliqe_error; fliqe_message() then tells what happened. */
#ifndef FLIQE_H
#define FLIQE_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define FLIQE_API
#else
#define FLIQE_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

enum fliqe_error {
  FLIQE_OK = 0,
  FLIQE_ERROR_IO = -1,                 /* a file cannot be read */
  FLIQE_ERROR_UNSUPPORTED_FORMAT = -2, /* not a file of the kind that was asked for */
  FLIQE_ERROR_CORRUPT_FILE = -3,
  FLIQE_ERROR_WEIGHTS_MISMATCH = -4,   /* tensors are not those of the network */
  FLIQE_ERROR_INVALID_ARGUMENT = -5,
  FLIQE_ERROR_UNKNOWN_SESSION = -6,
  FLIQE_ERROR_NON_FINITE = -7,
  FLIQE_ERROR_NO_SUCH_CAPABILITY = -8, /* the weights lack the part that is needed */
  FLIQE_ERROR_OUT_OF_MEMORY = -9,
  FLIQE_ERROR_UNKNOWN = -10
};

/* Order of the 8-bit channels in memory. */
enum fliqe_format {
  FLIQE_GRAY8 = 0,
  FLIQE_RGB8 = 1,
  FLIQE_BGR8 = 2,
  FLIQE_RGBA8 = 3,
  FLIQE_BGRA8 = 4
};

/* A picture in the caller's memory. */
typedef struct fliqe_image {
  const uint8_t *data;
  int width, height; /* pixels */
  ptrdiff_t stride;  /* bytes from one row to the next; 0: rows without gaps */
  int format;        /* enum fliqe_format */
} fliqe_image;

/* Zero-initialised: the defaults. */
typedef struct fliqe_options {
  int threads;           /* for each call; 0: FLIQE_THREADS, else all cores */
  int smoothing_window;  /* scores that a smoothed quality averages; 0: 300 */
  int exponential;       /* not 0: older scores count less and less */
  const char *precision; /* "f32", "bf16" or "int8"; NULL: int8 for such weights, else f32 */
} fliqe_options;

#define FLIQE_EMBEDDING_SIZE 128

typedef struct fliqe_assessment {
  double quality; /* 1 - sigmoid(logit), in [0, 1]; higher is better */
  float logit;    /* of "distorted" */
  float embedding[FLIQE_EMBEDDING_SIZE]; /* of length 1 */
} fliqe_assessment;

typedef struct fliqe_model fliqe_model;

/* "major.minor.patch" of the library. */
FLIQE_API const char *fliqe_version(void);

/* What went wrong in this thread's last call that failed; valid until its next one. */
FLIQE_API const char *fliqe_message(void);

/* Opens a safetensors file (`fliqe convert` makes one from a .pth); NULL: the built-in compact
 * weights. `options` may be NULL. */
FLIQE_API int fliqe_open(fliqe_model **model, const char *path, const fliqe_options *options);

/* NULL is allowed. No other call may use the model any more. */
FLIQE_API void fliqe_close(fliqe_model *model);

/* Quality in [0, 1], higher is better. */
FLIQE_API int fliqe_score(const fliqe_model *model, const fliqe_image *image, double *quality);

/* `count` pictures at once, of any sizes and formats. */
FLIQE_API int fliqe_assess(const fliqe_model *model, const fliqe_image *images, size_t count,
                           fliqe_assessment *results);

/* Starts a session, or empties the one of that name. */
FLIQE_API int fliqe_create_session(fliqe_model *model, const char *session);
FLIQE_API int fliqe_remove_session(fliqe_model *model, const char *session);

/* Scores a frame of a stream. `quality` (of this frame) may be NULL. */
FLIQE_API int fliqe_score_frame(fliqe_model *model, const char *session, const fliqe_image *image,
                                double *smoothed, double *quality);

#ifdef __cplusplus
}
#endif

#endif
