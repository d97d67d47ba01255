// SPDX-License-Identifier: MIT
#pragma once

#include <csetjmp>
#include <cstdio>
// In this order: libjpeg's headers need <cstdio> and each other.
#include <jpeglib.h>
// clang-format off
#include <jerror.h>
// clang-format on

namespace fliqe::tools {

/// libjpeg reports errors by a call that must not return; a C library cannot be thrown through, so
/// it jumps to where setjmp(escape) was called.
struct JpegErrors {
  jpeg_error_mgr base;
  std::jmp_buf escape;
  char message[JMSG_LENGTH_MAX] = {};

  JpegErrors() {
    jpeg_std_error(&base);
    base.error_exit = on_error;
    base.emit_message = on_message;
    base.output_message = [](j_common_ptr) {};
  }

 private:
  [[noreturn]] static void on_error(j_common_ptr info) {
    auto& errors = *reinterpret_cast<JpegErrors*>(info->err);
    (*info->err->format_message)(info, errors.message);
    std::longjmp(errors.escape, 1);
  }

  /// Most warnings are harmless; missing data is not, since libjpeg makes it up in grey.
  static void on_message(j_common_ptr info, int level) {
    if (level >= 0) return;
    ++info->err->num_warnings;
    if (info->err->msg_code == JWRN_JPEG_EOF || info->err->msg_code == JWRN_HIT_MARKER)
      on_error(info);
  }
};

}  // namespace fliqe::tools
