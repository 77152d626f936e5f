#include "features/outbox/compose.hpp"

#include "base/text.hpp"
#include "base/utf8.hpp"
#include "crypto/hash.hpp"
#include "http/page.hpp"

#include <boost/json.hpp>

#include <map>

namespace slipway::outbox {

namespace {

namespace json = boost::json;
using http::escape_html;

constexpr std::size_t kMostWords = 512;

const std::string& name_of(const Letter& letter) { return letter.name.empty() ? letter.username : letter.name; }

std::string text_part(const notifications::Message& message) {
  std::string out = message.body.plain + "\n";
  if (!message.actions.empty()) out += "\n";
  for (const auto& action : message.actions) out += fmt::format("{}: {}\n", action.label, action.url);
  return out;
}

bool is_web(std::string_view url) { return url.starts_with("https://") || url.starts_with("http://"); }

std::string content_of(const notifications::Message& message) {
  std::string out = message.body.html + "\n";
  for (const auto& action : message.actions) out += fmt::format("<p><a href=\"{}\">{}</a></p>\n", escape_html(action.url), escape_html(action.label));
  return out;
}

Result<json::value> parsed(const std::string& text, std::string_view what) {
  boost::system::error_code fault;
  auto value = json::parse(text, fault);
  if (fault) return fail_internal(fmt::format("the {} of a message are no JSON", what));
  return value;
}

// By their names: the database keeps another order.
Result<json::object> labels_of(const Letter& letter) {
  TRY(value, parsed(letter.labels.text, "labels"));
  if (!value.is_object()) return fail_internal("the labels of a message are no object");
  std::map<std::string, json::value> sorted;
  for (auto& [name, label] : value.as_object()) sorted.emplace(name, label);
  json::object out;
  for (auto& [name, label] : sorted) out[name] = std::move(label);
  return out;
}

}  // namespace

std::string app_name_of(const Letter& letter) { return letter.app_name.empty() ? "Slipway" : notifications::shown(letter.app_name); }

std::string page_of(const Letter& letter, const Page& page, const std::string& base_url) {
  const auto title = escape_html(page.title), app_name = escape_html(app_name_of(letter)), base = escape_html(base_url);
  std::string out = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{}</title>\n</head>\n"
      "<body style=\"font-family: sans-serif; max-width: 40em; margin: 2em auto; padding: 0 1em;\">\n",
      title);
  if (is_web(letter.logo_url)) out += fmt::format("<p><img src=\"{}\" alt=\"{}\" height=\"40\"></p>\n", escape_html(letter.logo_url), app_name);
  out += fmt::format("<h1>{}</h1>\n<p>Hi {},</p>\n{}", title, escape_html(notifications::shown(name_of(letter))), page.content);
  out += fmt::format(
      "<hr>\n<p style=\"font-size: small;\"><a href=\"{0}\">{1}</a> at {0}. <a href=\"{0}/settings/notifications\">Choose what you are told</a>",
      base, app_name);
  if (page.of_one_kind) out += fmt::format(", or <a href=\"{}/settings/notifications?disabled={}\">stop these</a>", base, letter.kind_id.str());
  return out + ".</p>\n</body>\n</html>\n";
}

Result<notifications::Message> render(const Letter& letter, const std::string& base_url) {
  const auto* kind = notifications::kind_with(letter.kind_id);
  if (!kind) return fail_internal("this release does not know the kind");
  return notifications::render(kind->kind, {.labels = letter.labels.text,
                                            .data = letter.data ? letter.data->text : "null",
                                            .user_name = name_of(letter),
                                            .user_username = letter.username,
                                            .user_email = letter.email,
                                            .app_name = app_name_of(letter),
                                            .base_url = base_url});
}

Result<net::Mail> mail_of(const Letter& letter, const notifications::Message& message, const std::string& base_url) {
  TRY(to, net::MailAddress::parse(letter.email));
  return net::Mail{.to = std::move(to),
                   .subject = message.title.plain.empty() ? app_name_of(letter) : message.title.plain,
                   .text = text_part(message),
                   .html = page_of(letter, {.title = message.title.plain, .content = content_of(message)}, base_url)};
}

Result<std::string> webhook_body(const Letter& letter, const notifications::Message& message, bool omit_email) {
  TRY(labels, labels_of(letter));
  json::value data = nullptr;
  if (letter.data) {
    TRY(given, parsed(letter.data->text, "data"));
    data = std::move(given);
  }
  json::array actions, targets;
  for (const auto& action : message.actions) actions.push_back(json::object{{"label", action.label}, {"url", action.url}});
  for (const auto& target : letter.targets) targets.emplace_back(target.str());
  const auto* kind = notifications::kind_with(letter.kind_id);
  json::object payload{{"_version", "1.2"},
                       {"notification_name", kind ? kind->name : ""},
                       {"notification_template_id", letter.kind_id.str()},
                       {"user_id", letter.user_id.str()},
                       {"user_email", omit_email ? "" : letter.email},
                       {"user_name", name_of(letter)},
                       {"user_username", letter.username},
                       {"actions", std::move(actions)},
                       {"labels", std::move(labels)},
                       {"data", std::move(data)},
                       {"targets", letter.targets.empty() ? json::value(nullptr) : json::value(std::move(targets))}};
  return json::serialize(json::object{{"_version", "1.1"},
                                      {"msg_id", letter.message_id.str()},
                                      {"payload", std::move(payload)},
                                      {"title", message.title.plain},
                                      {"title_markdown", message.title.markdown},
                                      {"body", message.body.plain},
                                      {"body_markdown", message.body.markdown}});
}

std::string signature(std::string_view secret, Time now, std::string_view body) {
  const auto seconds = std::chrono::duration_cast<Seconds>(now.time_since_epoch()).count();
  return fmt::format("t={},v1={}", seconds, crypto::hex(crypto::hmac_sha256(secret, fmt::format("{}.{}", seconds, body))));
}

std::string reason(std::string_view what, std::string_view words, const Letter& letter) {
  auto said = notifications::shown(words);
  for (auto at = said.npos; !letter.email.empty() && (at = text::lower(said).find(text::lower(letter.email))) != said.npos;)
    said.replace(at, letter.email.size(), "(address)");
  std::string_view cut = said;
  for (std::size_t characters = 0; !cut.empty() && characters < kMostWords; ++characters)
    cut.remove_prefix(std::max<std::size_t>(1, utf8::character(cut)));
  said.resize(said.size() - cut.size());
  return said.empty() ? std::string(what) : fmt::format("{}: {}", what, said);
}

}  // namespace slipway::outbox
