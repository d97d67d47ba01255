// SPDX-License-Identifier: MIT
#include "support/picture_set.hpp"

#include <array>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <fliqe/distortion/augment.hpp>

#include "images/encode.hpp"
#include "support/csv.hpp"
#include "support/inputs.hpp"

namespace fliqe::tools {
namespace {

namespace fs = std::filesystem;

/// A picture that has not been read yet.
struct Entry {
  std::string path, label, source, error;
};

void add_table(const std::string& path, std::vector<Entry>& entries) {
  const CsvTable table = read_csv(path);
  const std::size_t file = table.column("file"), label = table.column("label");
  for (const std::vector<std::string>& row : table.rows) {
    const fs::path picture = fs::path(path).parent_path() / row[file];
    const std::string source =
        table.has("group") ? row[table.column("group")] : picture.parent_path().string();
    entries.push_back({picture.string(), row[label], source, {}});
  }
}

std::vector<Entry> entries_of(const PictureSet& set) {
  std::vector<Entry> entries;
  std::vector<std::string> pictures;
  for (const std::string& each : set.images) {
    if (each.ends_with(".csv")) {
      add_table(each, entries);
    } else {
      pictures.push_back(each);
    }
  }
  if (pictures.empty()) return entries;
  for (const Input& input : expand_inputs(pictures, set.recursive)) {
    const fs::path folder = fs::path(input.path).parent_path();
    const std::string label = folder.filename().string();
    entries.push_back({input.path, label.empty() ? "." : label, folder.string(), input.error});
  }
  return entries;
}

}  // namespace

bool is_clean_label(const std::string& label) {
  std::string lower;
  for (const char letter : label) {
    lower += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  }
  return lower == "clean" || lower == "good" || lower == "0";
}

void PictureSet::add_options(CLI::App& command) {
  command.add_flag("-r,--recursive", recursive, "go into folders of folders");
  command.add_flag("--distort", distorted,
                   "take each picture under the nine distortions that FLIQE was trained on");
  thermal.add_options(command);
  thermal.add_source_option(command);
}

CLI::Option* PictureSet::add_images_option(CLI::App& command) {
  add_options(command);
  return command.add_option("--images", images, "files, folders, patterns or a .csv of labels");
}

std::size_t PictureSet::for_each(const std::function<void(KnownPicture&&)>& take) const {
  std::size_t failed = 0, read = 0;
  for (const Entry& entry : entries_of(*this)) {
    Image image;
    try {
      if (!entry.error.empty()) throw Error(ErrorCode::io, entry.error);
      image = decode_picture(read_input(entry.path), entry.path, thermal).image;
    } catch (const Error& error) {
      std::fprintf(stderr, "fliqe: %s\n", error.what());
      ++failed;
      continue;
    }
    ++read;
    Random random(read);
    for (int copy = 0; copy <= augmented; ++copy) {
      const Image version =
          copy == 0 ? image : augment(image, Augmentation::random(random), random);
      if (!distorted) {
        take({entry.path, entry.label, entry.source, version});
        continue;
      }
      for (const DistortionInfo& each : trained_distortions()) {
        const std::uint64_t seed = read * 1000 + static_cast<std::uint64_t>(copy);
        take({entry.path, std::string(each.name), entry.source,
              distort(version, DistortionSpec(each.kind), seed, through_jpeg)});
      }
    }
  }
  detail::require(read > 0, ErrorCode::invalid_argument, "no picture could be read");
  return failed;
}

}  // namespace fliqe::tools
