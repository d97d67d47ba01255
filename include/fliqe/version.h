/* SPDX-License-Identifier: MIT */
/* The version, for C, C++, CMake and the package recipes. */
#ifndef FLIQE_VERSION_H
#define FLIQE_VERSION_H

#define FLIQE_VERSION_MAJOR 0
#define FLIQE_VERSION_MINOR 2
#define FLIQE_VERSION_PATCH 0

/* One number for comparisons in the preprocessor: 10203 is 1.2.3. */
#define FLIQE_VERSION_NUMBER \
  (FLIQE_VERSION_MAJOR * 10000 + FLIQE_VERSION_MINOR * 100 + FLIQE_VERSION_PATCH)

#define FLIQE_STRING_(text) #text
#define FLIQE_DOTTED_(major, minor, patch) \
  FLIQE_STRING_(major) "." FLIQE_STRING_(minor) "." FLIQE_STRING_(patch)

/* "major.minor.patch" */
#define FLIQE_VERSION \
  FLIQE_DOTTED_(FLIQE_VERSION_MAJOR, FLIQE_VERSION_MINOR, FLIQE_VERSION_PATCH)

#endif
