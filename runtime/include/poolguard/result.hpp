/// What a statement is given and what it gives back, independent of the client library.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace poolguard {

/// The values for $1, $2, … in Postgres' text format; an empty optional is NULL. Owns its values.
class Params {
 public:
  /// One value. Implicit, so that `{id, epoch, "text", nullptr}` reads well at the call.
  class Value {
   public:
    Value(std::nullptr_t) {}
    Value(std::nullopt_t) {}
    Value(const char* text) : text_(text) {}
    Value(std::string_view text) : text_(text) {}
    Value(std::string text) : text_(std::move(text)) {}
    Value(std::optional<std::string> text) : text_(std::move(text)) {}
    Value(std::same_as<bool> auto flag) : text_(flag ? "true" : "false") {}
    Value(std::integral auto number)
      requires(!std::same_as<decltype(number), bool> && !std::same_as<decltype(number), char>)
        : text_(std::to_string(number)) {}

    [[nodiscard]] const std::optional<std::string>& text() const noexcept { return text_; }

   private:
    std::optional<std::string> text_;
  };

  Params() = default;
  Params(std::initializer_list<Value> values);

  void add(Value value);
  [[nodiscard]] const std::vector<std::optional<std::string>>& values() const noexcept { return values_; }

 private:
  std::vector<std::optional<std::string>> values_;
};

/// Postgres' text form of an array, for a parameter that is cast with `::bigint[]` or `::text[]`.
[[nodiscard]] std::string array_literal(const std::vector<std::int64_t>& numbers);
[[nodiscard]] std::string array_literal(const std::vector<std::string>& texts);
/// An empty element is NULL.
[[nodiscard]] std::string array_literal(const std::vector<std::optional<std::int64_t>>& numbers);
[[nodiscard]] std::string array_literal(const std::vector<std::optional<std::string>>& texts);

/// The rows a statement returned, as text. Owns its data; it outlives the connection.
class Result {
 public:
  using Value = std::optional<std::string>;
  using Row = std::vector<Value>;

  Result() = default;
  Result(std::vector<std::string> columns, std::vector<Row> rows, std::size_t affected_rows);

  [[nodiscard]] const std::vector<std::string>& columns() const noexcept { return columns_; }
  [[nodiscard]] const std::vector<Row>& rows() const noexcept { return rows_; }
  [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }
  [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
  /// Rows inserted, updated, deleted or returned, as the command tag says.
  [[nodiscard]] std::size_t affected_rows() const noexcept { return affected_rows_; }

  /// The value in `row` of the column named `column`. Throws ResultError if there is no such row or column.
  [[nodiscard]] const Value& at(std::size_t row, std::string_view column) const;
  /// As at(); throws ResultError if the value is NULL.
  [[nodiscard]] const std::string& text(std::size_t row, std::string_view column) const;
  /// As text(); throws ResultError if the value isn't a whole number that fits.
  [[nodiscard]] std::int64_t number(std::size_t row, std::string_view column) const;

 private:
  std::vector<std::string> columns_;
  std::vector<Row> rows_;
  std::size_t affected_rows_ = 0;
};

}  // namespace poolguard
