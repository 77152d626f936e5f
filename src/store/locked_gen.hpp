// What generated SQL code of `row lock` and `:change` statements leans on; included by gen/*.cpp and nowhere else.
#pragma once

#include "store/gen.hpp"
#include "store/locked.hpp"

namespace slipway::store {

struct LockedGen {
  // Errors: conflict when it touched nothing.
  static Task<Result<void>> change(Store& store, const pg::Statement& statement, pg::Params params) {
    CO_TRY(touched, co_await Gen::count(store, statement, std::move(params)));
    if (touched == 0) co_return fail(Code::conflict, "This was changed or removed by somebody else meanwhile.", "Look at it again, and repeat.");
    co_return Result<void>();
  }

  // As `row read`, with the row locked until the transaction ends.
  template <class Row>
  static Task<Result<std::optional<Locked<Row>>>> opt(Tx& tx, const pg::Statement& statement, pg::Params params, Gen::Read<Row> read_row) {
    CO_TRY(row, co_await Gen::opt_judged<Row>(tx, statement, std::move(params), read_row));
    if (!row) co_return std::optional<Locked<Row>>();
    co_return std::optional(Locked<Row>(std::move(*row)));
  }
};

}  // namespace slipway::store
