// SPDX-License-Identifier: MIT
#include "eval/opinions.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "app/progress.hpp"
#include "io/csv.hpp"
#include "io/lower_case.hpp"

namespace fliqe::tools {
namespace {

std::string listed(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "'" : ", '") + name + "'";
  return list;
}

/// The place of the only column that has one of these names; nothing when none has.
std::optional<std::size_t> column_named(const CsvTable& table,
                                        std::initializer_list<std::string_view> names,
                                        const std::string& hint) {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < table.header.size(); ++i) {
    if (std::ranges::find(names, lower_case(table.header[i])) == names.end()) continue;
    require(!found, ErrorCode::corrupt_file,
            table.name + ": expected one column of its kind, found '" +
                table.header[found.value_or(0)] + "' and '" + table.header[i] + "'" + hint);
    found = i;
  }
  return found;
}

std::size_t file_column(const CsvTable& table) {
  const auto found = column_named(table, {"file", "image", "filename", "path"}, "");
  require(found.has_value(), ErrorCode::corrupt_file,
          table.name +
              ": expected a column of files, 'file', 'image', 'filename' or 'path', found " +
              listed(table.header));
  return *found;
}

std::size_t opinion_column(const CsvTable& table, const std::string& name) {
  const auto found =
      name.empty() ? column_named(table, {"mos", "dmos", "opinion", "score"},
                                  ": name the one of the opinion scores with --opinion-column")
                   : column_named(table, {lower_case(name)}, "");
  require(found.has_value(), ErrorCode::corrupt_file,
          table.name + ": expected a column of opinion scores, " +
              (name.empty() ? "'mos', 'dmos', 'opinion' or 'score' (or name it with "
                              "--opinion-column)"
                            : "'" + name + "'") +
              ", found " + listed(table.header));
  return *found;
}

double opinion_in(const OpinionTable& table, const std::string& file, const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number =
      error == std::errc() && end == text.data() + text.size() && std::isfinite(value);
  require(is_number, ErrorCode::corrupt_file,
          table.path + ": column '" + table.column + "' of '" + file +
              "': expected a number, found '" + text + "'");
  return value;
}

void check(const OpinionTable& table) {
  const std::size_t count = table.pictures.size();
  require(count >= OpinionAgreement::min_pictures, ErrorCode::corrupt_file,
          table.path + ": expected at least " + std::to_string(OpinionAgreement::min_pictures) +
              " pictures, found " + std::to_string(count));
  const double first = table.pictures.front().opinion;
  const bool differ = std::ranges::any_of(
      table.pictures, [&](const RatedPicture& each) { return each.opinion != first; });
  require(differ, ErrorCode::corrupt_file,
          table.path + ": column '" + table.column +
              "': expected different opinion scores, found " + digits9(first) + " for all " +
              std::to_string(count) + " pictures");
}

/// What is drawn for intervals: the pictures of each group.
BootstrapUnits groups_of(const OpinionTable& table) {
  std::map<std::string, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < table.pictures.size(); ++i) {
    groups[table.pictures[i].group].push_back(i);
  }
  BootstrapUnits units;
  for (auto& [name, pictures] : groups) units.push_back(std::move(pictures));
  return units;
}

struct Columns {
  std::vector<double> qualities, opinions;

  explicit Columns(const std::vector<RatedPicture>& pictures) {
    for (const RatedPicture& each : pictures) {
      qualities.push_back(each.quality);
      opinions.push_back(each.opinion);
    }
  }
};

/// SROCC of the pictures of each group, where it is defined.
std::map<std::string, Interval> within_groups(const OpinionTable& table, bool lower_is_better,
                                              const BootstrapOptions& bootstrap) {
  std::map<std::string, std::vector<RatedPicture>> groups;
  for (const RatedPicture& each : table.pictures) groups[each.group].push_back(each);
  std::map<std::string, Interval> result;
  for (const auto& [name, pictures] : groups) {
    const Columns columns(pictures);
    if (pictures.size() < OpinionAgreement::min_pictures ||
        std::isnan(spearman(columns.qualities, columns.opinions))) {
      continue;
    }
    result[name] =
        opinion_agreement(columns.qualities, columns.opinions, lower_is_better, {}, bootstrap)
            .srocc;
  }
  return result;
}

}  // namespace

OpinionTable read_opinions(const std::string& path, const std::string& column) {
  const CsvTable csv = read_csv(path);
  const std::size_t files = file_column(csv), opinions = opinion_column(csv, column);
  const auto groups = column_named(csv, {"group"}, "");
  OpinionTable table{path, csv.header[opinions], groups.has_value(), {}};
  std::set<std::string> known;
  for (const std::vector<std::string>& row : csv.rows) {
    const std::string picture = (std::filesystem::path(path).parent_path() / row[files]).string();
    require(known.insert(picture).second, ErrorCode::corrupt_file,
            path + ": expected one row for each picture, with the mean of its scores; found '" +
                row[files] + "' twice");
    table.pictures.push_back(
        {picture, groups ? row[*groups] : "", opinion_in(table, row[files], row[opinions])});
  }
  check(table);
  return table;
}

std::size_t score_opinions(OpinionTable& table, PictureSet set, const Scorer& scorer) {
  std::map<std::string, const RatedPicture*> rated;
  set.images.clear();
  for (const RatedPicture& each : table.pictures) {
    rated[each.path] = &each;
    set.images.push_back(each.path);
  }
  std::vector<RatedPicture> scored;
  Progress progress("images", rated.size());
  const std::size_t failed = set.for_each([&](const KnownPicture& picture) {
    const auto found = rated.find(picture.path);
    require(found != rated.end(), ErrorCode::corrupt_file,
            table.path + ": expected names of files, found a folder or pattern that '" +
                picture.path + "' is of");
    const Assessment result = scorer.assess(picture.image);
    scored.push_back(*found->second);
    scored.back().quality = result.quality;
    scored.back().logit = static_cast<double>(result.logit);
    progress.show(scored.size());
  });
  table.pictures = std::move(scored);
  check(table);
  return failed;
}

OpinionReport compare_opinions(OpinionTable table, bool lower_is_better, bool draw_groups,
                               const BootstrapOptions& bootstrap) {
  OpinionReport report;
  const Columns columns(table.pictures);
  report.draws_groups = draw_groups && table.has_groups;
  BootstrapUnits units;
  if (report.draws_groups) units = groups_of(table);
  report.units = report.draws_groups ? units.size() : table.pictures.size();
  report.agreement = opinion_agreement(columns.qualities, columns.opinions, lower_is_better,
                                       std::move(units), bootstrap);
  if (table.has_groups) report.groups = within_groups(table, lower_is_better, bootstrap);
  report.lower_is_better = lower_is_better;
  report.bootstrap = bootstrap;
  report.table = std::move(table);
  return report;
}

std::vector<std::string> OpinionReport::warnings() const {
  std::vector<std::string> warnings;
  if (!lower_is_better && agreement.srocc.high < 0) {
    warnings.push_back("quality falls where '" + table.column +
                       "' rises: if lower opinion scores are better (DMOS), say "
                       "--lower-is-better");
  }
  if (lower_is_better && agreement.srocc.high < 0) {
    warnings.push_back("quality rises with '" + table.column +
                       "', although lower scores were said to be better");
  }
  if (!agreement.mapping) {
    warnings.push_back("PLCC and RMSE need at least " +
                       std::to_string(OpinionAgreement::min_mapped) +
                       " pictures of different quality: the curve has 5 parameters");
  } else {
    const auto [low, high] = std::ranges::minmax(table.pictures, {}, &RatedPicture::quality);
    if (!agreement.mapping->is_monotonic(low.quality, high.quality)) {
      warnings.emplace_back(
          "the fitted curve is not monotonic: PLCC and RMSE flatter, rely on SROCC");
    }
  }
  constexpr std::size_t few = 10;
  if (draws_groups && units < few) {
    warnings.push_back("intervals are drawn from " + std::to_string(units) +
                       " groups: too few to rely on (--split picture draws single pictures)");
  }
  return warnings;
}

std::string opinions_table(const OpinionTable& table) {
  std::string text = csv_row({"file", "group", "opinion", "quality", "logit"});
  for (const RatedPicture& each : table.pictures) {
    text += csv_row(
        {each.path, each.group, digits9(each.opinion), digits9(each.quality), digits9(each.logit)});
  }
  return text;
}

}  // namespace fliqe::tools
