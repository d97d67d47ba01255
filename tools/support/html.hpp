// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace fliqe::tools {

/// Text for HTML and SVG.
std::string escaped(std::string_view text);

/// A page that needs nothing from elsewhere; light and dark. `body` is HTML.
std::string html_page(const std::string& title, const std::string& body);

/// The look of pages and drawings.
std::string_view page_style() noexcept;

}  // namespace fliqe::tools
