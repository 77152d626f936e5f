// One API request as a handler sees it: who calls, what was asked, the store bound to that actor, and the cost so far.
// Lives as long as the handler runs. home: its connection's loop.
#pragma once

#include "api/json.hpp"
#include "http/home.hpp"
#include "http/principal.hpp"
#include "net/exchange.hpp"
#include "store/db.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::http {

struct PathValue {
  std::string_view name;
  std::string value;  // decoded
};

// What a call is about, for the audit trail.
using AuditNote = store::Trace;

class Call {
 public:
  Call(net::Exchange& exchange, Home& home, std::vector<PathValue> path, PrincipalPtr principal, std::shared_ptr<store::Cost> cost,
       store::OriginPtr origin);
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  net::Exchange& exchange() { return exchange_; }
  const net::Request& request() const { return exchange_.request(); }
  Home& home() { return home_; }
  store::Db& db() { return home_.db; }
  store::Store& store() { return store_; }
  const store::Actor& actor() const { return *principal_->actor; }
  const Principal& principal() const { return *principal_; }
  const PrincipalPtr& principal_ptr() const { return principal_; }
  const std::shared_ptr<store::Cost>& cost() const { return cost_; }
  // The request itself, for stores that act for somebody else than its principal.
  const store::OriginPtr& origin() const { return origin_; }
  RequestId id() const { return origin_->request; }
  Time now() const { return home_.db.clock().now(); }
  // The true client's address, behind trusted proxies too.
  const std::string& client_ip() const { return origin_->ip; }
  std::string_view user_agent() const { return request().headers.get("User-Agent"); }
  // scheme://host[:port] by which this deployment is reached.
  std::string access_url() const;

  // "{name}" of the route. Empty for the rest ("*") when there is none.
  std::string_view path(std::string_view name) const;
  // Errors: 400 naming the parameter.
  Result<Uuid> path_uuid(std::string_view name) const;
  template <class Id>
  Result<Id> path_id(std::string_view name) const {
    TRY(uuid, path_uuid(name));
    return Id{uuid};
  }

  std::optional<std::string> query(std::string_view name) const;
  bool has_query(std::string_view name) const;  // present, whatever its value: `?follow`
  // Absent is `fallback`; errors: 400 with a validation of that name.
  Result<std::int64_t> query_int(std::string_view name, std::int64_t fallback, std::int64_t least = 0) const;
  Result<bool> query_bool(std::string_view name, bool fallback = false) const;
  Result<std::optional<Uuid>> query_uuid(std::string_view name) const;

  // A JSON body. Errors: 400 for what is no JSON or has wrong fields, 413 beyond `limit`.
  template <class T>
  Task<Result<T>> body(std::size_t limit = 1 << 20) {
    CO_TRY(text, co_await exchange_.body(limit));
    co_return api::from_request<T>(text);
  }

  // Says what the call is about as soon as that is known, so that the audit trail can name it when the call fails. What a
  // call changes is said by tx.trace(…), in its transaction.
  void audited(AuditNote note) { note_ = std::move(note); }
  const AuditNote& audit_note() const { return note_; }
  // Headers that the answer gets besides its own (cookies).
  net::Headers& answer_headers() { return answer_headers_; }

 private:
  net::Exchange& exchange_;
  Home& home_;
  std::vector<PathValue> path_;
  PrincipalPtr principal_;
  std::shared_ptr<store::Cost> cost_;
  store::OriginPtr origin_;
  store::Store store_;
  AuditNote note_;
  net::Headers answer_headers_;
};

}  // namespace slipway::http
