// SPDX-License-Identifier: MIT
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "fetch/fetch_server.hpp"
#include "support/skip.hpp"

using namespace fliqe;
using namespace fliqe::test;
using namespace fliqe::tools;
using Catch::Contains;

namespace {

Fetcher fetcher_for(const std::vector<std::string>& prefixes,
                    const HttpClientOptions& options = {}) {
  return Fetcher(AllowedPrefixes(prefixes), options, {});
}

FetchFailure failure_of(const FetchResult& result) {
  REQUIRE(result.failure);
  CHECK(result.bytes.empty());
  return *result.failure;
}

double seconds_of(const std::function<void()>& call) {
  const auto begin = std::chrono::steady_clock::now();
  call();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

TEST_CASE("given allowed URLs, their bytes come by one connection", "[python]") {
  if (!has_fetch_server()) return skip(no_fetch_server);
  const FetchServer server;
  Fetcher fetcher = fetcher_for({server.url("/ok")});
  CHECK(text_of(fetcher.fetch(server.url("/ok/a.jpg?signature=1%2F2"))) == "a.jpg?signature=1%2F2");
  CHECK(text_of(fetcher.fetch(server.url("/ok/./x/..//a%20b"))) == "/a%20b?");
  CHECK(text_of(fetcher.fetch(server.url("/ok/last"))) == "last?");
  CHECK(server.connections() == 1);
  CHECK(failure_of(fetcher.fetch(server.url("/status/200"))).code == FetchCode::not_allowed);
  CHECK(server.log().find("/status") == std::string::npos);
}

TEST_CASE("given redirects, they are followed within the allowed places only", "[python]") {
  if (!has_fetch_server()) return skip(no_fetch_server);
  const FetchServer server, other;
  Fetcher fetcher = fetcher_for({server.url("/ok"), server.url("/redirect"), server.url("/loop")});
  const auto redirect = [&](const std::string& to) {
    return fetcher.fetch(server.url("/redirect?" + percent_encoded(to)));
  };
  CHECK(text_of(redirect("/ok/a?b=c")) == "a?b=c");
  CHECK(text_of(redirect("ok/b")) == "b?");
  CHECK(text_of(redirect(server.url("/redirect?%2Fok%2Ftwice"))) == "twice?");
  for (const std::string& bad :
       {std::string("/host"), std::string("/ok/../host"), std::string("/ok/%2e%2e/host"),
        other.url("/ok/a"), std::string("file:///etc/passwd"), std::string("/etc/passwd"),
        std::string("ftp://127.0.0.1/ok"), server.url("/ok", "user@127.0.0.1"),
        server.url("/ok", "localhost")}) {
    INFO(bad);
    const FetchFailure failure = failure_of(redirect(bad));
    CHECK(failure.code == FetchCode::not_allowed);
    CHECK_FALSE(failure.is_transient);
    CHECK_THAT(failure.reason, Contains("redirects to"));
  }
  CHECK(other.log().empty());
  CHECK_THAT(failure_of(fetcher.fetch(server.url("/loop"))).reason,
             Contains("redirects more than 5 times"));
  CHECK_THAT(failure_of(redirect(other.url("/x?sig=secret"))).reason, !Contains("secret"));
}

TEST_CASE("given answers that are failures, codes and patience follow the status", "[python]") {
  if (!has_fetch_server()) return skip(no_fetch_server);
  const FetchServer server;
  Fetcher fetcher = fetcher_for({server.url()});
  struct Expected {
    int status;
    FetchCode code;
    bool is_transient;
  };
  for (const Expected& expected : std::vector<Expected>{{400, FetchCode::refused, false},
                                                        {401, FetchCode::forbidden, false},
                                                        {403, FetchCode::forbidden, false},
                                                        {404, FetchCode::not_found, false},
                                                        {408, FetchCode::timeout, true},
                                                        {410, FetchCode::not_found, false},
                                                        {204, FetchCode::refused, false},
                                                        {304, FetchCode::refused, false},
                                                        {429, FetchCode::too_many_requests, true},
                                                        {500, FetchCode::server_error, true},
                                                        {503, FetchCode::server_error, true}}) {
    INFO(expected.status);
    const std::string url = server.url("/status/" + std::to_string(expected.status));
    const FetchFailure failure = failure_of(fetcher.fetch(url + "?7"));
    CHECK(failure.code == expected.code);
    CHECK(failure.is_transient == expected.is_transient);
    CHECK(failure.reason == url + ": the server answers " + std::to_string(expected.status));
    CHECK(failure.retry_after == 7);
  }
}

TEST_CASE("given servers that break off, hang or are away, failures are transient", "[python]") {
  if (!has_fetch_server()) return skip(no_fetch_server);
  FetchServer server;
  Fetcher fetcher = fetcher_for({server.url()}, {.timeout = 0.5});
  const FetchFailure cut = failure_of(fetcher.fetch(server.url("/cut")));
  CHECK(cut.code == FetchCode::unreachable);
  CHECK(cut.is_transient);
  FetchFailure slow;
  CHECK(seconds_of([&] { slow = failure_of(fetcher.fetch(server.url("/slow?secret"))); }) < 5);
  CHECK(slow.code == FetchCode::timeout);
  CHECK(slow.is_transient);
  CHECK_THAT(slow.reason, !Contains("secret"));
  CHECK(failure_of(fetcher.fetch(server.url("/garbage"))).code == FetchCode::refused);
  server.stop();
  const FetchFailure away = failure_of(fetcher.fetch(server.url("/ok/a")));
  CHECK(away.code == FetchCode::unreachable);
  CHECK(away.is_transient);
}

TEST_CASE("given a program that ends, requests end too", "[python]") {
  if (!has_fetch_server()) return skip(no_fetch_server);
  const FetchServer server;
  std::atomic<bool> stopped = false;
  Fetcher fetcher = fetcher_for({server.url()}, {.timeout = 60, .stopped = &stopped});
  FetchFailure failure;
  std::thread request([&] { failure = *fetcher.fetch(server.url("/slow")).failure; });
  CHECK(wait_until([&] { return server.log().find("/slow") != std::string::npos; }));
  stopped = true;
  CHECK(seconds_of([&] { request.join(); }) < 10);
  CHECK(failure.code == FetchCode::cancelled);
}

TEST_CASE("given bodies around the limit, no more than it is kept", "[python]") {
  if (!has_fetch_server()) return skip(no_fetch_server);
  const FetchServer server;
  Fetcher fetcher = fetcher_for({server.url()}, {.most_bytes = 100'000});
  for (const std::string said : {"", ",said"}) {
    CHECK(fetcher.fetch(server.url("/large?100000" + said)).bytes.size() == 100'000);
    const FetchFailure failure = failure_of(fetcher.fetch(server.url("/large?100001" + said)));
    CHECK(failure.code == FetchCode::too_large);
    CHECK_FALSE(failure.is_transient);
    CHECK(failure.reason == server.url("/large: has more than 100000 bytes"));
  }
}

TEST_CASE("given many threads, each gets its own bytes, by few connections", "[python]") {
  if (!has_fetch_server()) return skip(no_fetch_server);
  const FetchServer server;
  Fetcher fetcher = fetcher_for({server.url()});
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int k = 0; k < 50; ++k) {
        const std::string name = std::to_string(i) + "-" + std::to_string(k);
        if (text_of(fetcher.fetch(server.url("/ok/" + name))) != name + "?") ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(server.connections() <= 4);
}

TEST_CASE("given TLS, only known authorities and the certificate's host are trusted", "[python]") {
  if (!has_fetch_server()) return skip(no_fetch_server);
  if (!has_program("openssl")) return skip("no openssl");
  const TemporaryDir dir;
  const std::string key = dir / "key.pem", certificate = dir / "certificate.pem";
  REQUIRE(run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
              "-subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout " +
              key + " -out " + certificate)
              .exit_code == 0);
  const FetchServer server(certificate, key);
  const std::vector<std::string> allowed{server.url("/", "localhost"), server.url("/")};
  Fetcher trusting = fetcher_for(allowed, {.ca_file = certificate});
  CHECK(text_of(trusting.fetch(server.url("/ok/a", "localhost"))) == "a?");
  CHECK(failure_of(trusting.fetch(server.url("/ok/a"))).code == FetchCode::untrusted);
  Fetcher careful = fetcher_for(allowed);
  const FetchFailure failure = failure_of(careful.fetch(server.url("/ok/a", "localhost")));
  CHECK(failure.code == FetchCode::untrusted);
  CHECK_FALSE(failure.is_transient);
}

TEST_CASE("given a bucket, requests are signed", "[python]") {
  if (!has_fetch_server()) return skip(no_fetch_server);
  const FetchServer server;
  const std::string key = "2026/a b+c&d=\xc3\xb6%2F?#~.jpg";
  server.put(key, "picture");
  const AllowedPrefixes allowed({"s3://bucket/2026"});
  Fetcher fetcher(allowed, {}, server.aws());
  CHECK(text_of(fetcher.fetch("s3://bucket/" + key)) == "picture");
  CHECK(failure_of(fetcher.fetch("s3://bucket/2026/missing")).code == FetchCode::not_found);
  CHECK(failure_of(fetcher.fetch("s3://bucket/2025/a")).code == FetchCode::not_allowed);
  AwsSettings wrong = server.aws();
  wrong.secret_key = "wrong";
  Fetcher stranger(allowed, {}, wrong), nobody(allowed, {}, {.endpoint = server.url()});
  const FetchFailure failure = failure_of(stranger.fetch("s3://bucket/2026/a"));
  CHECK(failure.code == FetchCode::forbidden);
  CHECK_THAT(failure.reason, Contains("s3://bucket/2026/a: the server answers 403"));
  CHECK(failure_of(nobody.fetch("s3://bucket/2026/a")).code == FetchCode::forbidden);
}
