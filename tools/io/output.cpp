// SPDX-License-Identifier: MIT
#include "io/output.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fliqe/base/error.hpp>
#include <system_error>

namespace fliqe::tools {

Output::Output(const std::string& path) : path_(path == "-" ? "" : path) {
  if (path_.empty()) return;
  // A device or pipe is written to as it is; only files are replaced.
  std::error_code ignored;
  const auto status = std::filesystem::status(path_, ignored);
  if (!std::filesystem::exists(status) || std::filesystem::is_regular_file(status)) {
    temporary_ = path_ + ".part";
  }
  file_ = std::fopen((temporary_.empty() ? path_ : temporary_).c_str(), "wb");
  if (file_ == nullptr) {
    throw Error(ErrorCode::io, path_ + ": cannot write: " + std::strerror(errno));
  }
}

Output::~Output() {
  if (path_.empty() || file_ == nullptr) return;
  std::fclose(file_);
  if (!temporary_.empty()) std::remove(temporary_.c_str());
}

void Output::check(bool ok) {
  if (ok) return;
  throw Error(ErrorCode::io, (path_.empty() ? "standard output" : path_) +
                                 ": cannot write: " + std::strerror(errno));
}

void Output::write(std::string_view text) {
  check(std::fwrite(text.data(), 1, text.size(), file_) == text.size());
}

void Output::flush() {
  check(std::fflush(file_) == 0);
}

void Output::commit() {
  flush();
  if (temporary_.empty()) return;
  check(::fsync(::fileno(file_)) == 0);
  check(std::rename(temporary_.c_str(), path_.c_str()) == 0);
  std::fclose(file_);
  file_ = nullptr;
}

void write_file(const std::string& path, std::string_view contents) {
  Output output(path);
  output.write(contents);
  output.commit();
}

bool stderr_is_terminal() noexcept {
  return ::isatty(STDERR_FILENO) == 1;
}

}  // namespace fliqe::tools
