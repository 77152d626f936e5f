// How one message leaves: by mail or by a call. home: own thread.
#pragma once

#include "features/outbox/outbox.hpp"
#include "features/outbox/results.hpp"
#include "net/client.hpp"

namespace slipway::outbox {

// A call of the webhook; redirects are answers, and no more than 512 bytes of one are read.
Task<Outcome> call(net::Client& client, const Options& options, const Letter& letter, const std::string& body, Time now);

// A mail, on a thread of its own; the session keeps its connection.
Task<Outcome> post(net::MailSession& session, const Options& options, const Letter& letter, const net::Mail& mail, Time now);

// What an answer's status says: Retry-After is in seconds.
Outcome judged(int status, std::string_view retry_after, std::string_view words, const Letter& letter);

}  // namespace slipway::outbox
