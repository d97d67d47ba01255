// SPDX-License-Identifier: MIT
#include "report/html.hpp"

#include <array>
#include <cmath>
#include <cstdio>

namespace fliqe::tools {

std::string escaped(std::string_view text) {
  std::string result;
  for (const char letter : text) {
    switch (letter) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += letter;
    }
  }
  return result;
}

std::string html_page(const std::string& title, const std::string& body) {
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
         "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>" +
         escaped(title) + "</title><style>" + std::string(page_style()) +
         "</style></head><body>\n" + body + "</body></html>\n";
}

std::string html_section(const std::string& title, const std::string& content) {
  return "<section><h2>" + escaped(title) + "</h2>" + content + "</section>\n";
}

std::string html_figure(const std::string& value, const std::string& name) {
  return "<div><b>" + value + "</b><span>" + escaped(name) + "</span></div>";
}

std::string html_table(const std::vector<std::vector<std::string>>& rows, bool has_header,
                       const std::string& look) {
  std::string html = look.empty() ? "<table>" : "<table class=\"" + look + "\">";
  for (const std::vector<std::string>& row : rows) {
    const std::string cell = has_header && &row == &rows.front() ? "th" : "td";
    html += "<tr>";
    for (const std::string& text : row) {
      html += "<" + cell + ">" + escaped(text) + "</" + cell + ">";
    }
    html += "</tr>";
  }
  return html + "</table>";
}

std::string fixed(double value, int digits) {
  if (!std::isfinite(value)) return "–";
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

std::string_view page_style() noexcept {
  return R"(:root{color-scheme:light dark;--ink:#1c1e21;--soft:#6a7078;--rule:#d9dce0;--paper:#fff;
--c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#cc79a7;--c4:#b58900;--c5:#56b4e9;--c6:#7a5195;--c7:#555}
@media(prefers-color-scheme:dark){:root{--ink:#e8e9eb;--soft:#9aa1a9;--rule:#3a3f45;--paper:#15171a;
--c0:#5cb3ef;--c1:#ff8f4d;--c2:#3fd1a5;--c3:#e7a3c9;--c4:#e2b93b;--c5:#9ad4f5;--c6:#b497d6;--c7:#aaa}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:960px;
margin:2rem auto;padding:0 1rem}h1{font-size:1.5rem;margin:0}h2{font-size:1.05rem;margin:0 0 .5rem}
.grid2{display:grid;grid-template-columns:repeat(auto-fit,minmax(320px,1fr));gap:2rem;margin:1.5rem 0}
.figures{display:flex;flex-wrap:wrap;gap:1.5rem;margin:1.2rem 0}.figures div{min-width:6rem}
.figures b{display:block;font-size:1.6rem;font-weight:600}.soft,.figures span{color:var(--soft)}
table.words td{text-align:left;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}td,th{padding:.25rem .6rem;border-bottom:1px solid var(--rule);
text-align:right}td:first-child,th:first-child{text-align:left}svg{width:100%;height:auto}
svg text{font-size:11px;fill:var(--soft)}svg polyline{fill:none;stroke-width:2}
svg polyline.thin{stroke-width:1;opacity:.55}.band{fill:var(--c1);opacity:.12}
.grid{stroke:var(--rule);stroke-width:1}.guide{stroke:var(--soft);stroke-dasharray:4 4}
.track{fill:var(--rule);opacity:.5}.bar{fill:var(--c0)}.legend{font-size:.85rem;margin:.2rem 0}
.legend i{display:inline-block;width:1.2em;height:.25em;margin:0 .35em .2em 0;background:currentColor}
.legend span{margin-right:.8rem;color:var(--soft)}
.c0{stroke:var(--c0);color:var(--c0)}.c1{stroke:var(--c1);color:var(--c1)}
.c2{stroke:var(--c2);color:var(--c2)}.c3{stroke:var(--c3);color:var(--c3)}
.c4{stroke:var(--c4);color:var(--c4)}.c5{stroke:var(--c5);color:var(--c5)}
.c6{stroke:var(--c6);color:var(--c6)}.c7{stroke:var(--c7);color:var(--c7)}
.pictures{display:grid;grid-template-columns:repeat(auto-fill,minmax(200px,1fr));gap:1rem}
figure{margin:0}section{margin:0 0 1.5rem}figure img{width:100%;display:block;border-radius:4px}figcaption{color:var(--soft)}
circle{fill:var(--paper);stroke-width:2}
)";
}

}  // namespace fliqe::tools
