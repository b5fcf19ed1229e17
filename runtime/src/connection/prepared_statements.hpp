/// Which statements of one connection are prepared. Parsing and planning the queue's statements takes longer than they do.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

namespace poolguard::detail {

/// Only keeps count; the connection prepares. Used by one thread at a time.
class PreparedStatements {
 public:
  enum class Step {
    run,      ///< as it is: it was seen for the first time, or is not to be prepared
    prepare,  ///< first
    reuse,    ///< it is prepared
  };
  struct Statement {
    Step step = Step::run;
    std::string name;  ///< of the prepared one: the same for the same text, on any connection
  };

  /// Counts one more use of this text.
  [[nodiscard]] Statement use(std::string_view sql);
  void prepared(std::string_view sql);
  /// This one can't be: it is run as it is from now on.
  void refuse(std::string_view sql);

 private:
  /// So many texts are kept: who makes up new ones all the time gains nothing by it.
  static constexpr std::size_t kMostStatements = 64;
  enum class State { seen, prepared, refused };

  std::unordered_map<std::string, State> states_;
};

}  // namespace poolguard::detail
