#include "report/Nolint.h"

#include <optional>

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/GlobPattern.h"
#include "llvm/Support/MemoryBuffer.h"

#include "report/ToolRules.h"
#include "rules/CheckNames.h"

namespace poolguard {

using llvm::StringRef;

namespace {

constexpr StringRef Prefix = "poolguard-";

bool matches(StringRef Pattern, StringRef Check) {
  llvm::Expected<llvm::GlobPattern> Glob = llvm::GlobPattern::create(Pattern);
  if (Glob)
    return Glob->match(Check);
  llvm::consumeError(Glob.takeError()); // not a glob: then a name
  return Pattern == Check;
}

/// One name or glob of a marker's list.
struct Item {
  StringRef Pattern; // without the '-'
  bool Except = false;
  unsigned Line = 0, Column = 0, Offset = 0;
};

struct Marker {
  enum class Kind { Line, NextLine, Begin, End } K = Kind::Line;
  unsigned Line = 0, Column = 0, Offset = 0;
  StringRef Word;
  std::optional<StringRef> List; // nothing: every check
  std::vector<Item> Items;
  bool Quoted = false;          // in prose, between backquotes
  bool Paired = true;           // of Begin and End
  std::set<std::string> Hidden; // the checks whose findings it hid

  bool names(StringRef Check) const {
    bool Named = !List;
    for (const Item &I : Items)
      if (matches(I.Pattern, Check))
        Named = !I.Except;
    return Named;
  }
};

std::optional<Marker::Kind> kindOf(StringRef Word) {
  return llvm::StringSwitch<std::optional<Marker::Kind>>(Word)
      .Case("NOLINT", Marker::Kind::Line)
      .Case("NOLINTNEXTLINE", Marker::Kind::NextLine)
      .Case("NOLINTBEGIN", Marker::Kind::Begin)
      .Case("NOLINTEND", Marker::Kind::End)
      .Default(std::nullopt);
}

void readItems(Marker &M, StringRef Line, unsigned LineOffset) {
  llvm::SmallVector<StringRef, 4> Parts;
  M.List->split(Parts, ',');
  for (StringRef Part : Parts) {
    Item I;
    I.Pattern = Part.trim();
    I.Except = I.Pattern.consume_front("-");
    I.Line = M.Line;
    I.Column = static_cast<unsigned>(I.Pattern.data() - Line.data()) + 1;
    I.Offset = LineOffset + I.Column - 1;
    if (!I.Pattern.empty())
      M.Items.push_back(I);
  }
}

void readLine(StringRef Line, unsigned Number, unsigned LineOffset, std::vector<Marker> &Out) {
  for (size_t At = Line.find("NOLINT"); At != StringRef::npos; At = Line.find("NOLINT", At + 1)) {
    Marker M;
    M.Word = Line.substr(At).take_while([](char C) { return llvm::isAlpha(C); });
    std::optional<Marker::Kind> K = kindOf(M.Word);
    if (!K)
      continue;
    M.K = *K;
    M.Line = Number;
    M.Column = static_cast<unsigned>(At) + 1;
    M.Offset = LineOffset + static_cast<unsigned>(At);
    M.Quoted = Line.take_front(At).count('`') % 2 == 1;
    StringRef Rest = Line.substr(At + M.Word.size());
    if (size_t Close = Rest.find(')'); Rest.starts_with("(") && Close != StringRef::npos) {
      M.List = Rest.slice(1, Close);
      readItems(M, Line, LineOffset);
    }
    Out.push_back(std::move(M));
  }
}

Finding mistake(const std::string &File, unsigned Line, unsigned Column, unsigned Offset, std::string Message) {
  Finding F;
  F.Check = NolintRule.str();
  F.At.File = File;
  F.At.Line = Line;
  F.At.Column = Column;
  F.At.Offset = Offset;
  F.Message = std::move(Message);
  return F;
}

} // namespace

struct Nolint::File {
  std::unique_ptr<llvm::MemoryBuffer> Buffer;
  std::vector<Marker> Markers;                       // in source order
  std::vector<std::pair<unsigned, unsigned>> Blocks; // begin and end, by index

  /// An end closes the last open begin, if that names the same checks; whatever is left over hides nothing.
  void pair() {
    std::vector<unsigned> Open;
    for (unsigned I = 0; I < Markers.size(); ++I) {
      Marker &M = Markers[I];
      if (M.K != Marker::Kind::Begin && M.K != Marker::Kind::End)
        continue;
      M.Paired = false;
      if (M.K == Marker::Kind::Begin) {
        Open.push_back(I);
      } else if (!Open.empty() && Markers[Open.back()].List == M.List) {
        M.Paired = Markers[Open.back()].Paired = true;
        Blocks.emplace_back(Open.back(), I);
        Open.pop_back();
      }
    }
  }
};

Nolint::Nolint() = default;
Nolint::~Nolint() = default;

Nolint::File &Nolint::file(const std::string &Path) {
  auto [At, New] = Files.try_emplace(Path);
  if (!New)
    return *At->second;
  At->second = std::make_unique<File>();
  File &Into = *At->second;
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> Buffer = llvm::MemoryBuffer::getFile(Path);
  if (!Buffer)
    return Into; // a file that can't be read hides nothing
  Into.Buffer = std::move(*Buffer);
  StringRef Text = Into.Buffer->getBuffer();
  unsigned Number = 0;
  for (StringRef Rest = Text; !Rest.empty();) {
    auto [Line, After] = Rest.split('\n');
    readLine(Line, ++Number, static_cast<unsigned>(Line.data() - Text.data()), Into.Markers);
    Rest = After;
  }
  Into.pair();
  return Into;
}

bool Nolint::hides(const Finding &F) {
  if (F.At.Line == 0)
    return false;
  File &In = file(F.At.File);
  bool Hidden = false;
  auto Hide = [&](Marker &M) {
    if (!M.names(F.Check))
      return;
    M.Hidden.insert(F.Check);
    Hidden = true;
  };
  for (Marker &M : In.Markers)
    if ((M.K == Marker::Kind::Line && M.Line == F.At.Line) ||
        (M.K == Marker::Kind::NextLine && M.Line + 1 == F.At.Line))
      Hide(M);
  for (auto [Begin, End] : In.Blocks)
    if (In.Markers[Begin].Offset < F.At.Offset && F.At.Offset < In.Markers[End].Offset)
      Hide(In.Markers[Begin]);
  return Hidden;
}

/// What is wrong with one name of a list; an empty text when nothing is.
static std::string mistakeIn(const Marker &M, const Item &I, const std::set<StringRef> &ChecksRun, bool Whole) {
  bool Any = false, AllRun = true, Used = false;
  for (const CheckInfo &Check : checkInfos()) {
    std::string Name = (Prefix + Check.Name).str();
    if (!matches(I.Pattern, Name))
      continue;
    Any = true;
    AllRun &= ChecksRun.count(Check.Name) != 0;
    Used |= M.Hidden.count(Name) != 0;
  }
  const std::string Who = ("'" + M.Word + "' names '" + I.Pattern + "'").str();
  if (!Any)
    return "this " + Who + ", which is no check, so it hides nothing; correct the name, or delete it";
  if (Whole && AllRun && !Used && !I.Except)
    return "this " + Who + ", but hides no finding; delete it, or it will hide the next one";
  return {};
}

std::vector<Finding> Nolint::mistakes(llvm::ArrayRef<Location> Markers, const std::set<StringRef> &ChecksRun,
                                      bool Whole) {
  std::vector<Finding> Out;
  for (const Location &At : std::set<Location>(Markers.begin(), Markers.end())) {
    File &In = file(At.File);
    for (const Marker &M : In.Markers) {
      if (M.Offset != At.Offset || M.Quoted)
        continue;
      const bool Ours = llvm::any_of(M.Items, [](const Item &I) { return I.Pattern.starts_with(Prefix); });
      if (Ours && !M.Paired) {
        const bool Begins = M.K == Marker::Kind::Begin;
        Out.push_back(mistake(At.File, M.Line, M.Column, M.Offset,
                              ("this '" + M.Word + "' has no '" + (Begins ? "NOLINTEND" : "NOLINTBEGIN") +
                               "' with the same list, so it hides nothing; add that, or delete this")
                                  .str()));
        continue;
      }
      if (M.K == Marker::Kind::End)
        continue; // its begin is judged
      for (const Item &I : M.Items)
        if (I.Pattern.starts_with(Prefix))
          if (std::string Wrong = mistakeIn(M, I, ChecksRun, Whole); !Wrong.empty())
            Out.push_back(mistake(At.File, I.Line, I.Column, I.Offset, std::move(Wrong)));
    }
  }
  return Out;
}

} // namespace poolguard
