// SPDX-License-Identifier: MIT
#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <fliqe/base/adaptive_parallel.hpp>
#include <fliqe/base/cpu.hpp>
#include <fliqe/base/error.hpp>
#include <fliqe/base/task_queue.hpp>
#include <fliqe/base/tensor.hpp>
#include <fliqe/model/arena_plan.hpp>
#include <fliqe/version.hpp>
#include <string>
#include <thread>
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

TEST_CASE("given a team, every thread runs once") {
  const int threads = GENERATE(1, 2, 4, 7);
  std::atomic<int> arrived{0};
  int team_size = 0;
  parallel(threads, [&](const Team& team) {
    if (team.index() == 0) team_size = team.size();
    ++arrived;
  });
  CHECK(arrived == team_size);
}

TEST_CASE("given little work, it is divided for few threads; given much, several times for each") {
  CHECK(task_count(1, 8) == 1);
  CHECK(task_count(35'000, 8) == 3);
  CHECK(task_count(500'000, 8) == 8);
  CHECK(task_count(1e12, 8) == 32);
  CHECK(task_count(1e12, 1) == 1);
  for (double cycles = 1; cycles < 1e9; cycles *= 1.5) {
    const int tasks = task_count(cycles, 3);
    CHECK((tasks <= 3 || tasks % 3 == 0));
  }
}

TEST_CASE("given steps of tasks, each task runs once, after all tasks of the step before") {
  constexpr std::size_t steps = 60;
  constexpr int most_tasks = 12;
  const int threads = GENERATE(1, 2, 5);
  const auto tasks_of = [&](std::size_t step) { return 1 + static_cast<int>(step) % most_tasks; };
  TaskQueue queue;
  for (int round = 0; round < 2; ++round) {  // the queue is used again
    std::vector<std::array<std::atomic<int>, most_tasks>> runs(steps);
    std::vector<std::atomic<int>> ended(steps);
    std::atomic<bool> too_early{false};
    queue.prepare(threads);
    parallel(threads, [&](const Team& team) {
      TaskQueue::Worker worker(queue, team);
      for (std::size_t i = 0; i < steps; ++i) {
        worker.run(tasks_of(i), [&](const Task& task) {
          if (i > 0 && ended[i - 1] != tasks_of(i - 1)) too_early = true;
          ++runs[i][static_cast<std::size_t>(task.index)];
          ++ended[i];
        });
      }
    });
    CHECK_FALSE(too_early);
    for (std::size_t i = 0; i < steps; ++i) {
      for (int task = 0; task < tasks_of(i); ++task) {
        CHECK(runs[i][static_cast<std::size_t>(task)] == 1);
      }
    }
  }
}

TEST_CASE("given a thread that comes late, the others do its tasks and it runs none twice") {
  TaskQueue queue;
  queue.prepare(2);
  std::atomic<bool> finished{false};
  std::atomic<int> runs{0}, runs_of_late_thread{0};
  int size = 0;
  parallel(2, [&](const Team& team) {
    if (team.index() == 0) size = team.size();
    const bool late = team.index() == 1;
    while (late && !finished) std::this_thread::yield();
    TaskQueue::Worker worker(queue, team);
    for (int step = 0; step < 2; ++step) {
      worker.run(4, [&](const Task&) {
        ++runs;
        runs_of_late_thread += late;
      });
    }
    finished = true;
  });
  CHECK(runs == 8);
  if (size == 2) CHECK(runs_of_late_thread == 0);
}

TEST_CASE("given a task that takes long, the thread that waits sleeps and wakes up") {
  TaskQueue queue;
  queue.prepare(2);
  std::atomic<int> runs{0};
  parallel(2, [&](const Team& team) {
    TaskQueue::Worker worker(queue, team);
    for (int step = 0; step < 3; ++step) {
      worker.run(1, [&](const Task&) {
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        ++runs;
      });
    }
  });
  CHECK(runs == 3);
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
  CHECK_THROWS_WITH(select_isa(), Catch::Contains("FLIQE_ISA: expected baseline, ") &&
                                      Catch::Contains(", found 'mmx'"));
#if FLIQE_HAS_AMX
  CHECK_THROWS_WITH(select_isa(), Catch::Contains("baseline, avx2, avx512 or amx, found"));
  isa.set("neon");
  CHECK_THROWS_WITH(select_isa(), Catch::Contains("built without 'neon' code"));
#elif FLIQE_HAS_BF16
  CHECK_THROWS_WITH(select_isa(), Catch::Contains("baseline, neon, dotprod, i8mm or bf16, found"));
  isa.set("avx2");
  CHECK_THROWS_WITH(select_isa(), Catch::Contains("built without 'avx2' code"));
#endif
  isa.unset();
  CHECK(is_supported(select_isa()));
}

TEST_CASE("given the main ID register of an ARM core, it is named") {
  CHECK(detail::arm_core_name(0x414fd0b1) == "Cortex-A76");
  CHECK(detail::arm_core_name(0x410fd034) == "Cortex-A53");
  CHECK(detail::arm_core_name(0x411fd990) == "Arm core 0xd99");
  CHECK(detail::arm_core_name(0x611f0230) == "core 0x023");
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

#if defined(_OPENMP)
namespace {

/// Shows the time that a test has set.
struct SetClock {
  using duration = std::chrono::milliseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<SetClock>;
  [[maybe_unused]] static constexpr bool is_steady = true;
  static time_point now() { return time_point(time); }
  static inline duration time{0};
};

}  // namespace

TEST_CASE("given regions that are slower on all threads, most run on one, until all are faster") {
  using std::chrono::milliseconds;
  BasicAdaptiveParallel<SetClock> parallel;
  const auto alone_among_20 = [&](milliseconds on_all, milliseconds on_one) {
    int alone = 0;
    for (int i = 0; i < 20; ++i) {
      parallel.run(2, 1, [&](const Team& team) {
        if (team.index() != 0) return;
        if (team.size() == 1) ++alone;
        SetClock::time += team.size() == 1 ? on_one : on_all;
      });
    }
    return alone;
  };
  CHECK(alone_among_20(milliseconds(1), milliseconds(20)) == 1);  // to know how long it takes
  CHECK(alone_among_20(milliseconds(80), milliseconds(20)) >= 14);
  CHECK(alone_among_20(milliseconds(80), milliseconds(20)) >= 17);
  alone_among_20(milliseconds(1), milliseconds(20));
  CHECK(alone_among_20(milliseconds(1), milliseconds(20)) == 0);
}
#endif

TEST_CASE("given one thread, a region runs on the calling thread") {
  AdaptiveParallel parallel;
  const auto caller = std::this_thread::get_id();
  parallel.run(1, 1, [&](const Team& team) {
    CHECK(team.size() == 1);
    CHECK(std::this_thread::get_id() == caller);
  });
}
