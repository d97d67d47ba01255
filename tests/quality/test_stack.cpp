// SPDX-License-Identifier: MIT
#include <pthread.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fliqe/base/aligned_buffer.hpp>
#include <fliqe/fliqe.hpp>
#include <functional>

#include "support/files.hpp"

using namespace fliqe;
using namespace fliqe::test;

#if !defined(FLIQE_SANITIZED)  // which make frames larger

namespace {

/// Bytes of stack that `body` takes on a thread of its own: how far it has written over a pattern.
std::size_t stack_taken(std::function<void()> body) {
  constexpr std::size_t size = 1 << 20;
  constexpr auto pattern = std::byte{0xa5};
  AlignedBuffer<std::byte> stack(size);
  std::ranges::fill(stack, pattern);
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  REQUIRE(::pthread_attr_setstack(&attributes, stack.data(), size) == 0);
  pthread_t thread;
  const auto run = [](void* argument) -> void* {
    (*static_cast<std::function<void()>*>(argument))();
    return nullptr;
  };
  REQUIRE(::pthread_create(&thread, &attributes, run, &body) == 0);
  ::pthread_join(thread, nullptr);
  ::pthread_attr_destroy(&attributes);
  const auto untouched =
      std::ranges::find_if(stack, [](std::byte each) { return each != pattern; }) - stack.begin();
  return size - static_cast<std::size_t>(untouched);
}

}  // namespace

TEST_CASE("given a thread with a small stack, loading and scoring fit into 32 KiB of it") {
  const Image image = load_image((example_images() / "0_120_60_0_09564.jpg").string());
  double quality = 0;
  const std::size_t nothing = stack_taken([] {});
  const std::size_t taken = stack_taken([&] {
    const FLIQE<CompactResNet50> model(default_weights(), {.threads = 1});
    quality = model.estimate_image_quality(image);
  });
  CHECK(quality > 0.9);
  CHECK(taken > nothing);
  INFO(taken << " bytes, " << nothing << " of them for nothing");
  CHECK(taken < 32 << 10);
  const std::size_t decoding = stack_taken([&] {
    static_cast<void>(load_image((example_images() / "0_120_60_0_09564_MotionBlur.png").string()));
  });
  INFO(decoding << " bytes for decoding");
  CHECK(decoding < 32 << 10);
}

#endif
