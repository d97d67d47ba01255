// SPDX-License-Identifier: MIT
#include "fetch/fetcher.hpp"

#include <fliqe/base/error.hpp>
#include <utility>

#include "fetch/local_file.hpp"

namespace fliqe::tools {
namespace {

constexpr int most_redirects = 5;

FetchResult fetch_failed(FetchCode code, const std::string& reason, bool is_transient = false) {
  return {.failure = FetchFailure{.code = code, .reason = reason, .is_transient = is_transient}};
}

FetchResult not_allowed(const std::string& name) {
  return fetch_failed(FetchCode::not_allowed, name + ": lies in no allowed place");
}

std::pair<FetchCode, bool> meaning_of_status(long status) {
  if (status >= 500) return {FetchCode::server_error, true};
  switch (status) {
    case 401:
    case 403:
      return {FetchCode::forbidden, false};
    case 404:
    case 410:
      return {FetchCode::not_found, false};
    case 408:
      return {FetchCode::timeout, true};
    case 429:
      return {FetchCode::too_many_requests, true};
    default:
      return {FetchCode::refused, false};
  }
}

}  // namespace

FetchResult result_of(HttpAnswer&& answer, const std::string& name) {
  if (answer.failure) return {.failure = std::move(answer.failure)};
  if (answer.status == 200) return {.bytes = std::move(answer.body)};
  const auto [code, is_transient] = meaning_of_status(answer.status);
  FetchResult result = fetch_failed(
      code, name + ": the server answers " + std::to_string(answer.status), is_transient);
  result.failure->retry_after = answer.retry_after;
  return result;
}

Fetcher::Fetcher(AllowedPrefixes allowed, const HttpClientOptions& options, AwsSettings aws)
    : allowed_(std::move(allowed)),
      most_bytes_(options.most_bytes),
      aws_(std::move(aws)),
      http_(open_http_client(options)) {}

FetchResult Fetcher::fetch(const std::string& text) {
  Reference reference;
  try {
    reference = parse_reference(text);
  } catch (const Error& error) {
    return fetch_failed(FetchCode::bad_reference, error.what());
  }
  const std::string name = shown_reference(text);
  if (const auto* file = std::get_if<LocalFile>(&reference)) {
    const LocatedFile located = allowed_.locate(*file);
    return located.is_allowed ? read_located(located, name, most_bytes_) : not_allowed(name);
  }
  if (!allowed_.allows(reference)) return not_allowed(name);
  if (!http_) return fetch_failed(FetchCode::unsupported, name + ": " + without_http);
  if (auto* url = std::get_if<Url>(&reference)) return fetch_url(std::move(*url));
  return fetch_object(std::get<S3Object>(reference), name);
}

/// A redirect may lead to other allowed places only.
FetchResult Fetcher::fetch_url(Url url) {
  const std::string name = url.shown();
  for (int i = 0; i <= most_redirects; ++i) {
    HttpAnswer answer = http_->get(url, name, nullptr);
    if (answer.failure || answer.location.empty()) return result_of(std::move(answer), name);
    try {
      url = parse_url(answer.location);
    } catch (const Error& error) {
      return fetch_failed(
          FetchCode::not_allowed,
          name + ": redirects to " + shown_reference(answer.location) + ": " + error.what());
    }
    if (!allowed_.allows(url)) {
      return fetch_failed(FetchCode::not_allowed, name + ": redirects to " + url.shown() +
                                                      ", which lies in no allowed place");
    }
  }
  return fetch_failed(FetchCode::refused,
                      name + ": redirects more than " + std::to_string(most_redirects) + " times");
}

FetchResult Fetcher::fetch_object(const S3Object& object, const std::string& name) {
  Url url;
  try {
    url = aws_.url_of(object);
  } catch (const Error& error) {
    return fetch_failed(FetchCode::unsupported, name + ": " + error.what());
  }
  HttpAnswer answer = http_->get(url, name, aws_.access_key.empty() ? nullptr : &aws_);
  const bool is_redirect = !answer.failure && answer.status >= 300 && answer.status < 400;
  FetchResult result = result_of(std::move(answer), name);
  // The signature is for one host, so it is not sent to another.
  if (is_redirect) result.failure->reason += ": is AWS_REGION that of the bucket?";
  return result;
}

}  // namespace fliqe::tools
