// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/eval/opinion_agreement.hpp>
#include <map>
#include <string>
#include <vector>

#include "app/model_options.hpp"
#include "dataset/picture_set.hpp"
#include "io/json.hpp"

namespace fliqe::tools {

/// A picture and what people think of it.
struct RatedPicture {
  std::string path, group;
  double opinion = 0;
  double quality = 0, logit = 0;  ///< once it is scored
};

/// Opinion scores that somebody collected, one row for each picture.
struct OpinionTable {
  std::string path, column;
  bool has_groups = false;
  std::vector<RatedPicture> pictures;
};

/// Reads a .csv file with a column of files (file, image, filename or path, beside the table), one
/// of scores (mos, dmos, opinion or score) and perhaps one of groups (group), in any case.
/// @param column  of the scores; empty: that of these names
/// @throws Error `io` or `corrupt_file`: also for fewer than five pictures, a picture that is there
///         twice, a score that is no number and scores that are all equal
OpinionTable read_opinions(const std::string& path, const std::string& column);

/// Scores the pictures of the table, and leaves out those that cannot be read.
/// @param set  how pictures are read
/// @return how many were left out. @throws Error `invalid_argument` when fewer than five are left
std::size_t score_opinions(OpinionTable& table, PictureSet set, const Scorer& scorer);

/// Everything that `fliqe eval --opinions` finds out.
struct OpinionReport {
  OpinionTable table;
  bool lower_is_better = false;  ///< of the opinions
  std::size_t units = 0;         ///< groups or pictures that intervals are drawn from
  bool draws_groups = false;
  BootstrapOptions bootstrap;
  OpinionAgreement agreement;
  std::map<std::string, Interval> groups;  ///< SROCC within groups of at least five pictures
  std::string model, arithmetic;

  /// What the reader should know before believing the figures; none, or some sentences.
  std::vector<std::string> warnings() const;
};

/// @param draw_groups  draw whole groups for the intervals, where the table has any
/// @throws Error `invalid_argument` when all pictures have the same quality
OpinionReport compare_opinions(OpinionTable table, bool lower_is_better, bool draw_groups,
                               const BootstrapOptions& bootstrap);

/// A row for each picture: file, group, opinion, quality, logit.
std::string opinions_table(const OpinionTable& table);

Json to_json(const OpinionReport& report);
std::string to_text(const OpinionReport& report);
/// A page of its own, with drawings; needs nothing from elsewhere.
std::string to_html(const OpinionReport& report);

}  // namespace fliqe::tools
