// SPDX-License-Identifier: MIT
#include "report/class_tables.hpp"

#include <array>
#include <cstdio>

#include "report/html.hpp"

namespace fliqe::tools {

std::string class_table(const ClassConfusion& confusion, const std::vector<std::string>& classes,
                        const std::string& title) {
  std::array<char, 160> line{};
  std::snprintf(line.data(), line.size(), "%-24s %8s %9s %7s %7s\n", title.c_str(), "examples",
                "precision", "recall", "F1");
  std::string text = line.data();
  for (std::size_t i = 0; i < classes.size(); ++i) {
    std::snprintf(line.data(), line.size(), "%-24.24s %8zu %9.4f %7.4f %7.4f\n", classes[i].c_str(),
                  confusion.of_class(i), confusion.precision(i), confusion.recall(i),
                  confusion.f1(i));
    text += line.data();
  }
  return text;
}

std::string confusion_table(const ClassConfusion& confusion,
                            const std::vector<std::string>& classes) {
  std::vector<std::vector<std::string>> rows{{"truth, called"}};
  rows[0].insert(rows[0].end(), classes.begin(), classes.end());
  for (std::size_t i = 0; i < classes.size(); ++i) {
    std::vector<std::string>& row = rows.emplace_back(1, classes[i]);
    for (std::size_t k = 0; k < classes.size(); ++k) {
      row.push_back(std::to_string(confusion.count(i, k)));
    }
  }
  return html_table(rows);
}

Json called_json(const ClassConfusion& confusion, const std::vector<std::string>& classes) {
  Json json = Json::object();
  for (std::size_t i = 0; i < classes.size(); ++i) {
    Json called = Json::object();
    for (std::size_t k = 0; k < classes.size(); ++k) called[classes[k]] = confusion.count(i, k);
    json[classes[i]] = called;
  }
  return json;
}

}  // namespace fliqe::tools
