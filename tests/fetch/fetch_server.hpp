// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <set>
#include <sstream>
#include <string>

#include "fetch/fetcher.hpp"
#include "support/files.hpp"
#include "support/process.hpp"
#include "support/program.hpp"

namespace fliqe::test {

/// Whether server.py can run, and this build has HTTP.
inline bool has_fetch_server() {
  static const bool is_there =
      tools::open_http_client({}) != nullptr && has_program("/usr/bin/python3");
  return is_there;
}
inline constexpr const char* no_fetch_server = "built without libcurl, or no python3";

/// A running server.py.
class FetchServer {
 public:
  /// @param certificate, key  of TLS (PEM); empty: without
  explicit FetchServer(const std::string& certificate = "", const std::string& key = "")
      : scheme_(certificate.empty() ? "http" : "https") {
    fs::create_directory(dir_ / "bucket");
    process_.emplace("/usr/bin/python3 -B '" + (source_dir() / "tests/fetch/server.py").string() +
                     "' '" + dir_.path().string() + "' " + certificate + " " + key);
    if (!wait_until([&] { return fs::exists(dir_ / "port") || !process_->is_running(); }) ||
        !process_->is_running()) {
      throw std::runtime_error("tests/fetch/server.py does not start");
    }
    port_ = read_text(dir_ / "port");
  }

  std::string url(const std::string& path = "", const std::string& host = "127.0.0.1") const {
    return scheme_ + "://" + host + ":" + port_ + path;
  }

  /// An object of its bucket.
  void put(const std::string& key, const std::string& content) const {
    write_file((dir_ / "bucket/") + tools::percent_encoded(key), content);
  }

  /// How many connections its requests came by.
  std::size_t connections() const {
    std::set<std::string> ports;
    std::istringstream lines(read_text(dir_ / "log"));
    for (std::string line; std::getline(lines, line);) {
      ports.insert(line.substr(0, line.find(' ')));
    }
    return ports.size();
  }
  std::string log() const { return read_text(dir_ / "log"); }

  void stop() { process_->end(SIGKILL); }

  /// Who may read its bucket.
  tools::AwsSettings aws() const {
    return {.access_key = "test-key",
            .secret_key = "test-secret/+=",
            .session_token = "test-token==",
            .region = "eu-west-1",
            .endpoint = url()};
  }

 private:
  TemporaryDir dir_;
  std::string scheme_, port_;
  std::optional<Process> process_;
};

inline std::string text_of(const tools::FetchResult& result) {
  return {reinterpret_cast<const char*>(result.bytes.data()), result.bytes.size()};
}

}  // namespace fliqe::test
