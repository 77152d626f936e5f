// What leaves the house for one message: a mail or the body of a call. Pure.
#pragma once

#include "features/notifications/render.hpp"
#include "features/outbox/objects.hpp"
#include "net/mail.hpp"

namespace slipway::outbox {

using Letter = sql::LeaseRow;

// Errors: what does not render.
Result<notifications::Message> render(const Letter& letter, const std::string& base_url);

// Errors: the person has no address that mail can be sent to.
Result<net::Mail> mail_of(const Letter& letter, const notifications::Message& message, const std::string& base_url);

// What the deployment calls itself.
std::string app_name_of(const Letter& letter);
// The HTML form of a mail to a letter's person.
struct Page {
  std::string_view title;  // plain
  std::string content;     // HTML
  bool of_one_kind = true;
};
std::string page_of(const Letter& letter, const Page& page, const std::string& base_url);

// Labels and data as they are: receivers escape for themselves.
Result<std::string> webhook_body(const Letter& letter, const notifications::Message& message, bool omit_email);
// "t=<unix>,v1=<hex HMAC-SHA256 of t.body>".
std::string signature(std::string_view secret, Time now, std::string_view body);

// Why an attempt failed, as it is kept: its class and the receiver's words, at most 512 characters of them, without controls and without the
// person's address.
std::string reason(std::string_view what, std::string_view words, const Letter& letter);

}  // namespace slipway::outbox
