// For tests: somebody who signs tokens as identity providers do, with a key of their own that each of them makes.
#pragma once

extern "C" {  // its headers do not say so themselves
#include <jose/b64.h>
#include <jose/jwk.h>
#include <jose/jws.h>
}

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace slipway::crypto::testing {

class Signer {
 public:
  explicit Signer(std::string kid = "one", std::string_view algorithm = "ES256") : kid_(std::move(kid)), algorithm_(algorithm) {
    key_.reset(json_object());
    put(key_.get(), "alg", algorithm_);
    if (!jose_jwk_gen(nullptr, key_.get())) throw std::runtime_error("no key was made");
    put(key_.get(), "kid", kid_);
  }

  // The public half as a JWK set; `more` are members of the key, each after a comma.
  std::string jwks(std::string_view more = {}) const {
    const Json half(json_deep_copy(key_.get()));
    if (!jose_jwk_pub(nullptr, half.get())) throw std::runtime_error("no public half");
    std::string key = text(half.get());
    key.insert(key.size() - 1, more);
    return R"({"keys":[)" + key + "]}";
  }

  // Compact. `header` are members of the header besides "alg", each after a comma; a key is named by "kid".
  std::string sign(std::string_view payload, std::string_view header) const {
    const std::string head = R"({"alg":")" + algorithm_ + "\"" + std::string(header) + "}";
    const Json jws(json_object()), signature(json_object());
    json_object_set_new(jws.get(), "payload", jose_b64_enc(payload.data(), payload.size()));
    json_object_set_new(signature.get(), "protected", jose_b64_enc(head.data(), head.size()));
    if (!jose_jws_sig(nullptr, jws.get(), signature.get(), key_.get())) throw std::runtime_error("nothing was signed");
    return part(jws.get(), "protected") + "." + part(jws.get(), "payload") + "." + part(jws.get(), "signature");
  }
  std::string sign(std::string_view payload) const { return sign(payload, R"(,"kid":")" + kid_ + "\""); }

 private:
  struct Drop {
    void operator()(json_t* value) const { json_decref(value); }
  };
  using Json = std::unique_ptr<json_t, Drop>;

  static void put(json_t* object, const char* name, const std::string& value) { json_object_set_new(object, name, json_string(value.c_str())); }
  static std::string part(const json_t* object, const char* name) {
    const json_t* found = json_object_get(object, name);
    if (!found) throw std::runtime_error("the signature lacks a part");
    return json_string_value(found);
  }
  static std::string text(const json_t* value) {
    const std::unique_ptr<char, decltype(&std::free)> written(json_dumps(value, JSON_COMPACT), &std::free);
    return written.get();
  }

  std::string kid_, algorithm_;
  Json key_;
};

}  // namespace slipway::crypto::testing
