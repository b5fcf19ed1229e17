//===- LlvmVersion.h - What differs between the LLVMs we build with -*- C++ -*-===//
//
// The guards are written for LLVM 22 and also build with LLVM 19. The differences stand here, so that no other file asks
// which LLVM it has (but for one #include of the plugin). Clang's classes are template parameters: this header is for
// the parts that don't know Clang, too.
//
//===----------------------------------------------------------------------===//

#pragma once

#include <initializer_list>
#include <utility>

#include "llvm/ADT/StringSwitch.h"
#include "llvm/Config/llvm-config.h"

namespace poolguard {

#if LLVM_VERSION_MAJOR >= 22
using llvm::StringSwitch;
#else
/// llvm::StringSwitch whose Cases() takes a list.
template <typename T> class StringSwitch {
public:
  explicit StringSwitch(llvm::StringRef Text) : Switch(Text) {}

  StringSwitch &Case(llvm::StringLiteral Text, T Value) {
    Switch.Case(Text, std::move(Value));
    return *this;
  }
  StringSwitch &Cases(std::initializer_list<llvm::StringLiteral> Texts, T Value) {
    for (llvm::StringLiteral Text : Texts)
      Switch.Case(Text, Value);
    return *this;
  }
  [[nodiscard]] T Default(T Value) { return Switch.Default(std::move(Value)); }

private:
  llvm::StringSwitch<T> Switch;
};
#endif

/// The type of a class or enum, as its declaration names it.
template <typename AstContext, typename Tag> auto tagType(const AstContext &Ast, const Tag *Declaration) {
  if constexpr (requires { Ast.getCanonicalTagType(Declaration); })
    return Ast.getCanonicalTagType(Declaration);
  else
    return Ast.getTagDeclType(Declaration);
}

/// The options as TextDiagnosticPrinter takes them: LLVM 19's owns what it is given, later ones refer to it.
template <typename DiagnosticOptions> decltype(auto) printerOptions(DiagnosticOptions &Options) {
  if constexpr (requires { Options.Retain(); })
    return new DiagnosticOptions(Options);
  else
    return (Options);
}

} // namespace poolguard

