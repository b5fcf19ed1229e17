//===- Parser.h - PostgreSQL's parser as a function -------------*- C++ -*-===//
#pragma once

#include <optional>
#include <string>

#include "llvm/ADT/STLFunctionalExtras.h"

namespace poolguard::sql {

/// What libpg_query says of a text: a tree in JSON, or an error and its byte offset.
struct RawParse {
  std::string Json;
  std::optional<std::string> Error;
  unsigned ErrorOffset = 0;
};

/// Runs `Work`, which may call the functions below, on a thread of its own with a stack for trees as deep as a text of
/// `TextSize` bytes can make them, and waits for it. False when there is no memory for such a stack.
bool onParserThread(size_t TextSize, llvm::function_ref<void()> Work);

RawParse rawParse(const std::string &Text);

} // namespace poolguard::sql
