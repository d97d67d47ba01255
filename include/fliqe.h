/* SPDX-License-Identifier: MIT */
/* fliqe for C and for every language that calls C: the shared library libfliqe, for POSIX systems.
 *
 * All functions but fliqe_close() may be called from several threads at once with one model. Those
 * that return int return 0 or one of fliqe_error; fliqe_message() then describes the failure.
 *
 * ABI: within one major version (the library's soname) functions, enumerators and the fields of
 * structures stay as they are. Later versions add functions and enumerators, and fields at the end
 * of fliqe_options, whose `size` tells the library which fields the caller knows. */
#ifndef FLIQE_H
#define FLIQE_H

#include <fliqe/version.h>
#include <stddef.h>
#include <stdint.h>

#define FLIQE_API __attribute__((visibility("default")))

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

/* Start from FLIQE_OPTIONS_INIT: the fields that are 0 or NULL have their defaults. */
typedef struct fliqe_options {
  size_t size;           /* sizeof(fliqe_options), which FLIQE_OPTIONS_INIT sets */
  int threads;           /* for each call; 0: FLIQE_THREADS, else all cores */
  int smoothing_window;  /* scores that a smoothed quality averages; 0: 300 */
  int exponential;       /* not 0: an exponential mean, in which older scores count less */
  const char *precision; /* "f32", "bf16", "int8" or "auto" (bf16 on processors with instructions
                          * for it, if the weights file records that scores hardly change);
                          * NULL: int8 for quantized weights, else f32, on every processor */
  const char *isa;       /* "baseline", "avx2", "avx512" or "amx", on 64-bit ARM "neon", "dotprod",
                          * "i8mm" or "bf16"; NULL: FLIQE_ISA, else the fastest that the processor
                          * supports */
} fliqe_options;

#define FLIQE_OPTIONS_INIT {sizeof(fliqe_options), 0, 0, 0, NULL, NULL}

#define FLIQE_EMBEDDING_SIZE 128

typedef struct fliqe_assessment {
  double quality; /* 1 - sigmoid(logit), in [0, 1]; higher is better */
  float logit;    /* of "distorted" */
  /* Of length 1. The built-in networks have embeddings of this size; of a longer one these are the
   * first numbers, a shorter one is filled up with zeros: see fliqe_embedding(). */
  float embedding[FLIQE_EMBEDDING_SIZE];
} fliqe_assessment;

/* A frame of a session: its own scores, and the session's smoothed quality right after it. */
typedef struct fliqe_frame_assessment {
  double smoothed_quality; /* in [0, 1], over the smoothing window */
  fliqe_assessment assessment;
} fliqe_frame_assessment;

/* A frame in the caller's memory, and the session it belongs to. */
typedef struct fliqe_session_frame {
  const char *session;
  fliqe_image image;
} fliqe_session_frame;

typedef struct fliqe_model fliqe_model;

/* "major.minor.patch" of the library that is linked; FLIQE_VERSION is that of this header. */
FLIQE_API const char *fliqe_version(void);

/* The same as FLIQE_VERSION_NUMBER counts it. */
FLIQE_API int fliqe_version_number(void);

/* Describes the last failure of a call in this thread; valid until its next failure. */
FLIQE_API const char *fliqe_message(void);

/* Opens a PyTorch checkpoint (.pth) or a safetensors file; NULL: the built-in compact weights.
 * Nothing in a checkpoint is executed. `options` may be NULL. */
FLIQE_API int fliqe_open(fliqe_model **model, const char *path, const fliqe_options *options);

/* NULL is allowed. No other call may use the model any more. */
FLIQE_API void fliqe_close(fliqe_model *model);

/* Quality in [0, 1], higher is better. */
FLIQE_API int fliqe_score(const fliqe_model *model, const fliqe_image *image, double *quality);

/* `count` pictures at once, of any sizes and formats. */
FLIQE_API int fliqe_assess(const fliqe_model *model, const fliqe_image *images, size_t count,
                           fliqe_assessment *results);

/* Numbers in an embedding of the model; 0 for a bare trunk or without a model. */
FLIQE_API size_t fliqe_embedding_size(const fliqe_model *model);

/* The embedding of a picture, of length 1: `count` numbers, which must be the model's size. */
FLIQE_API int fliqe_embedding(const fliqe_model *model, const fliqe_image *image, float *embedding,
                              size_t count);

/* Faults that the model's weights can name as the cause of a low quality; often 0. */
FLIQE_API size_t fliqe_cause_count(const fliqe_model *model);

/* The name of one of them, valid as long as the model; NULL when there is none of that index. */
FLIQE_API const char *fliqe_cause_name(const fliqe_model *model, size_t index);

/* How probable each of them is, given that the picture is distorted: `count` numbers whose sum is 1.
 * Of a picture of high quality they mean nothing. `count` is fliqe_cause_count(). */
FLIQE_API int fliqe_causes(const fliqe_model *model, const fliqe_image *image,
                           double *probabilities, size_t count);

/* Starts a session, or empties the one of that name. */
FLIQE_API int fliqe_create_session(fliqe_model *model, const char *session);
FLIQE_API int fliqe_remove_session(fliqe_model *model, const char *session);

/* Scores a frame of a stream. `quality` is that of this frame and may be NULL. */
FLIQE_API int fliqe_score_frame(fliqe_model *model, const char *session, const fliqe_image *image,
                                double *smoothed, double *quality);

/* The same with all that is known about the frame. */
FLIQE_API int fliqe_assess_frame(fliqe_model *model, const char *session, const fliqe_image *image,
                                 fliqe_frame_assessment *result);

/* `count` frames of any sessions at once; of one session's frames the first counts as the older.
 * On failure no session has taken any of them. */
FLIQE_API int fliqe_assess_frames(fliqe_model *model, const fliqe_session_frame *frames,
                                  size_t count, fliqe_frame_assessment *results);

#ifdef __cplusplus
}
#endif

#endif
