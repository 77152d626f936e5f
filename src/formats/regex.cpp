#include "formats/regex.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

namespace slipway::formats {

struct Regex::Impl {
  Impl(std::string_view expression, const re2::RE2::Options& options) : compiled(re2::StringPiece(expression.data(), expression.size()), options) {}
  re2::RE2 compiled;
};

Regex::Regex(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

Result<Regex> Regex::compile(std::string_view expression) {
  if (expression.size() > 4096) return fail(Code::invalid, "The regular expression is too long.");
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(4 << 20);
  auto impl = std::make_unique<Impl>(expression, options);
  if (!impl->compiled.ok()) return fail(Code::invalid, fmt::format("The regular expression is not valid: {}.", impl->compiled.error()));
  return Regex(std::move(impl));
}

bool Regex::found_in(std::string_view text) const { return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), impl_->compiled); }

bool Regex::whole(std::string_view text) const { return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), impl_->compiled); }

}  // namespace slipway::formats
