#include "net/mail.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <ctime>

namespace slipway::net {

namespace {

constexpr std::size_t kWord = 75;  // the longest encoded word (RFC 2047), and the longest line of quoted-printable less its "="

bool is_letter_or_digit(unsigned char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
bool is_printable(unsigned char c) { return c >= 0x20 && c < 0x7f; }

std::string escaped(unsigned char c) { return fmt::format("={:02X}", c); }

// RFC 2047, "Q": words that are whole characters each, one a line.
std::string encoded_words(std::string_view text) {
  constexpr std::string_view kBegin = "=?utf-8?q?", kEnd = "?=";
  std::string out(kBegin);
  std::size_t used = kBegin.size();
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + 1;
    while (end < text.size() && end - at < 4 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;
    std::string piece;
    for (const char c : text.substr(at, end - at)) {
      const auto byte = static_cast<unsigned char>(c);
      piece += c == ' ' ? "_" : is_letter_or_digit(byte) ? std::string(1, c) : escaped(byte);
    }
    if (used + piece.size() + kEnd.size() > kWord) {
      out += fmt::format("{}\r\n {}", kEnd, kBegin);
      used = kBegin.size();
    }
    out += piece;
    used += piece.size();
    at = end;
  }
  return out + std::string(kEnd);
}

// A text as a header may hold it.
std::string header_text(std::string_view text) {
  const bool plain = text.size() <= kWord && std::ranges::all_of(text, [](unsigned char c) { return is_printable(c); });
  return plain && !text.contains("=?") ? std::string(text) : encoded_words(text);
}

// RFC 2045, 6.7.
std::string quoted_printable(std::string_view text) {
  std::string out;
  std::size_t used = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte == '\n') {
      out += "\r\n";
      used = 0;
      continue;
    }
    const bool last = at + 1 == text.size() || text[at + 1] == '\n';
    const bool plain = is_printable(byte) && byte != '=' && !(byte == ' ' && last);
    const std::string piece = plain ? std::string(1, text[at]) : escaped(byte);
    if (used + piece.size() > kWord) {
      out += "=\r\n";
      used = 0;
    }
    out += piece;
    used += piece.size();
  }
  if (used > 0) out += "\r\n";
  return out;
}

std::string date_of(Time now) {
  const std::time_t seconds = std::chrono::duration_cast<Seconds>(now.time_since_epoch()).count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  return std::string(text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &parts));
}

}  // namespace

bool is_host_name(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](unsigned char c) { return is_letter_or_digit(c) || c == '.' || c == '-' || c == ':' || c == '[' || c == ']'; });
}

namespace {

// RFC 5321's mailbox, without quoted local parts.
bool is_address(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == text.npos || at == 0 || at > 64 || text.size() > 254) return false;
  const auto local = text.substr(0, at), domain = text.substr(at + 1);
  const auto good = [](unsigned char c) { return is_printable(c) && !std::string_view(" ()<>[]:;@\\,\"").contains(static_cast<char>(c)); };
  return std::ranges::all_of(local, good) && is_host_name(domain) && !domain.starts_with('.') && !domain.ends_with('.');
}

// A text of a message with its headers; ends in a line's end.
std::string part(std::string_view kind, std::string_view text) {
  return fmt::format(
      "Content-Type: text/{}; charset=utf-8\r\n"
      "Content-Transfer-Encoding: quoted-printable\r\n"
      "\r\n"
      "{}",
      kind, quoted_printable(text));
}

}  // namespace

Result<MailAddress> MailAddress::parse(std::string_view text) {
  std::string_view name, address = text::trim(text, " ");
  if (const auto open = address.rfind('<'); open != address.npos && address.ends_with('>')) {
    name = text::trim(address.substr(0, open), " ");
    if (name.size() > 1 && name.starts_with('"') && name.ends_with('"')) name = name.substr(1, name.size() - 2);
    address = address.substr(open + 1, address.size() - open - 2);
  }
  if (!is_address(address)) return fail(Code::invalid, "That is no address that mail can be sent to.");
  return MailAddress(std::string(name), std::string(address));
}

std::string MailAddress::header() const {
  if (name_.empty()) return address_;
  const bool quotable = name_.size() < kWord && std::ranges::all_of(name_, [](unsigned char c) { return is_printable(c) && c != '"' && c != '\\'; });
  return fmt::format("{} <{}>", quotable ? "\"" + name_ + "\"" : encoded_words(name_), address_);
}

std::string to_message(const MailAddress& from, const Mail& mail, Time now, std::string_view id) {
  auto out = fmt::format(
      "Date: {}\r\n"
      "From: {}\r\n"
      "To: {}\r\n"
      "Subject: {}\r\n"
      "Message-ID: <{}@{}>\r\n"
      "Auto-Submitted: auto-generated\r\n"
      "MIME-Version: 1.0\r\n",
      date_of(now), from.header(), mail.to.header(), header_text(mail.subject), id, from.domain());
  if (mail.html.empty()) return out + part("plain", mail.text);
  // No line of a part can be the boundary: quoted-printable writes "=" otherwise.
  constexpr std::string_view kBoundary = "=_slipway_part";
  return out + fmt::format(
                   "Content-Type: multipart/alternative; boundary=\"{0}\"\r\n"
                   "\r\n"
                   "--{0}\r\n"
                   "{1}--{0}\r\n"
                   "{2}--{0}--\r\n",
                   kBoundary, part("plain", mail.text), part("html", mail.html));
}

}  // namespace slipway::net
