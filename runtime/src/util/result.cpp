#include "poolguard/result.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "poolguard/errors.hpp"

namespace poolguard {

Params::Params(std::initializer_list<Value> values) {
  values_.reserve(values.size());
  for (const Value& value : values) values_.push_back(value.text());
}

void Params::add(Value value) { values_.push_back(value.text()); }

std::string array_literal(const std::vector<std::int64_t>& numbers) { return fmt::format("{{{}}}", fmt::join(numbers, ",")); }

std::string array_literal(const std::vector<std::string>& texts) {
  std::string out = "{";
  for (const std::string& text : texts) {
    if (out.size() > 1) out += ',';
    out += '"';
    for (const char c : text) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  return out + "}";
}

Result::Result(std::vector<std::string> columns, std::vector<Row> rows, std::size_t affected_rows)
    : columns_(std::move(columns)), rows_(std::move(rows)), affected_rows_(affected_rows) {}

const Result::Value& Result::at(std::size_t row, std::string_view column) const {
  if (row >= rows_.size()) throw ResultError(fmt::format("the result has {} rows; row {} was asked for", rows_.size(), row));
  const auto found = std::ranges::find(columns_, column);
  if (found == columns_.end()) {
    throw ResultError(fmt::format("the result has no column '{}'; it has: {}", column, fmt::join(columns_, ", ")));
  }
  return rows_[row][static_cast<std::size_t>(found - columns_.begin())];
}

const std::string& Result::text(std::size_t row, std::string_view column) const {
  const Value& value = at(row, column);
  if (!value) throw ResultError(fmt::format("column '{}' is NULL in row {}", column, row));
  return *value;
}

std::int64_t Result::number(std::size_t row, std::string_view column) const {
  const std::string& value = text(row, column);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size()) {
    throw ResultError(fmt::format("column '{}' holds '{}', which is not a whole number", column, value));
  }
  return number;
}

}  // namespace poolguard
