// SPDX-License-Identifier: MIT
#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <fliqe/base/error.hpp>
#include <fliqe/version.hpp>
#include <mutex>
#include <new>
#include <utility>

#include "fetch/http_client.hpp"

namespace fliqe::tools {
namespace {

struct CurlDeleter {
  void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using CurlHandle = std::unique_ptr<CURL, CurlDeleter>;
using CurlList = std::unique_ptr<curl_slist, CurlDeleter>;

/// A body that grows up to a limit.
struct CurlBody {
  std::vector<std::byte> bytes;
  std::size_t most;
  bool is_too_large = false;
  bool is_out_of_memory = false;
};

std::size_t take_body(char* data, std::size_t, std::size_t count, void* user) noexcept {
  auto& body = *static_cast<CurlBody*>(user);
  body.is_too_large = count > body.most - body.bytes.size();
  if (body.is_too_large) return CURL_WRITEFUNC_ERROR;
  try {
    const auto* const bytes = reinterpret_cast<const std::byte*>(data);
    body.bytes.insert(body.bytes.end(), bytes, bytes + count);
  } catch (const std::bad_alloc&) {
    body.is_out_of_memory = true;
    return CURL_WRITEFUNC_ERROR;
  }
  return count;
}

int check_stopped(void* stopped, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept {
  return *static_cast<const std::atomic<bool>*>(stopped) ? 1 : 0;
}

long milliseconds(double seconds) {
  return std::max(1L, static_cast<long>(1000 * seconds));
}

std::pair<FetchCode, bool> meaning_of(CURLcode code) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return {FetchCode::timeout, true};
    case CURLE_FILESIZE_EXCEEDED:
      return {FetchCode::too_large, false};
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      return {FetchCode::untrusted, false};
    case CURLE_ABORTED_BY_CALLBACK:
      return {FetchCode::cancelled, true};
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_URL_MALFORMAT:
      return {FetchCode::refused, false};
    default:
      return {FetchCode::unreachable, true};
  }
}

class CurlClient : public HttpClient {
 public:
  explicit CurlClient(const HttpClientOptions& options) : options_(options) {
    static const CURLcode global = curl_global_init(CURL_GLOBAL_DEFAULT);
    require(global == CURLE_OK, ErrorCode::io, curl_easy_strerror(global));
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to connections that the other side has closed
  }

  HttpAnswer get(const Url& url, const std::string& name, const AwsSettings* signing) override {
    CurlHandle handle = take();
    HttpAnswer answer = get(handle.get(), url, name, signing);
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(handle));
    return answer;
  }

 private:
  /// One that has its connections yet, where there is one.
  CurlHandle take() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        CurlHandle handle = std::move(idle_.back());
        idle_.pop_back();
        curl_easy_reset(handle.get());  // keeps connections
        return handle;
      }
    }
    CurlHandle handle(curl_easy_init());
    if (!handle) throw std::bad_alloc();
    return handle;
  }

  HttpAnswer get(CURL* curl, const Url& url, const std::string& name, const AwsSettings* signing) {
    CurlBody body{{}, options_.most_bytes};
    std::array<char, CURL_ERROR_SIZE> message{};
    set_common(curl, url, body);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, message.data());
    const CurlList headers = signing != nullptr ? sign(curl, *signing) : CurlList();
    const CURLcode code = curl_easy_perform(curl);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, nullptr);
    HttpAnswer answer{.body = std::move(body.bytes)};
    if (code != CURLE_OK) {
      if (body.is_out_of_memory) throw std::bad_alloc();
      answer.failure = failure(code, body, name, message.data());
      return answer;
    }
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
    const char* location = nullptr;
    curl_easy_getinfo(curl, CURLINFO_REDIRECT_URL, &location);
    if (location != nullptr) answer.location = location;
    curl_off_t wait = 0;
    curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &wait);
    answer.retry_after = static_cast<double>(wait);
    return answer;
  }

  void set_common(CURL* curl, const Url& url, CurlBody& body) const {
    curl_easy_setopt(curl, CURLOPT_URL, url.text().c_str());
    curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);  // it is in normal form
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, (std::string("fliqe/") + version).c_str());
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(options_.connect_timeout));
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, milliseconds(options_.timeout));
    curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(options_.most_bytes));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
    if (!options_.ca_file.empty()) {
      curl_easy_setopt(curl, CURLOPT_CAINFO, options_.ca_file.c_str());
    }
    if (options_.stopped != nullptr) {
      curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, check_stopped);
      curl_easy_setopt(curl, CURLOPT_XFERINFODATA, options_.stopped);
      curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    }
  }

  /// The headers must outlive the request.
  static CurlList sign(CURL* curl, const AwsSettings& aws) {
    curl_easy_setopt(curl, CURLOPT_AWS_SIGV4, ("aws:amz:" + aws.region + ":s3").c_str());
    curl_easy_setopt(curl, CURLOPT_USERNAME, aws.access_key.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, aws.secret_key.c_str());
    CurlList headers(curl_slist_append(nullptr, "x-amz-content-sha256: UNSIGNED-PAYLOAD"));
    if (!headers) throw std::bad_alloc();
    if (!aws.session_token.empty() &&
        curl_slist_append(headers.get(), ("x-amz-security-token: " + aws.session_token).c_str()) ==
            nullptr) {
      throw std::bad_alloc();
    }
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    return headers;
  }

  FetchFailure failure(CURLcode code, const CurlBody& body, const std::string& name,
                       const char* message) const {
    if (body.is_too_large) code = CURLE_FILESIZE_EXCEEDED;
    const auto [meaning, is_transient] = meaning_of(code);
    std::string reason = *message != '\0' ? message : curl_easy_strerror(code);
    if (meaning == FetchCode::too_large) {
      reason = "has more than " + std::to_string(options_.most_bytes) + " bytes";
    }
    return {.code = meaning, .reason = name + ": " + reason, .is_transient = is_transient};
  }

  HttpClientOptions options_;
  std::mutex mutex_;
  std::vector<CurlHandle> idle_;
};

}  // namespace

std::unique_ptr<HttpClient> open_http_client(const HttpClientOptions& options) {
  return std::make_unique<CurlClient>(options);
}

}  // namespace fliqe::tools
