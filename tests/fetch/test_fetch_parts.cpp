// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <fliqe/base/error.hpp>
#include <string>
#include <vector>

#include "fetch/aws_settings.hpp"
#include "fetch/fetch_patiently.hpp"
#include "support/environment.hpp"

using namespace fliqe;
using namespace fliqe::test;
using namespace fliqe::tools;

namespace {

/// Nobody waits, but it is known how long.
class CountingClock : public Clock {
 public:
  time_point now() const override { return now_; }
  bool sleep_until(time_point time, const std::atomic<bool>& stopped) override {
    waits.push_back(std::chrono::duration<double>(time - now_).count());
    now_ = time;
    return !stopped;
  }

  std::vector<double> waits;

 private:
  time_point now_{};
};

FetchResult failed(bool is_transient, double retry_after = 0) {
  return {.failure = FetchFailure{.code = FetchCode::server_error,
                                  .reason = "it fails",
                                  .is_transient = is_transient,
                                  .retry_after = retry_after}};
}

/// Fetches what comes next of a list.
struct Attempts {
  std::vector<FetchResult> results;
  std::size_t made = 0;

  FetchResult run(CountingClock& clock, const std::atomic<bool>& stopped) {
    return fetch_patiently([&] { return results.at(made++); },
                           {.tries = 5, .first_wait = 1, .longest_wait = 4}, clock, stopped);
  }
};

}  // namespace

TEST_CASE("given transient failures, a fetch is tried again after growing waits") {
  CountingClock clock;
  Attempts attempts{{failed(true), failed(true), failed(true), failed(true), {}}};
  const FetchResult result = attempts.run(clock, false);
  CHECK_FALSE(result.failure);
  CHECK(result.tries == 5);
  REQUIRE(clock.waits.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    const double whole = i == 0 ? 1 : i == 1 ? 2 : 4;
    CHECK(clock.waits[i] >= whole / 2);
    CHECK(clock.waits[i] <= whole);
  }
}

TEST_CASE("given too many failures, or one for good, the last failure is the result") {
  CountingClock clock;
  Attempts all{std::vector<FetchResult>(5, failed(true))};
  CHECK(all.run(clock, false).tries == 5);
  CHECK(all.made == 5);
  Attempts lasting{{failed(true), failed(false)}};
  const FetchResult result = lasting.run(clock, false);
  CHECK(result.tries == 2);
  CHECK(result.failure->reason == "it fails");
}

TEST_CASE("given a server that asks to wait, it gets that much, up to the limit") {
  CountingClock clock;
  Attempts attempts{{failed(true, 3), failed(true, 1e9), {}}};
  CHECK(attempts.run(clock, false).tries == 3);
  CHECK(clock.waits == std::vector<double>{3, 4});
}

TEST_CASE("given a program that ends, nothing is tried again") {
  CountingClock clock;
  Attempts attempts{{failed(true), {}}};
  CHECK(attempts.run(clock, true).failure);
  CHECK(attempts.made == 1);
}

TEST_CASE("given the usual variables, they say where S3 is and who asks") {
  const EnvironmentVariable key("AWS_ACCESS_KEY_ID"), secret("AWS_SECRET_ACCESS_KEY"),
      token("AWS_SESSION_TOKEN"), region("AWS_REGION"), fallback("AWS_DEFAULT_REGION"),
      endpoint("AWS_ENDPOINT_URL"), own("AWS_ENDPOINT_URL_S3");
  for (const auto* each : {&key, &secret, &token, &region, &fallback, &endpoint, &own}) {
    each->unset();
  }
  CHECK(AwsSettings::from_environment().region == "us-east-1");
  key.set("k");
  secret.set("s");
  token.set("t");
  fallback.set("eu-west-1");
  endpoint.set("http://127.0.0.1:9000/");
  const AwsSettings aws = AwsSettings::from_environment();
  CHECK(aws.access_key + aws.secret_key + aws.session_token == "kst");
  CHECK(aws.region == "eu-west-1");
  CHECK(aws.url_of({"bucket", "a b/c"}).text() == "http://127.0.0.1:9000/bucket/a%20b/c");
  region.set("eu-north-1");
  own.set("https://s3.example/base/");
  CHECK(AwsSettings::from_environment().region == "eu-north-1");
  CHECK(AwsSettings::from_environment().url_of({"bucket", "a"}).text() ==
        "https://s3.example/base/bucket/a");
}

TEST_CASE("given no endpoint, buckets are Amazon's") {
  const AwsSettings aws{.region = "eu-west-1"};
  CHECK(aws.url_of({"bucket", "a/b"}).text() == "https://bucket.s3.eu-west-1.amazonaws.com/a/b");
  CHECK(aws.url_of({"with.dots", "a"}).text() == "https://s3.eu-west-1.amazonaws.com/with.dots/a");
  CHECK_THROWS_AS((AwsSettings{.endpoint = "nowhere"}.url_of({"bucket", "a"})), Error);
}
