// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <fliqe/base/error.hpp>
#include <fliqe/version.hpp>
#include <string>
#include <string_view>
#include <system_error>

#if defined(_OPENMP)
#include <omp.h>
#endif

namespace fliqe::inline FLIQE_ABI {

/// Half-open range of work items.
struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;

  std::size_t size() const noexcept { return end - begin; }
  bool empty() const noexcept { return begin >= end; }
};

/// The `part`-th of `parts` nearly equal, contiguous shares of `count` items.
constexpr Range share(std::size_t count, std::size_t part, std::size_t parts) noexcept {
  const std::size_t base = count / parts;
  const std::size_t longer = count % parts;
  const std::size_t begin = part * base + std::min(part, longer);
  return {begin, begin + base + (part < longer ? 1 : 0)};
}

/// One of `count` nearly equal parts of some work. How many there are changes no result.
struct Task {
  int index = 0;
  int count = 1;

  /// This task's share of `items` items.
  Range share(std::size_t items) const noexcept {
    return fliqe::share(items, static_cast<std::size_t>(index), static_cast<std::size_t>(count));
  }
};

/// The threads that run one parallel region, seen from one of them.
class Team {
 public:
  /// A team of one: everything runs on the calling thread.
  Team() = default;
  Team(int index, int size) noexcept : index_(index), size_(size) {}

  int index() const noexcept { return index_; }
  int size() const noexcept { return size_; }

  /// This thread's part of work that is shared equally.
  Task task() const noexcept { return {index_, size_}; }
  Range share(std::size_t items) const noexcept { return task().share(items); }

 private:
  int index_ = 0;
  int size_ = 1;
};

inline constexpr int max_threads = 1024;

/// Threads used when a caller asks for 0: `FLIQE_THREADS` if set, else what OpenMP offers (which
/// follows `OMP_NUM_THREADS` and the process's CPU affinity); 1 without OpenMP.
/// @throws Error `invalid_argument` when `FLIQE_THREADS` is not a number from 0 (all cores) to 1024
inline int default_thread_count() {
  if (const char* variable = std::getenv("FLIQE_THREADS"); variable && *variable != '\0') {
    const std::string_view text = variable;
    int threads = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), threads);
    const bool is_number = error == std::errc() && end == text.data() + text.size();
    if (!is_number || threads < 0 || threads > max_threads) {
      detail::raise(ErrorCode::invalid_argument, {"FLIQE_THREADS: expected 0 (all cores) to ",
                                                  max_threads, ", found '", text, "'"});
    }
    if (threads > 0) return threads;
  }
#if defined(_OPENMP)
  return std::max(1, omp_get_max_threads());
#else
  return 1;
#endif
}

/// Resolves a user's thread option: 0 means `default_thread_count()`.
/// @throws Error `invalid_argument` below 0 or above 1024, or as default_thread_count()
inline int resolve_thread_count(int threads) {
  if (threads < 0 || threads > max_threads) {
    detail::raise(ErrorCode::invalid_argument,
                  {"thread count: expected 0 (all cores) to ", max_threads, ", found ", threads});
  }
  return threads == 0 ? default_thread_count() : threads;
}

namespace detail {

/// Calls `body(team)`; what it throws is kept in `failure`, for nothing may leave a parallel
/// region.
template <class Body>
void run_guarded(const Body& body, const Team& team, std::exception_ptr& failure) noexcept {
#if defined(__cpp_exceptions)
  try {
    body(team);
  } catch (...) {
#if defined(_OPENMP)
#pragma omp critical(fliqe_failure)
#endif
    failure = std::current_exception();
  }
#else
  static_cast<void>(failure);
  body(team);
#endif
}

}  // namespace detail

/// Runs `body(Team)` on up to `threads` threads and returns when all have finished; then throws
/// what one of them threw. A `body` that others
/// wait for (TaskQueue) must not throw. Inside somebody else's parallel
/// region the team has one thread, so cores are never oversubscribed.
template <class Body>
void parallel(int threads, const Body& body) {
#if defined(_OPENMP)
  if (threads > 1 && !omp_in_parallel()) {
    std::exception_ptr failure;
#pragma omp parallel num_threads(threads)
    detail::run_guarded(body, Team{omp_get_thread_num(), omp_get_num_threads()}, failure);
    if (failure) std::rethrow_exception(failure);
    return;
  }
#endif
  static_cast<void>(threads);
  body(Team{});
}

}  // namespace fliqe::inline FLIQE_ABI
