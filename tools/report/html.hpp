// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fliqe::tools {

/// Text for HTML and SVG.
std::string escaped(std::string_view text);

/// A page that needs nothing from elsewhere; light and dark. `body` is HTML.
std::string html_page(const std::string& title, const std::string& body);

/// Parts of a page; `content` and `value` are HTML, the rest is text.
std::string html_section(const std::string& title, const std::string& content);
std::string html_figure(const std::string& value, const std::string& name);

/// A table of texts. @param look  a class of page_style(), or empty
/// @param has_header  whether the first row names the columns
std::string html_table(const std::vector<std::vector<std::string>>& rows, bool has_header = true,
                       const std::string& look = "");

/// A number with so many digits after the point; a dash for NaN and infinity.
std::string fixed(double value, int digits);

/// The look of pages and drawings.
std::string_view page_style() noexcept;

}  // namespace fliqe::tools
