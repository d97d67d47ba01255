// SPDX-License-Identifier: MIT
#include "fleet/picture_work.hpp"

#include <new>
#include <utility>

#include "io/sha256.hpp"
#include "scoring/score_pictures.hpp"
#include "watch/clock.hpp"

namespace fliqe::tools {

Outcome PictureWork::operator()(const Task& task) {
  try {
    const FetchResult fetched = fetch_patiently([&] { return fetcher_.fetch(task.reference()); },
                                                {}, real_clock(), stopped_);
    if (fetched.failure) {
      return {std::string(to_string(fetched.failure->code)), fetched.failure->reason};
    }
    return score(fetched.bytes, task);
  } catch (const std::bad_alloc&) {
    return {"out_of_memory", shown_reference(task.reference()) + ": out of memory"};
  } catch (const std::exception& error) {
    return {"internal", shown_reference(task.reference()) + ": " + error.what()};
  }
}

Outcome PictureWork::score(std::span<const std::byte> bytes, const Task& task) {
  ThermalOptions thermal = thermal_;
  if (!task.description->agc.empty()) thermal.agc = task.description->agc;
  free_.acquire();
  const ScoredImage scored =
      score_bytes(scorer_, bytes, shown_reference(task.reference()), thermal);
  free_.release();
  if (!scored.assessment) return {scored.error_code, scored.error};
  return {{},
          {},
          scored.assessment->quality,
          scored.assessment->logit,
          scored.width,
          scored.height,
          scored.agc,
          sha256(bytes),
          scored.causes};
}

}  // namespace fliqe::tools
