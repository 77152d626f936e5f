// How a kind's templates become what people read: plain text, Markdown and HTML of one tree. What stands in a template alone makes paragraphs,
// lists and marks; a value is one run of text, whatever is in it. Pure.
//
// A template: {{path}} is a value, {{#path}}…{{/path}} is there once for each entry of a list (of an object: with `key` and `value`), or when the
// value is not empty, {{^path}}…{{/path}} when it is; {{.}} is the entry itself. Roots are labels, data, user, app_name and base_url. Lines that
// begin with "- " or "# " are entries of a list and headings; a blank line ends a paragraph; **strong**, `code`, [text](address).
#pragma once

#include "base/result.hpp"
#include "features/notifications/kinds.hpp"

#include <boost/json/fwd.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::notifications {

// What a template may show.
struct Values {
  std::string labels = "{}", data = "null";  // JSON
  std::string user_name, user_username, user_email;
  std::string app_name = "Slipway";
  std::string base_url;  // "": addresses begin with "/"
  // For what is stored for many people: their usernames stand in addresses as "{user}", and whoever stores it puts them in.
  bool for_many = false;
};

struct Text {
  std::string plain, markdown, html;
};
struct Link {
  std::string label, url;
};
struct Message {
  Text title, body;
  std::vector<Link> actions;
  std::vector<std::string> dropped;  // labels of actions whose address could not be made
  int missing = 0;                   // values that a template asked for and that were not there
};

namespace detail {
struct Node;
}

// A parsed template.
class Template {
 public:
  // Errors: what is wrong and where.
  static Result<Template> parse(std::string_view text);
  const std::vector<detail::Node>& nodes() const { return *nodes_; }

 private:
  std::shared_ptr<const std::vector<detail::Node>> nodes_;
};

// Of the kinds of this release, which are parsed once. Errors: values that are no JSON.
Result<Message> render(Kind kind, const Values& values);
// Of any templates; `actions` are those of a kind.
Result<Message> render(std::string_view title, std::string_view body, const std::vector<Action>& actions, const Values& values);

// A value as it is shown: one line without controls, at most 1000 characters.
std::string shown(std::string_view value);
std::string escape_markdown(std::string_view value);

}  // namespace slipway::notifications
