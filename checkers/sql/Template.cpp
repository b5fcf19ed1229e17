//===- Template.cpp ---------------------------------------------*- C++ -*-===//

#include "sql/Template.h"

#include <algorithm>
#include <map>

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringExtras.h"

#include "sql/Facts.h"
#include "sql/Lexer.h"

namespace poolguard::sql {

void FilledText::copy(llvm::StringRef Original, unsigned End) {
  if (End == OriginalEnd)
    return;
  Pieces.push_back({static_cast<unsigned>(Text.size()), OriginalEnd, false});
  Text += Original.slice(OriginalEnd, End);
  OriginalEnd = End;
}

void FilledText::fill(llvm::StringRef Filler, unsigned End) {
  Pieces.push_back({static_cast<unsigned>(Text.size()), OriginalEnd, true});
  Text += Filler;
  OriginalEnd = End;
}

unsigned FilledText::original(unsigned Offset) const {
  if (Offset >= Text.size())
    return OriginalEnd;
  auto Next =
      std::upper_bound(Pieces.begin(), Pieces.end(), Offset, [](unsigned O, const Piece &P) { return O < P.Begin; });
  if (Next == Pieces.begin())
    return 0;
  const Piece &P = *std::prev(Next);
  return P.Filler ? P.OriginalBegin : P.OriginalBegin + (Offset - P.Begin);
}

namespace {

/// Ways to fill a slot.
enum class Filling {
  AsIs, // a placeholder that PostgreSQL knows: the operator `?`, the slice `[1:n]`
  Parameter,
  Name,
  Nothing,
  List,       // ($1)
  Number,     // LIMIT in places where no parameter may stand
  String,     // INTERVAL '...'
  Assignment, // SET name = $1
  Definition, // name type
  Statement,  // PREPARE p AS ...
  Operator,
  Digits, // ${}: the number of a parameter
};

/// What stands for a hole between two operands. No operator that anyone has defined.
constexpr llvm::StringLiteral UnknownOperator = "~@#@~";

/// What to try for a slot, the likeliest first; the first `CommonWays` for all slots before the rest for any.
constexpr unsigned CommonWays = 3;
constexpr Filling ForHole[] = {Filling::Parameter, Filling::Name,    Filling::Nothing,    Filling::List,
                               Filling::Number,    Filling::String,  Filling::Assignment, Filling::Definition,
                               Filling::Statement, Filling::Operator};
constexpr Filling ForNamePiece[] = {Filling::Name, Filling::Digits, Filling::Nothing};
constexpr Filling ForQualifiedName[] = {Filling::Name, Filling::Nothing, Filling::Parameter};
constexpr Filling ForDigits[] = {Filling::Digits, Filling::Name};
constexpr Filling ForPlaceholder[] = {Filling::AsIs, Filling::Parameter};

struct Slot {
  unsigned Begin, End;
  llvm::ArrayRef<Filling> Ways;
  unsigned Parameter = 0; // its number when it's filled by one
  unsigned Way = 0;       // index in Ways

  bool isPlaceholder() const { return Ways.data() == ForPlaceholder; }
};

class Slots {
public:
  explicit Slots(llvm::StringRef Text) : Text(Text) {
    find();
    numberParameters();
    chooseName();
  }

  ParsedTemplate parse();

private:
  struct Attempt {
    FilledText Filled;
    RawParse Parse;
    /// How far it got; the greater the better.
    unsigned progress() const { return Parse.Error ? Parse.ErrorOffset : ~0u; }
  };

  void find();
  llvm::ArrayRef<Filling> waysForHole(unsigned I) const;
  bool isQuestionMark(unsigned I) const;
  bool isNamedPlaceholder(unsigned I) const;
  void numberParameters();
  void chooseName();
  std::string filler(const Slot &S) const;
  Attempt attempt();
  void readPlaceholdersAsParameters(Attempt &Best);
  void improve(unsigned Ways, Attempt &Best);
  bool improveAt(Slot &S, unsigned Ways, Attempt &Best);
  void fillAllAlike(Attempt &Best);
  void restoreHoles(std::string &In, llvm::StringRef Written) const;

  llvm::StringRef Text;
  std::vector<Slot> All;
  std::string Name; // what stands for a hole in a name: occurs nowhere else
  unsigned HighestParameter = 0;
  unsigned AttemptsLeft = 0;
  bool HasHole = false;
};

llvm::ArrayRef<Filling> Slots::waysForHole(unsigned I) const {
  unsigned WordBegin = I;
  while (WordBegin > 0 && isWordByte(Text[WordBegin - 1]))
    --WordBegin;
  char Next = I + 1 < Text.size() ? Text[I + 1] : ' ';
  if (WordBegin < I && (Text[WordBegin] == '$' || llvm::isDigit(Text[WordBegin])))
    return ForDigits;
  if (WordBegin < I || isWordByte(Next))
    return ForNamePiece;
  if (Next == '.' || (I > 0 && Text[I - 1] == '.'))
    return ForQualifiedName;
  return ForHole;
}

bool Slots::isQuestionMark(unsigned I) const {
  if (Text[I] != '?')
    return false;
  bool PartOfOperator = (I + 1 < Text.size() && llvm::StringRef("?|&").contains(Text[I + 1])) ||
                        (I > 0 && llvm::StringRef("?@").contains(Text[I - 1]));
  return !PartOfOperator;
}

bool Slots::isNamedPlaceholder(unsigned I) const {
  return Text[I] == ':' && (I == 0 || Text[I - 1] != ':') && I + 1 < Text.size() && Text[I + 1] != '$' &&
         isWordByte(Text[I + 1]);
}

void Slots::find() {
  for (unsigned I = 0; I < Text.size();) {
    if (unsigned OpaqueEnd = skipOpaque(Text, I); OpaqueEnd != I) {
      HasHole |= skipComment(Text, I) == I && Text.slice(I, OpaqueEnd).contains(Hole);
      I = OpaqueEnd;
    } else if (Text[I] == Hole) {
      HasHole = true;
      All.push_back({I, I + 1, waysForHole(I)});
      ++I;
    } else if (isQuestionMark(I)) {
      All.push_back({I, I + 1, ForPlaceholder});
      ++I;
    } else if (isNamedPlaceholder(I)) {
      All.push_back({I, tokenEnd(Text, I + 1), ForPlaceholder});
      I = All.back().End;
    } else if (Text[I] == '$' && (I == 0 || !isWordByte(Text[I - 1]))) {
      unsigned End = tokenEnd(Text, I);
      unsigned Number = 0;
      if (!Text.slice(I + 1, End).getAsInteger(10, Number) && Number < 100000)
        HighestParameter = std::max(HighestParameter, Number);
      I = End;
    } else {
      ++I;
    }
  }
  AttemptsLeft = std::min<size_t>(200, 16 + (size_t(4) << 20) / (Text.size() + 1));
}

/// Equal names are one parameter; each `?` and each hole is one of its own.
void Slots::numberParameters() {
  std::map<std::string, unsigned> Named;
  for (Slot &S : All) {
    llvm::StringRef Written = Text.slice(S.Begin, S.End);
    unsigned *Known = Written.size() > 1 ? &Named[Written.str()] : nullptr;
    S.Parameter = Known && *Known ? *Known : ++HighestParameter;
    if (Known)
      *Known = S.Parameter;
  }
}

void Slots::chooseName() {
  // Short, since PostgreSQL cuts names after 63 bytes.
  std::string Lower = Text.lower();
  unsigned Suffix = 0;
  do {
    Name = "zh" + llvm::utostr(Suffix++) + "z";
  } while (llvm::StringRef(Lower).contains(Name));
}

std::string Slots::filler(const Slot &S) const {
  std::string Parameter = "$" + llvm::utostr(S.Parameter);
  // Two holes in a row must not become one token, nor `x:name` a name.
  bool Apart = S.isPlaceholder() || (S.Begin > 0 && Text[S.Begin - 1] == Hole);
  switch (S.Ways[S.Way]) {
  case Filling::AsIs: return Text.slice(S.Begin, S.End).str();
  case Filling::Parameter: return Apart ? " " + Parameter : Parameter;
  case Filling::Name: return Apart && S.Ways.data() == ForHole ? " " + Name : Name;
  case Filling::Nothing: return "";
  case Filling::List: return "(" + Parameter + ")";
  case Filling::Number: return "0";
  case Filling::String: return "'" + Name + "'";
  case Filling::Assignment: return Name + " = " + Parameter;
  case Filling::Definition: return Name + " int";
  case Filling::Statement: return "SELECT";
  case Filling::Operator: return UnknownOperator.str();
  case Filling::Digits: return llvm::utostr(S.Parameter);
  }
  return "";
}

Slots::Attempt Slots::attempt() {
  Attempt A;
  for (const Slot &S : All) {
    A.Filled.copy(Text, S.Begin);
    A.Filled.fill(filler(S), S.End);
  }
  A.Filled.copy(Text, Text.size());
  A.Parse = rawParse(A.Filled.text());
  A.Parse.ErrorOffset = A.Filled.original(A.Parse.ErrorOffset);
  if (AttemptsLeft > 0)
    --AttemptsLeft;
  return A;
}

void Slots::readPlaceholdersAsParameters(Attempt &Best) {
  if (llvm::none_of(All, [](const Slot &S) { return S.isPlaceholder(); }))
    return;
  for (Slot &S : All)
    S.Way = S.isPlaceholder();
  Attempt A = attempt();
  if (A.progress() >= Best.progress()) {
    Best = std::move(A);
    return;
  }
  for (Slot &S : All)
    S.Way = 0;
}

/// Tries the other of the first `Ways` ways to fill `S` and keeps the best one. False when none is better than the
/// present one.
bool Slots::improveAt(Slot &S, unsigned Ways, Attempt &Best) {
  unsigned BestWay = S.Way;
  for (unsigned Way = 0; Way < std::min<size_t>(Ways, S.Ways.size()) && Best.Parse.Error && AttemptsLeft > 0; ++Way) {
    if (Way == BestWay)
      continue;
    unsigned Former = S.Way;
    S.Way = Way;
    Attempt A = attempt();
    if (A.progress() > Best.progress()) {
      Best = std::move(A);
      BestWay = Way;
    }
    S.Way = Former;
  }
  bool Better = BestWay != S.Way;
  S.Way = BestWay;
  return Better;
}

/// The parser stops at the first token that can't follow what it has read, so that the slot to blame is the last one
/// before it, or one shortly before that.
void Slots::improve(unsigned Ways, Attempt &Best) {
  constexpr unsigned Suspects = 3;
  bool Better = true;
  while (Better && Best.Parse.Error && AttemptsLeft > 0) {
    Better = false;
    auto Blamed = std::upper_bound(All.begin(), All.end(), Best.Parse.ErrorOffset,
                                   [](unsigned O, const Slot &S) { return O < S.Begin; });
    for (unsigned I = 0; I < Suspects && Blamed != All.begin() && !Better; ++I)
      Better = improveAt(*--Blamed, Ways, Best);
  }
}

void Slots::fillAllAlike(Attempt &Best) {
  std::vector<Slot> Former = All;
  for (Filling Way : {Filling::Name, Filling::Nothing, Filling::Parameter}) {
    if (!Best.Parse.Error)
      return;
    for (Slot &S : All)
      if (auto *It = llvm::find(S.Ways, Way); It != S.Ways.end())
        S.Way = It - S.Ways.begin();
    Attempt A = attempt();
    if (!A.Parse.Error) {
      Best = std::move(A);
      return;
    }
  }
  All = std::move(Former);
}

std::string replaceAll(llvm::StringRef In, llvm::StringRef What, llvm::StringRef By) {
  std::string Result;
  for (size_t At = In.find(What); At != llvm::StringRef::npos; At = In.find(What)) {
    Result += In.take_front(At);
    Result += By;
    In = In.drop_front(At + What.size());
  }
  Result += In;
  return Result;
}

/// Puts `Written` where the fillers for names and operators stand.
void Slots::restoreHoles(std::string &In, llvm::StringRef Written) const {
  if (HasHole)
    In = replaceAll(replaceAll(In, Name, Written), UnknownOperator, Written);
}

ParsedTemplate Slots::parse() {
  Attempt Best = attempt();
  if (Best.Parse.Error && !All.empty()) {
    RawParse First = Best.Parse;
    readPlaceholdersAsParameters(Best);
    improve(CommonWays, Best);
    improve(std::size(ForHole), Best);
    fillAllAlike(Best);
    if (Best.Parse.Error)
      Best.Parse = std::move(First);
  }
  restoreHoles(Best.Parse.Json, "\\u0001");
  if (Best.Parse.Error)
    restoreHoles(*Best.Parse.Error, "...");
  return {std::move(Best.Filled), std::move(Best.Parse), HasHole};
}

} // namespace

ParsedTemplate parseTemplate(llvm::StringRef Text) { return Slots(Text).parse(); }

} // namespace poolguard::sql
