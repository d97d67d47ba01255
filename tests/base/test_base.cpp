// SPDX-License-Identifier: MIT
#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fliqe/base/cpu.hpp>
#include <fliqe/base/error.hpp>
#include <fliqe/base/parallel.hpp>
#include <fliqe/base/tensor.hpp>
#include <fliqe/model/arena_plan.hpp>
#include <fliqe/version.hpp>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <vector>

#include "support/environment.hpp"

using namespace fliqe;
using namespace fliqe::test;

TEST_CASE("given any count and parts, shares are contiguous, complete and nearly equal") {
  for (std::size_t count = 0; count < 40; ++count) {
    for (std::size_t parts = 1; parts < 12; ++parts) {
      std::size_t at = 0;
      for (std::size_t part = 0; part < parts; ++part) {
        const Range mine = share(count, part, parts);
        REQUIRE(mine.begin == at);
        REQUIRE((mine.size() == count / parts || mine.size() == count / parts + 1));
        at = mine.end;
      }
      REQUIRE(at == count);
    }
  }
}

TEST_CASE("given a team, every thread runs once and barriers hold") {
  const int threads = GENERATE(1, 2, 4, 7);
  std::atomic<int> arrived{0};
  std::atomic<bool> early{false};
  int team_size = 0;
  parallel(threads, [&](const Team& team) {
    if (team.index() == 0) team_size = team.size();
    ++arrived;
    team.barrier();
    if (arrived != team.size()) early = true;
  });
  CHECK_FALSE(early);
  CHECK(arrived == team_size);
}

TEST_CASE("given a caller's own parallel region, ours stays on the calling thread") {
  std::atomic<int> largest{0};
  parallel(2, [&](const Team&) {
    parallel(4, [&](const Team& inner) {
      int seen = largest;
      while (inner.size() > seen && !largest.compare_exchange_weak(seen, inner.size())) {
      }
    });
  });
#if defined(_OPENMP)
  if (omp_get_max_threads() > 1) CHECK(largest == 1);
#endif
}

TEST_CASE("given the version, its macros agree and name the inline namespace") {
  const std::string dotted = std::to_string(FLIQE_VERSION_MAJOR) + "." +
                             std::to_string(FLIQE_VERSION_MINOR) + "." +
                             std::to_string(FLIQE_VERSION_PATCH);
  CHECK(dotted == version);
  CHECK(FLIQE_VERSION_NUMBER ==
        10000 * FLIQE_VERSION_MAJOR + 100 * FLIQE_VERSION_MINOR + FLIQE_VERSION_PATCH);
  CHECK(std::is_same_v<fliqe::FLIQE_ABI::Error, fliqe::Error>);
  const std::string abi =
      "v" + std::to_string(FLIQE_VERSION_MAJOR) + "_" + std::to_string(FLIQE_VERSION_MINOR);
  CHECK_THAT(typeid(Error).name(), Catch::Contains(abi));
}

TEST_CASE("given a thread option, 0 means the environment or all cores and nonsense is refused") {
  CHECK(resolve_thread_count(3) == 3);
  CHECK_THROWS_AS(resolve_thread_count(-1), Error);
  CHECK_THROWS_AS(resolve_thread_count(5000), Error);
  const EnvironmentVariable threads("FLIQE_THREADS");
  threads.set("5");
  CHECK(resolve_thread_count(0) == 5);
  CHECK(resolve_thread_count(2) == 2);
  for (const char* all_cores : {"0", ""}) {
    threads.set(all_cores);
    CHECK(resolve_thread_count(0) >= 1);
  }
  threads.unset();
  CHECK(resolve_thread_count(0) >= 1);
}

TEST_CASE("given a malformed FLIQE_THREADS, the error names what was expected and found") {
  const EnvironmentVariable threads("FLIQE_THREADS");
  for (const std::string wrong : {"two", "2x", "-1", "1025", "1.5", " 2", "99999999999"}) {
    threads.set(wrong.c_str());
    CHECK_THROWS_WITH(default_thread_count(),
                      "FLIQE_THREADS: expected 0 (all cores) to 1024, found '" + wrong + "'");
  }
}

TEST_CASE("given FLIQE_ISA, a known and supported name is taken and others are refused") {
  const EnvironmentVariable isa("FLIQE_ISA");
  isa.set("baseline");
  CHECK(select_isa() == Isa::baseline);
  isa.set("mmx");
  CHECK_THROWS_WITH(select_isa(),
                    Catch::Contains("expected baseline, avx2, avx512 or amx, found 'mmx'"));
  isa.unset();
  CHECK(is_supported(select_isa()));
}

TEST_CASE("given a result, it holds either a value or an error") {
  const auto half = [](int value) {
    return detail::capture([&] {
      detail::require(value % 2 == 0, ErrorCode::invalid_argument, "odd");
      return value / 2;
    });
  };
  CHECK(half(4).value() == 2);
  CHECK_FALSE(half(3).has_value());
  CHECK(half(3).error().code() == ErrorCode::invalid_argument);
  CHECK_THROWS_WITH(half(3).value(), "odd");
}

TEST_CASE("given a layout with a halo, offsets reach into it and stay inside the image") {
  const TensorLayout layout = TensorLayout::packed({2, 5, 4, 3}, 2);
  CHECK(layout.offset(-2, -2) == 0);
  CHECK(layout.image_size() == 9u * 8u * 3u);
  CHECK(layout.offset(6, 5) + 3 == static_cast<std::ptrdiff_t>(layout.image_size()));
  CHECK_FALSE(layout.rows_are_contiguous());
  CHECK(TensorLayout::packed({2, 5, 4, 3}).rows_are_contiguous());
}

TEST_CASE("given tensors and their lives, the arena never lets two live ones overlap") {
  model::ArenaPlan plan;
  struct Life {
    model::ArenaPlan::Id id;
    int first, last;
    bool halo;
    std::size_t bytes;
  };
  std::vector<Life> lives;
  std::size_t total = 0;
  for (int i = 0; i < 40; ++i) {
    const int size = 1 + (i * 37) % 23, last = i + (i * 7) % 6;
    const std::size_t element_size = i % 3 == 0 ? 1 : 4;
    const TensorLayout layout = TensorLayout::packed({1, size, size, 3}, i % 9 == 0 ? 1 : 0);
    const std::size_t bytes = layout.image_size() * element_size;
    lives.push_back({plan.add(layout, element_size, i), i, last, i % 9 == 0, bytes});
    plan.use(lives.back().id, last);
    total += bytes + 64;
  }
  plan.assign();
  CHECK(plan.slab_size() < total);
  for (const Life& a : lives) {
    REQUIRE(plan.offset(a.id) + a.bytes <= plan.slab_size());
    for (const Life& b : lives) {
      if (a.id == b.id) continue;
      const bool together = a.halo || b.halo || (a.first <= b.last && b.first <= a.last);
      const bool apart = plan.offset(a.id) + a.bytes <= plan.offset(b.id) ||
                         plan.offset(b.id) + b.bytes <= plan.offset(a.id);
      REQUIRE((!together || apart));
    }
  }
}
