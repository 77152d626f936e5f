// What generated SQL code leans on; included by gen/*.cpp and nowhere else.
#pragma once

#include "rbac/filter.hpp"
#include "rbac/subject.hpp"
#include "store/store.hpp"

namespace slipway::store {

// Every generated statement, for the tests that describe, explain and count them.
struct KnownStatement {
  explicit KnownStatement(const pg::Statement& statement);
};
const std::vector<const pg::Statement*>& known_statements();

struct Gen {
  static rbac::ReadFilter filter(Store& store, rbac::Resource type);

  template <class T>
  static T only(const pg::Rows& rows, std::size_t row) {
    return rows.get<T>(row, 0);
  }

  static Task<Result<void>> exec(Store& store, const pg::Statement& statement, pg::Params params);
  static Task<Result<std::int64_t>> count(Store& store, const pg::Statement& statement, pg::Params params);

  template <class Row>
  using Read = Row (*)(const pg::Rows&, std::size_t);

  template <class Row>
  static Task<Result<Row>> one(Store& store, const pg::Statement& statement, pg::Params params, Read<Row> read) {
    CO_TRY(rows, co_await store.run(statement, std::move(params)));
    if (rows.empty()) co_return not_found();
    co_return read(rows, 0);
  }
  template <class Row>
  static Task<Result<std::optional<Row>>> opt(Store& store, const pg::Statement& statement, pg::Params params, Read<Row> read) {
    CO_TRY(rows, co_await store.run(statement, std::move(params)));
    if (rows.empty()) co_return std::optional<Row>();
    co_return std::optional<Row>(read(rows, 0));
  }
  template <class Row>
  static Task<Result<std::vector<Row>>> many(Store& store, const pg::Statement& statement, pg::Params params, Read<Row> read) {
    CO_TRY(rows, co_await store.run(statement, std::move(params)));
    std::vector<Row> all;
    all.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) all.push_back(read(rows, i));
    co_return all;
  }
  // `row read`: fetched, mapped by object_of(row), judged; not readable is not found.
  template <class Row>
  static Task<Result<Row>> one_judged(Store& store, const pg::Statement& statement, pg::Params params, Read<Row> read_row) {
    CO_TRY(row, co_await one<Row>(store, statement, std::move(params), read_row));
    if (!store.may(rbac::Action::read, object_of(row))) co_return not_found();
    co_return row;
  }
  template <class Row>
  static Task<Result<std::optional<Row>>> opt_judged(Store& store, const pg::Statement& statement, pg::Params params, Read<Row> read_row) {
    CO_TRY(row, co_await opt<Row>(store, statement, std::move(params), read_row));
    if (row && !store.may(rbac::Action::read, object_of(*row))) co_return std::optional<Row>();
    co_return row;
  }
};

}  // namespace slipway::store
