// SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>
#include <memory>
#include <mutex>
#include <string>

#include "io/json.hpp"

namespace fliqe::tools {

/// Events as JSON, a line each, written at once; a file is added to, not replaced. Thread-safe.
class EventLog {
 public:
  /// @param path  empty or "-" for standard output. @throws Error `io`
  explicit EventLog(const std::string& path);

  /// Adds "timestamp" (UTC, milliseconds), "event" and "stream" in front.
  /// @return the line. @throws Error `io`
  std::string write(const std::string& event, const std::string& stream, const Json& details);

 private:
  struct Close {
    void operator()(std::FILE* file) const {
      if (file != stdout) std::fclose(file);
    }
  };

  std::string path_;
  std::mutex mutex_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace fliqe::tools
