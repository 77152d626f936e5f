#include "features/outbox/digest.hpp"

#include "base/check.hpp"
#include "http/page.hpp"

#include <algorithm>
#include <map>

namespace slipway::outbox {

namespace {

using http::escape_html;

struct Group {
  std::string_view name;
  std::vector<const notifications::Message*> messages;
};

// In the order of their oldest.
std::vector<Group> groups_of(const std::vector<Told>& told) {
  std::vector<Group> groups;
  for (const auto& [letter, message] : told) {
    const auto* kind = notifications::kind_with(letter->kind_id);
    const std::string_view name = kind ? kind->group : "";
    auto group = std::ranges::find(groups, name, &Group::name);
    if (group == groups.end()) group = groups.insert(group, {.name = name, .messages = {}});
    group->messages.push_back(&message);
  }
  return groups;
}

std::string text_of(const std::vector<Group>& groups) {
  std::string out;
  for (const auto& group : groups) {
    out += fmt::format("{}{}\n\n", out.empty() ? "" : "\n", group.name);
    for (const auto* message : group.messages) {
      out += fmt::format("- {}\n", message->title.plain);
      if (!message->actions.empty()) out += fmt::format("  {}: {}\n", message->actions[0].label, message->actions[0].url);
    }
  }
  return out;
}

std::string html_of(const std::vector<Group>& groups) {
  std::string out;
  for (const auto& group : groups) {
    out += fmt::format("<h2>{}</h2>\n<ul>\n", escape_html(group.name));
    for (const auto* message : group.messages) {
      out += "<li>" + escape_html(message->title.plain);
      if (!message->actions.empty())
        out += fmt::format("<br><a href=\"{}\">{}</a>", escape_html(message->actions[0].url), escape_html(message->actions[0].label));
      out += "</li>\n";
    }
    out += "</ul>\n";
  }
  return out;
}

}  // namespace

std::vector<std::vector<const Letter*>> by_mail(const std::vector<const Letter*>& letters) {
  std::vector<std::vector<const Letter*>> mails;
  std::map<UserId, std::size_t> waited;  // where the mail of each person is
  for (const auto* letter : letters) {
    const auto [at, first] = letter->held ? waited.try_emplace(letter->user_id, mails.size()) : std::pair(waited.end(), true);
    if (first)
      mails.push_back({letter});
    else
      mails[at->second].push_back(letter);
  }
  return mails;
}

Result<net::Mail> digest_of(const std::vector<Told>& told, const std::string& base_url) {
  check(!told.empty(), "a mail tells of nothing");
  const auto& oldest = *told.front().letter;
  if (told.size() == 1) return mail_of(oldest, told.front().message, base_url);
  TRY(to, net::MailAddress::parse(oldest.email));
  const auto groups = groups_of(told);
  const auto title = fmt::format("{} notifications from {}", told.size(), app_name_of(oldest));
  return net::Mail{.to = std::move(to),
                   .subject = title,
                   .text = text_of(groups),
                   .html = page_of(oldest, {.title = title, .content = html_of(groups), .of_one_kind = false}, base_url)};
}

}  // namespace slipway::outbox
