//===- Parser.cpp -----------------------------------------------*- C++ -*-===//

#include "sql/Parser.h"

#include <pthread.h>

#include "llvm/ADT/StringRef.h"

#include <pg_query.h>

namespace poolguard::sql {

static void *threadMain(void *Argument) {
  (*static_cast<llvm::function_ref<void()> *>(Argument))();
  return nullptr;
}

bool onParserThread(size_t TextSize, llvm::function_ref<void()> Work) {
  constexpr size_t StackBase = size_t(16) << 20; // for trees as deep as Json.cpp allows, with room for sanitizers
  constexpr size_t StackPerByte = 512; // libpg_query's printer recurses once per level; two bytes of text can make one
  pthread_attr_t Attributes;
  pthread_t Thread;
  ::pthread_attr_init(&Attributes);
  ::pthread_attr_setstacksize(&Attributes, (StackBase + TextSize * StackPerByte) & ~size_t(0xffff));
  int Failure = ::pthread_create(&Thread, &Attributes, threadMain, &Work);
  ::pthread_attr_destroy(&Attributes);
  if (Failure)
    return false;
  ::pthread_join(Thread, nullptr);
  return true;
}

/// libpg_query counts in characters, from 1.
static unsigned byteOffset(llvm::StringRef Text, int CursorPosition) {
  unsigned Byte = 0;
  for (int Characters = CursorPosition - 1; Characters > 0 && Byte < Text.size(); --Characters) {
    ++Byte;
    while (Byte < Text.size() && (static_cast<unsigned char>(Text[Byte]) & 0xc0) == 0x80)
      ++Byte;
  }
  return Byte;
}

RawParse rawParse(const std::string &Text) {
  RawParse Result;
  PgQueryParseResult R = pg_query_parse(Text.c_str());
  if (R.error) {
    Result.Error = R.error->message ? R.error->message : "not a SQL text";
    Result.ErrorOffset = byteOffset(Text, R.error->cursorpos);
  } else if (R.parse_tree) {
    Result.Json = R.parse_tree;
  }
  pg_query_free_parse_result(R);
  return Result;
}

} // namespace poolguard::sql
