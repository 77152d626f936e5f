// What the proofs that tools/sqlgen writes say about a statement's function: which handle and which permit it takes, and that it
// takes none of the others. The exhaustive part is a compile-time matter; what reads as one actor registers itself as a Reading.
#pragma once

#include "store/db.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace slipway::proof {

using rbac::Action, rbac::Duty, rbac::Resource;

// Does the function take this as its first parameter, or these as its first two? Asked of the types of the parameters and not of a
// call: the same few permits stand in hundreds of statements, and each is asked of every permit there is.
template <class F, class Db>
struct Handled;
template <class R, class D, class... A, class Db>
struct Handled<R (*)(D, A...), Db> : std::is_convertible<Db, D> {};
template <class F>
struct Second {  // no second parameter: nothing to permit
  using type = void;
};
template <class R, class D, class M, class... A>
struct Second<R (*)(D, M, A...)> {
  using type = M;
};
template <class F, class Db, class May>
struct Permitted : std::bool_constant<Handled<F, Db>::value && std::is_convertible_v<May, typename Second<F>::type>> {};

struct Pair {
  Action action{};
  Resource resource{};
};
consteval auto pairs() {
  std::array<Pair, rbac::kPairs> all{};
  std::size_t next = 0;
  rbac::for_each_pair([&](Resource resource, Action action) { all[next++] = {action, resource}; });
  return all;
}
inline constexpr auto kAllPairs = pairs();

// Of the 188 permits and as many judgements none opens it but these and what is more than them: a judgement made outside its
// transaction is no permit.
template <class May, class... Permits>
inline constexpr bool opened_by_none_but = []<std::size_t... I>(std::index_sequence<I...>) {
  const auto shut = []<class P>(std::type_identity<P>) { return !std::is_convertible_v<P, May> || (std::is_base_of_v<Permits, P> || ...); };
  return (shut(std::type_identity<store::Permit<kAllPairs[I].action, kAllPairs[I].resource>>()) && ...) &&
         (shut(std::type_identity<store::Judged<kAllPairs[I].action, kAllPairs[I].resource>>()) && ...);
}(std::make_index_sequence<rbac::kPairs>());
template <class F, class Db, class... Permits>
inline constexpr bool no_permit_but = !Handled<F, Db>::value || opened_by_none_but<typename Second<F>::type, Permits...>;
template <class F, class Db>
inline constexpr bool unpermitted =
    !Permitted<F, Db, Uuid>::value && !Permitted<F, Db, WorkspaceId>::value && !Permitted<F, Db, UserId>::value &&
    !Permitted<F, Db, OrganizationId>::value && !Permitted<F, Db, std::string>::value && !Permitted<F, Db, std::nullptr_t>::value;

template <auto F, class... Permits>
inline constexpr bool writes_under_one_of =
    (Permitted<decltype(F), store::Tx&, Permits>::value && ...) && (!Permitted<decltype(F), store::Store&, Permits>::value && ...) &&
    (!Permitted<decltype(F), store::OpenStore&, Permits>::value && ...) && no_permit_but<decltype(F), store::Tx&, Permits...> &&
    unpermitted<decltype(F), store::Tx&>;
template <auto F, class... Permits>
inline constexpr bool reads_under_one_of = (Permitted<decltype(F), store::Store&, Permits>::value && ...) &&
                                           no_permit_but<decltype(F), store::Store&, Permits...> && unpermitted<decltype(F), store::Store&>;
template <auto F, Action A, Resource R>
inline constexpr bool writes_under = writes_under_one_of<F, store::Permit<A, R>>;
template <auto F, Action A, Resource R>
inline constexpr bool reads_under = reads_under_one_of<F, store::Judged<A, R>>;
template <auto F, Duty D>
consteval bool no_other_duty() {
  return []<std::size_t... I>(std::index_sequence<I...>) {
    return ((rbac::kDuties[I] == D ||
             (!Handled<decltype(F), store::DutyStore<rbac::kDuties[I]>&>::value && !Handled<decltype(F), store::DutyTx<rbac::kDuties[I]>&>::value)) &&
            ...);
  }(std::make_index_sequence<rbac::kDuties.size()>());
}
template <auto F, Duty D>
inline constexpr bool duty_only =
    Handled<decltype(F), store::DutyStore<D>&>::value && Handled<decltype(F), store::DutyTx<D>&>::value && no_other_duty<F, D>() &&
    !Handled<decltype(F), store::Store&>::value && !Handled<decltype(F), store::Tx&>::value && !Handled<decltype(F), store::OpenStore&>::value;
template <auto F>
inline constexpr bool open_only = Handled<decltype(F), store::OpenStore&>::value && !Handled<decltype(F), store::Store&>::value &&
                                  !Handled<decltype(F), store::Tx&>::value && !Handled<decltype(F), store::DutyStore<Duty::sign_in>&>::value;

// Nothing but Db makes a store, nothing but Gate a permit.
static_assert(!std::is_default_constructible_v<store::Store> && !std::is_constructible_v<store::Store, store::ActorPtr> &&
              !std::is_constructible_v<store::Store, pg::Pool&, const Clock&, store::ActorPtr, std::shared_ptr<store::Cost>> &&
              !std::is_copy_constructible_v<store::Store> && !std::is_constructible_v<store::Tx, store::Store&, pg::Transaction&> &&
              !std::is_constructible_v<store::DutyStore<Duty::sign_in>, std::unique_ptr<store::Store>>);
static_assert(!std::is_default_constructible_v<store::Permit<Action::read, Resource::user>> &&
              !std::is_constructible_v<store::Permit<Action::read, Resource::user>, Uuid, std::string, OrganizationId, UserId> &&
              !std::is_constructible_v<store::Permit<Action::update, Resource::user>, store::Permit<Action::read, Resource::user>>);
static_assert(!std::is_default_constructible_v<store::Judged<Action::read, Resource::user>> &&
              !std::is_constructible_v<store::Judged<Action::read, Resource::user>, Uuid, std::string, OrganizationId, UserId> &&
              !std::is_constructible_v<store::Permit<Action::read, Resource::user>, store::Judged<Action::read, Resource::user>>);
using ReadUser = store::Permit<Action::read, Resource::user>;
using UpdateUser = store::Permit<Action::update, Resource::user>;
static_assert(std::is_convertible_v<ReadUser, store::OneOf<ReadUser, UpdateUser>> &&
              std::is_convertible_v<store::OneOf<UpdateUser>, store::OneOf<ReadUser, UpdateUser>> &&
              !std::is_constructible_v<store::OneOf<ReadUser>, store::OneOf<ReadUser, UpdateUser>> &&
              !std::is_constructible_v<store::OneOf<ReadUser>, UpdateUser> && !std::is_constructible_v<store::OneOf<ReadUser>, Uuid>);

// What a call needs to find a row: values by "statement.parameter", else by the parameter; what has none is empty or now.
class Arguments {
 public:
  std::map<std::string, std::string, std::less<>> named;

  template <class T>
  T as(std::string_view statement, std::string_view parameter) const {
    const auto* text = find(statement, parameter);
    if constexpr (requires { typename T::value_type; } && !std::is_same_v<T, std::string>) {
      if (!text) return T{};
      if constexpr (requires(T list) { list.push_back(typename T::value_type{}); })
        return T{read<typename T::value_type>(*text)};
      else
        return T{read<typename T::value_type>(*text)};
    } else {
      return text ? read<T>(*text) : fallback<T>();
    }
  }

 private:
  const std::string* find(std::string_view statement, std::string_view parameter) const {
    if (const auto exact = named.find(std::string(statement) + "." + std::string(parameter)); exact != named.end()) return &exact->second;
    const auto general = named.find(parameter);
    return general == named.end() ? nullptr : &general->second;
  }
  static Time now() { return std::chrono::floor<Microseconds>(std::chrono::system_clock::now()); }
  template <class T>
  static T fallback() {
    if constexpr (std::is_same_v<T, Time>)
      return now();
    else
      return T{};
  }
  template <class T>
  static T read(const std::string& text) {
    if constexpr (std::is_same_v<T, std::string>)
      return text;
    else if constexpr (std::is_same_v<T, bool>)
      return text == "true";
    else if constexpr (std::is_integral_v<T>)
      return static_cast<T>(std::stoll(text));
    else if constexpr (std::is_same_v<T, Time>)
      return now() + std::chrono::seconds(std::stoll(text));
    else if constexpr (std::is_same_v<T, Uuid>)
      return *Uuid::parse(text);
    else if constexpr (requires { T::parse(text); })
      return *T::parse(text);
    else
      return T{text};
  }
};

// How many rows the caller was shown. A count is what it counts.
template <class T>
Result<std::size_t> found(Result<std::vector<T>> got) {
  TRY(rows, std::move(got));
  return rows.size();
}
template <class T>
Result<std::size_t> found(Result<std::optional<T>> got) {
  TRY(row, std::move(got));
  return row ? 1 : 0;
}
template <class T>
Result<std::size_t> found(Result<T> got) {
  if (!got && got.error().code == Code::not_found) return 0;
  TRY(row, std::move(got));
  (void)row;
  return 1;
}
inline Result<std::size_t> found(Result<std::int64_t> got) {
  TRY(count, std::move(got));
  return static_cast<std::size_t>(count);
}

// A statement that reads as whoever the store acts for; registered by the generated files.
struct Reading {
  using Call = std::function<Task<Result<std::size_t>>(store::Store&, const Arguments&)>;
  Reading(const char* name, Call call) { all().emplace(name, std::move(call)); }
  static std::map<std::string, Call>& all() {
    static std::map<std::string, Call> readings;
    return readings;
  }
};

}  // namespace slipway::proof
