// What a handler may return besides a wire type: the other success codes, and answers it wrote itself.
#pragma once

#include "api/json.hpp"
#include "http/status.hpp"

#include <concepts>

namespace slipway::http {

struct NoContent {};  // 204
template <class T>
struct Created {  // 201
  T body;
};
template <class T>
struct Accepted {  // 202
  T body;
};
// Any other answer whole: files, redirects, text.
struct Raw {
  net::Response response;
};
// The handler streamed, upgraded or hijacked: nothing is left to write.
struct Handled {};
// Several wire types on one route (plain JSON or its WebSocket): already text.
struct Json {
  std::string text;
};

template <class T>
inline constexpr int kStatus = 200;
template <>
inline constexpr int kStatus<NoContent> = 204;
template <class T>
inline constexpr int kStatus<Created<T>> = 201;
template <class T>
inline constexpr int kStatus<Accepted<T>> = 202;

inline net::Response to_reply(NoContent) { return net::Response{.status = 204, .headers = {}, .body = {}}; }
inline net::Response to_reply(Raw&& raw) { return std::move(raw.response); }
inline net::Response to_reply(Json&& value) { return json(200, std::move(value.text)); }
template <class T>
net::Response to_reply(Created<T>&& made) {
  return json(201, api::to_json(made.body));
}
template <class T>
net::Response to_reply(Accepted<T>&& taken) {
  return json(202, api::to_json(taken.body));
}
template <class T>
  requires requires(const T& value) { api::to_json(value); }
net::Response to_reply(T&& value) {
  return json(200, api::to_json(value));
}

}  // namespace slipway::http
