// A key set at a URL, kept for as long as its server says; asked for once however many want it; when it cannot be had anew the last
// good one stays for an hour. home: own thread; stop() before it goes.
#pragma once

#include "aio/event.hpp"
#include "aio/nursery.hpp"
#include "identity/google.hpp"
#include "net/client.hpp"

#include <memory>

namespace slipway::identity {

// From a Cache-Control and an Age header: how long an answer may be kept, a minute at least and a day at most.
Seconds kept_for(std::string_view cache_control, std::string_view age);

class KeySet {
 public:
  KeySet(aio::Executor home, std::string url, const Clock& clock);
  KeySet(const KeySet&) = delete;
  KeySet& operator=(const KeySet&) = delete;

  // A set that is still good; one that has `key_id`, if there is such a key: an unknown one is looked for again, once a minute.
  Task<Result<std::shared_ptr<const GoogleKeys>>> get(std::string key_id);
  Task<void> stop();

 private:
  Task<void> fetch();
  Task<Result<GoogleKeys>> download();
  bool wants(const std::string& key_id) const;

  const Clock& clock_;
  std::string url_;
  net::Client client_;
  aio::Nursery nursery_;
  aio::Event fetched_;
  std::shared_ptr<const GoogleKeys> keys_;
  Time expires_{}, tried_{};
  bool under_way_ = false, tried_once_ = false;
};

}  // namespace slipway::identity
