// SPDX-License-Identifier: MIT
/// @file
/// Counts every heap allocation of the process, so it is a program of its own.
#define CATCH_CONFIG_MAIN
#include <atomic>
#include <catch2/catch.hpp>
#include <cerrno>
#include <cstdlib>
#include <fliqe/fliqe.hpp>

#include "support/files.hpp"
#include "support/program.hpp"

using namespace fliqe;
using namespace fliqe::test;

namespace {
std::atomic<long> allocations{0};
std::atomic<long> until_failure{-1};  ///< allocations that still succeed; below 0: all

bool fails() {
  ++allocations;
  return until_failure >= 0 && until_failure-- == 0;
}
}  // namespace

// The allocation functions of the C library come through here too, those of OpenMP among them.
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t size) {
  return fails() ? nullptr : __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  return fails() ? nullptr : __libc_calloc(count, size);
}
void* realloc(void* pointer, std::size_t size) {
  return fails() ? nullptr : __libc_realloc(pointer, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  return fails() ? nullptr : __libc_memalign(alignment, size);
}
int posix_memalign(void** pointer, std::size_t alignment, std::size_t size) {
  *pointer = fails() ? nullptr : __libc_memalign(alignment, size);
  return *pointer == nullptr ? ENOMEM : 0;
}
}

TEST_CASE("given pictures of one size, only the first call allocates") {
  const int threads = GENERATE(1, 2);
  const FLIQE<CompactResNet50> fliqe(default_weights(), {.threads = threads});
  const std::vector<std::uint8_t> pixels(640 * 512 * 3, 77);
  const std::vector<ImageView> views(3, bgr(pixels.data(), 640, 512));
  std::vector<Assessment> results(3);
  fliqe.assess(views, results);
  static_cast<void>(fliqe.estimate_image_quality(views[0]));

  const long before = allocations;
  for (int i = 0; i < 3; ++i) {
    static_cast<void>(fliqe.estimate_image_quality(views[0]));
    static_cast<void>(fliqe.embedding(views[1]));
    fliqe.assess(views, results);
  }
  const long during = allocations - before;
  CHECK(during == 0);
}

TEST_CASE("given weights in bytes, only the first call allocates") {
  const TemporaryDir dir;
  const Finished made =
      test::fliqe("quantize '" + default_weights() + "' --clip max -o '" + dir / "int8" +
                  "' --images '" + (example_images() / "0_120_60_0_09564.jpg").string() + "'");
  REQUIRE(made.exit_code == 0);
  const FLIQE<CompactResNet50, int8> fliqe(dir / "int8", {.threads = 2});
  const std::vector<std::uint8_t> pixels(640 * 512, 77);
  const ImageView picture = gray(pixels.data(), 640, 512);
  static_cast<void>(fliqe.estimate_image_quality(picture));

  const long before = allocations;
  for (int i = 0; i < 3; ++i) static_cast<void>(fliqe.estimate_image_quality(picture));
  const long during = allocations - before;
  CHECK(during == 0);
}

TEST_CASE("given a running session, frames allocate nothing") {
  OnlineFLIQE<CompactResNet50> online(default_weights(),
                                      {.smoothing_window = 4, .model = {.threads = 2}});
  const std::vector<std::uint8_t> pixels(320 * 240, 33);
  const std::string camera = "cam";
  online.create_session(camera);
  online.estimate_smoothed_quality(gray(pixels.data(), 320, 240), camera);

  const long before = allocations;
  for (int i = 0; i < 8; ++i) {
    static_cast<void>(online.assess_frame(gray(pixels.data(), 320, 240), camera));
    static_cast<void>(online.get_smoothed_quality(camera));
  }
  const long during = allocations - before;
  CHECK(during == 0);
}

TEST_CASE(
    "given memory that runs out at any moment, loading and scoring throw and leave no trace") {
  const std::vector<std::uint8_t> pixels(64 * 48, 99);
  const ImageView picture = gray(pixels.data(), 64, 48);
  const auto score = [&] {
    const FLIQE<CompactResNet50> fliqe(default_weights(), {.threads = 1});
    return fliqe.estimate_image_quality(picture);
  };
  const double expected = score();
  const long before = allocations;
  score();
  const long needed = allocations - before;
  REQUIRE(needed > 500);
  int failures = 0;
  // Every allocation at the beginning, then some of each part: two hundred runs.
  for (long i = 0; i < needed; i += i < 50 ? 1 : needed / 150) {
    until_failure = i;
    try {
      static_cast<void>(score());
    } catch (const std::bad_alloc&) {
      ++failures;
    } catch (const Error& error) {
      FAIL(error.what());
    }
    until_failure = -1;
  }
  CHECK(failures > 150);
  CHECK(score() == expected);
}

TEST_CASE("given the counter, it counts") {
  const long before = allocations;
  const auto owned = std::make_unique<std::vector<int>>(1000);
  CHECK(allocations - before >= 2);
}
