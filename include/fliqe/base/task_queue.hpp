// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <fliqe/base/parallel.hpp>
#include <fliqe/version.hpp>
#include <memory>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace fliqe::inline FLIQE_ABI {

/// Into how many tasks work of about so many processor cycles is worth dividing on `threads`
/// threads: fewer than threads where handing a task over costs more than it saves; several for each
/// thread where the work is large, so that a thread which the system has interrupted leaves little
/// for the others to wait for.
constexpr int task_count(double cycles, int threads) noexcept {
  constexpr double least_cycles = 10'000, least_cycles_of_several = 1'000'000;  // of a task
  constexpr int most_for_each_thread = 4;
  const auto at_most = [&](double least, int most) {
    return cycles < least * most ? std::max(1, static_cast<int>(cycles / least)) : most;
  };
  if (threads == 1) return 1;
  const int tasks = at_most(least_cycles, threads);
  const int several = at_most(least_cycles_of_several, most_for_each_thread * threads);
  return std::max(tasks, several - several % threads);
}

/// Shares out the tasks of consecutive steps among the threads of a team. Threads claim tasks one
/// by one, and a step begins when all tasks of the one before are done, not when all threads have
/// arrived: a thread that the system has taken off its processor holds up only the task in its
/// hands. Claims take no lock; a thread that waits spins for a while, then sleeps.
class TaskQueue {
 public:
  /// Makes it ready for the steps of one parallel region with up to `threads` threads, before the
  /// region begins. Allocates when there were never as many.
  void prepare(int threads) {
    if (threads > threads_) {
      claims_ = std::make_unique<Claims[]>(static_cast<std::size_t>(threads));
      threads_ = threads;
    }
    if (progress_ == nullptr) progress_ = std::make_unique<Progress>();
    for (int i = 0; i < threads; ++i) claims_[static_cast<std::size_t>(i)].newest = 0;
    progress_->steps_done = 0;
  }

  /// A thread's access to the queue, for one parallel region.
  class Worker {
   public:
    Worker(TaskQueue& queue, const Team& team) noexcept : queue_(queue), team_(team) {}

    /// The next step, of `tasks` tasks: runs `body(Task)` for those that this thread claims, and
    /// returns when those of all threads are done. Every thread of the team calls it for each step
    /// in turn, with the same number of tasks. A thread begins with its own share, whose inputs it
    /// is likely to have written; then it takes what others have not begun.
    template <class Body>
    void run(int tasks, const Body& body) {
      if (team_.size() == 1) {
        for (int i = 0; i < tasks; ++i) body(Task{i, tasks});
        return;
      }
      int done = 0;
      for (int i = 0; i < team_.size(); ++i) {
        const int owner = (team_.index() + i) % team_.size();
        const Range share = Task{owner, team_.size()}.share(static_cast<std::size_t>(tasks));
        const auto first = static_cast<int>(share.begin), size = static_cast<int>(share.size());
        for (int n; (n = queue_.claim(owner, step_, size)) < size; ++done) {
          body(Task{first + n, tasks});
        }
      }
      queue_.finish(step_, done, tasks);
      ++step_;
    }

   private:
    TaskQueue& queue_;
    Team team_;
    std::uint32_t step_ = 0;
  };

 private:
  /// Of a thread's share: the newest step in which tasks were claimed, in the upper half, and how
  /// many of them.
  struct alignas(64) Claims {
    std::atomic<std::uint64_t> newest{0};
  };
  struct Progress {
    alignas(64) std::atomic<std::uint32_t> steps_done{0};
    alignas(64) std::atomic<int> tasks_done{0};  ///< of the step under way
  };

  /// The number of the next task among the `size` of `owner`; `size` when there are none left.
  int claim(int owner, std::uint32_t step, int size) noexcept {
    std::atomic<std::uint64_t>& newest = claims_[static_cast<std::size_t>(owner)].newest;
    std::uint64_t found = newest.load(std::memory_order_relaxed);
    for (;;) {
      const auto found_step = static_cast<std::uint32_t>(found >> 32);
      const int next = found_step == step ? static_cast<int>(found & 0xffffffff) : 0;
      if (found_step > step || next == size) return size;
      const std::uint64_t claimed =
          std::uint64_t{step} << 32 | static_cast<std::uint32_t>(next + 1);
      if (newest.compare_exchange_weak(found, claimed, std::memory_order_relaxed)) return next;
    }
  }

  /// Adds what this thread has done to the step, and waits for what is missing.
  void finish(std::uint32_t step, int done, int tasks) noexcept {
    std::atomic<std::uint32_t>& steps_done = progress_->steps_done;
    std::atomic<int>& tasks_done = progress_->tasks_done;
    if (done > 0 && tasks_done.fetch_add(done, std::memory_order_acq_rel) + done == tasks) {
      tasks_done.store(0, std::memory_order_relaxed);
      steps_done.store(step + 1, std::memory_order_release);
      steps_done.notify_all();
      return;
    }
    constexpr int spins = 5000;  // some 100 us: more than threads on processors of their own need
    for (int spin = 0; steps_done.load(std::memory_order_acquire) <= step; ++spin) {
      if (spin < spins) {
        pause();
      } else if (const std::uint32_t found = steps_done.load(std::memory_order_acquire);
                 found <= step) {
        steps_done.wait(found, std::memory_order_acquire);
      }
    }
  }

  static void pause() noexcept {
#if defined(__SSE2__)
    _mm_pause();
#endif
  }

  std::unique_ptr<Claims[]> claims_;  ///< of each thread
  std::unique_ptr<Progress> progress_;
  int threads_ = 0;
};

}  // namespace fliqe::inline FLIQE_ABI
