// SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

namespace fliqe::tools {

/// Where results go: standard output, or a file that appears under its name only when it is
/// complete.
class Output {
 public:
  /// @param path  empty or "-" for standard output. @throws Error `io`
  explicit Output(const std::string& path);
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  /// Removes what was written unless commit() was called.
  ~Output();

  /// @throws Error `io`, for instance when the disk is full
  void write(std::string_view text);
  void flush();
  /// Everything is written: gives the file its name. @throws Error `io`
  void commit();

 private:
  void check(bool ok);

  std::string path_;
  std::string temporary_;
  std::FILE* file_ = stdout;
};

/// A whole file at once, or standard output for an empty path. @throws Error `io`
void write_file(const std::string& path, std::string_view contents);

/// Whether standard error is a terminal that somebody watches.
bool stderr_is_terminal() noexcept;

}  // namespace fliqe::tools
