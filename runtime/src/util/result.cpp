#include "poolguard/result.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "poolguard/errors.hpp"

namespace poolguard {
namespace {

void append_element(std::string& array, std::string_view text) {
  if (array.size() > 1) array += ',';
  array += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') array += '\\';
    array += c;
  }
  array += '"';
}

}  // namespace

Params::Params(std::initializer_list<Value> values) {
  values_.reserve(values.size());
  for (const Value& value : values) values_.push_back(value.text());
}

void Params::add(Value value) { values_.push_back(value.text()); }

std::string array_literal(const std::vector<std::int64_t>& numbers) { return fmt::format("{{{}}}", fmt::join(numbers, ",")); }

std::string array_literal(const std::vector<std::string>& texts) {
  std::string out = "{";
  for (const std::string& text : texts) append_element(out, text);
  return out + "}";
}

std::string array_literal(const std::vector<std::optional<std::int64_t>>& numbers) {
  std::string out = "{";
  for (const auto& number : numbers) {
    if (out.size() > 1) out += ',';
    out += number ? std::to_string(*number) : "NULL";
  }
  return out + "}";
}

std::string array_literal(const std::vector<std::optional<std::string>>& texts) {
  std::string out = "{";
  for (const auto& text : texts) {
    if (text) append_element(out, *text);
    else out += out.size() > 1 ? ",NULL" : "NULL";
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
