// Where things of the language end. For hcl.cpp and hcl_expression.cpp alone.
#pragma once

#include <cstddef>
#include <string_view>

namespace slipway::formats::hcl {

inline constexpr int kDeepest = 40;  // of anything in anything

bool is_name_start(char c);
bool is_name(char c);
std::size_t name_end(std::string_view text, std::size_t from);
// After the quotation that begins at `from`; npos when it does not end.
std::size_t quote_end(std::string_view text, std::size_t from, int depth = 0);
// After "${…}" or "%{…}", which begins at `from`.
std::size_t template_end(std::string_view text, std::size_t from, int depth);
// After blanks and comments, and after line ends too where `lines` is set.
std::size_t skip_space(std::string_view text, std::size_t from, bool lines);
// After a text of lines (<<EOT … EOT) that begins at `from`; `from` itself where none does.
std::size_t heredoc_end(std::string_view text, std::size_t from);
// After the expression at `from`: a line end, a comma or a closing bracket that belongs to nothing inside it ends it. npos: it does not end well.
std::size_t expression_end(std::string_view text, std::size_t from);

}  // namespace slipway::formats::hcl
