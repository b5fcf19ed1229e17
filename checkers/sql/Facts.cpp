//===- Facts.cpp ------------------------------------------------*- C++ -*-===//

#include "sql/Facts.h"

#include "llvm/ADT/StringExtras.h"

#include "sql/Lexer.h"
#include "sql/Parser.h"
#include "sql/StatementFacts.h"
#include "sql/Template.h"

namespace poolguard::sql {

llvm::StringRef name(StatementKind K) {
  switch (K) {
  case StatementKind::Select: return "select";
  case StatementKind::Insert: return "insert";
  case StatementKind::Update: return "update";
  case StatementKind::Delete: return "delete";
  case StatementKind::Merge: return "merge";
  case StatementKind::Copy: return "copy";
  case StatementKind::Truncate: return "truncate";
  case StatementKind::Begin: return "begin";
  case StatementKind::Commit: return "commit";
  case StatementKind::Rollback: return "rollback";
  case StatementKind::Savepoint: return "savepoint";
  case StatementKind::Set: return "set";
  case StatementKind::Show: return "show";
  case StatementKind::Listen: return "listen";
  case StatementKind::Unlisten: return "unlisten";
  case StatementKind::Notify: return "notify";
  case StatementKind::Prepare: return "prepare";
  case StatementKind::Execute: return "execute";
  case StatementKind::Deallocate: return "deallocate";
  case StatementKind::Discard: return "discard";
  case StatementKind::Load: return "load";
  case StatementKind::DeclareCursor: return "declare-cursor";
  case StatementKind::Fetch: return "fetch";
  case StatementKind::CloseCursor: return "close-cursor";
  case StatementKind::LockTable: return "lock-table";
  case StatementKind::Vacuum: return "vacuum";
  case StatementKind::CreateTable: return "create-table";
  case StatementKind::CreateIndex: return "create-index";
  case StatementKind::OtherDdl: return "other-ddl";
  case StatementKind::Do: return "do";
  case StatementKind::Call: return "call";
  case StatementKind::Other: return "other";
  }
  return "other";
}

static Extent original(Extent E, const FilledText &Filled) {
  unsigned Begin = Filled.original(E.Offset), End = Filled.original(E.Offset + E.Length);
  return {Begin, std::max(Begin, End) - Begin};
}

static void useOriginalOffsets(Statement &S, const FilledText &Filled) {
  for (SessionUse &U : S.Session) {
    Extent E = original({U.Offset, U.Length}, Filled);
    U.Offset = E.Offset;
    U.Length = E.Length;
    if (U.Argument)
      U.Argument = original(*U.Argument, Filled);
  }
}

/// The offset of a statement's first word; empty statements before it, which have no node, are passed over.
static unsigned firstWord(llvm::StringRef Source, unsigned At) {
  At = skipBlank(Source, At);
  while (At < Source.size() && (Source[At] == ';' || Source[At] == '('))
    At = skipBlank(Source, At + 1);
  return At;
}

static void readStatements(const ast::Tree &Tree, const FilledText &Filled, Facts &Out) {
  const ast::Value *Statements = Tree.root().Fields ? Tree.root().Fields->get("stmts") : nullptr;
  if (!Statements || Statements->Items.empty())
    return;
  for (const ast::Value &Raw : Statements->Items) {
    ast::Node N = Raw.Fields ? ast::node(*Raw.Fields, "stmt") : ast::Node();
    if (!N)
      continue;
    long long Location = std::max(ast::number(*Raw.Fields, "stmt_location"), 0LL);
    Statement S = readStatement(N, Filled.text(), firstWord(Filled.text(), static_cast<unsigned>(Location)));
    useOriginalOffsets(S, Filled);
    Out.Statements.push_back(std::move(S));
  }
}

static Facts parseHere(llvm::StringRef Text) {
  Facts Result;
  ParsedTemplate Template = parseTemplate(Text);
  Result.Partial = Template.HasHole;
  if (Template.Parse.Error) {
    Result.Error = std::move(Template.Parse.Error);
    Result.ErrorOffset = Template.Parse.ErrorOffset;
    return Result;
  }
  if (std::unique_ptr<ast::Tree> Tree = ast::Tree::read(Template.Parse.Json))
    readStatements(*Tree, Template.Filled, Result);
  else
    Result.Error = "nested too deep";
  return Result;
}

static Facts failure(llvm::StringRef Why) {
  Facts Result;
  Result.Error = Why.str();
  return Result;
}

Facts parse(llvm::StringRef Text) {
  constexpr size_t Longest = size_t(1) << 20;
  Text = Text.take_until([](char C) { return C == '\0'; });
  if (Text.size() > Longest)
    return failure("longer than 1 MB");
  // No text that short nests deep enough to need a stack of its own.
  constexpr size_t Short = 512;
  if (Text.size() <= Short)
    return parseHere(Text);
  Facts Result;
  if (!onParserThread(Text.size(), [&] { Result = parseHere(Text); }))
    return failure("no memory for the parser's stack");
  return Result;
}

} // namespace poolguard::sql
