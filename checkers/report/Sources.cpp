//===- Sources.cpp - The files that findings stand in ---------------------===//

#include "report/Sources.h"

#include <algorithm>

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Path.h"

namespace poolguard {

using llvm::StringRef;

Sources::Sources(const ReportContext &For)
    : Context(For), Files(For.Files ? For.Files : llvm::vfs::getRealFileSystem()) {}

const Sources::Source &Sources::source(StringRef File) {
  auto Found = Read.find(File);
  if (Found != Read.end())
    return Found->second;
  Source S;
  llvm::SmallString<256> Path(File);
  if (!Context.Root.empty() && llvm::sys::path::is_relative(Path)) {
    Path = Context.Root;
    llvm::sys::path::append(Path, File);
  }
  if (auto Buffer = Files->getBufferForFile(Path)) {
    S.Buffer = std::move(*Buffer);
    StringRef Text = S.Buffer->getBuffer();
    S.LineStarts.push_back(0);
    for (size_t At = Text.find('\n'); At != StringRef::npos; At = Text.find('\n', At + 1))
      S.LineStarts.push_back(At + 1);
  }
  return Read.emplace(File.str(), std::move(S)).first->second;
}

std::optional<StringRef> Sources::text(StringRef File) {
  const Source &S = source(File);
  if (!S.Buffer)
    return std::nullopt;
  return S.Buffer->getBuffer();
}

std::optional<StringRef> Sources::line(StringRef File, unsigned Line) {
  const Source &S = source(File);
  if (!S.Buffer || Line == 0 || Line > S.LineStarts.size())
    return std::nullopt;
  StringRef Rest = S.Buffer->getBuffer().drop_front(S.LineStarts[Line - 1]);
  Rest = Rest.take_front(Rest.find('\n'));
  Rest.consume_back("\r");
  return Rest;
}

std::string Sources::name(StringRef File) const {
  llvm::SmallString<256> Path(File);
  llvm::sys::path::remove_dots(Path, /*remove_dot_dot=*/true);
  llvm::SmallString<256> Root(Context.Root);
  llvm::sys::path::remove_dots(Root, /*remove_dot_dot=*/true);
  while (Root.size() > 1 && llvm::sys::path::is_separator(Root.back()))
    Root.pop_back();
  StringRef Name = Path;
  if (!Root.empty() && Name.starts_with(Root)) {
    StringRef Rest = Name.drop_front(Root.size());
    bool RootEnds = llvm::sys::path::is_separator(Root.back());
    if (!Rest.empty() && (RootEnds || llvm::sys::path::is_separator(Rest.front())))
      Name = Rest.drop_while([](char C) { return llvm::sys::path::is_separator(C); });
  }
  return llvm::sys::path::convert_to_slash(Name);
}

std::optional<std::pair<unsigned, unsigned>> Sources::place(StringRef File, unsigned Offset) {
  const Source &S = source(File);
  if (!S.Buffer || Offset > S.Buffer->getBufferSize())
    return std::nullopt;
  auto After = std::upper_bound(S.LineStarts.begin(), S.LineStarts.end(), size_t{Offset});
  auto Line = static_cast<unsigned>(After - S.LineStarts.begin());
  return std::pair(Line, static_cast<unsigned>(Offset - *std::prev(After)) + 1);
}

std::optional<StringRef> Sources::replaced(const Edit &E) {
  std::optional<StringRef> Text = text(E.At.File);
  if (!Text || E.At.Offset > Text->size() || E.Length > Text->size() - E.At.Offset)
    return std::nullopt;
  return Text->substr(E.At.Offset, E.Length);
}

unsigned Sources::characterColumn(StringRef File, unsigned Line, unsigned Column) {
  std::optional<StringRef> Text = line(File, Line);
  if (!Text || Column == 0)
    return Column;
  StringRef Before = Text->take_front(Column - 1);
  auto Continuations = std::count_if(Before.begin(), Before.end(),
                                     [](char C) { return (static_cast<unsigned char>(C) & 0xC0) == 0x80; });
  return Column - static_cast<unsigned>(Continuations);
}

} // namespace poolguard
