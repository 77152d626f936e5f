#include "pg/rows.hpp"

#include "base/text.hpp"

#include <libpq-fe.h>

#include <stdexcept>

namespace slipway::pg {

namespace {

int at(std::size_t index) { return static_cast<int>(index); }

}  // namespace

void Rows::Clear::operator()(pg_result* result) const { PQclear(result); }

Rows::Rows(pg_result* owned) : result_(owned) {}

std::size_t Rows::size() const { return result_ ? static_cast<std::size_t>(PQntuples(result_.get())) : 0; }

std::size_t Rows::columns() const { return result_ ? static_cast<std::size_t>(PQnfields(result_.get())) : 0; }

std::size_t Rows::affected() const {
  if (!result_) return 0;
  return text::number<std::size_t>(PQcmdTuples(result_.get())).value_or(0);
}

bool Rows::is_null(std::size_t row, std::size_t column) const {
  if (row >= size() || column >= columns()) mismatch(row, column);
  return PQgetisnull(result_.get(), at(row), at(column)) != 0;
}

std::string_view Rows::raw(std::size_t row, std::size_t column) const {
  if (is_null(row, column)) mismatch(row, column);
  return {PQgetvalue(result_.get(), at(row), at(column)), static_cast<std::size_t>(PQgetlength(result_.get(), at(row), at(column)))};
}

std::string_view Rows::name(std::size_t column) const {
  if (column >= columns()) mismatch(0, column);
  return PQfname(result_.get(), at(column));
}

void Rows::mismatch(std::size_t row, std::size_t column) const {
  const char* name = column < columns() ? PQfname(result_.get(), at(column)) : "none";
  throw std::logic_error(fmt::format("row {} column {} ({}) is null, absent or of another type", row, column, name));
}

}  // namespace slipway::pg
