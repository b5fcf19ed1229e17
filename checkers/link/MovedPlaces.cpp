#include "link/MovedPlaces.h"

#include "llvm/ADT/StringExtras.h"

#include "link/TuSummaryFields.h"

namespace poolguard {

namespace {

/// A summary as sequences of what it consists of.
class Outline {
public:
  explicit Outline(const TuSummary &Summary) {
    describe(*this, const_cast<TuSummary &>(Summary)); // it only looks
  }

  std::vector<uint64_t> Numbers;
  std::vector<llvm::StringRef> Texts;
  std::vector<const Location *> Places;
  std::vector<unsigned> Offsets;

  template <class T> void operator()(const char *, T &Value) { put(Value); }
  template <class Text> void path(const char *, Text &Path) { Texts.push_back(Path); }
  void offset(const char *, unsigned &Offset) { Offsets.push_back(Offset); }

private:
  template <class T> void put(T &Value) {
    if constexpr (std::is_enum_v<T> || std::is_integral_v<T>)
      Numbers.push_back(static_cast<uint64_t>(Value));
    else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, SharedText>)
      Texts.push_back(Value);
    else if constexpr (std::is_same_v<T, Location>)
      Places.push_back(&Value);
    else if constexpr (Boxed<T>)
      put(const_cast<typename T::Inside &>(*Value));
    else
      describe(*this, Value);
  }
  template <class T> void put(std::optional<T> &Value) {
    Numbers.push_back(Value.has_value());
    if (Value)
      put(*Value);
  }
  template <class T> void put(std::vector<T> &Values) {
    Numbers.push_back(Values.size());
    for (T &Value : Values)
      put(Value);
  }
  template <class Text, class T> void put(std::map<Text, T> &Values) {
    Numbers.push_back(Values.size());
    for (auto &[Key, Value] : Values) {
      Texts.push_back(Key);
      put(Value);
    }
  }
  template <class A, class B> void put(std::pair<A, B> &Value) {
    put(Value.first);
    put(Value.second);
  }
};

using Moves = std::vector<std::pair<unsigned, unsigned>>;

/// Whether the names differ in nothing but the places in them, which are added to `Offsets`. See extract/Names.cpp: a
/// place is a number behind one of `@`, `#` and `:`, where no identifier can begin with one.
bool differInPlaces(llvm::StringRef A, llvm::StringRef B, Moves &Offsets) {
  if (!A.starts_with("c:") && !A.starts_with("place:"))
    return false;
  while (!A.empty() && !B.empty()) {
    const char C = A.front();
    if (C != B.front())
      return false;
    A = A.drop_front();
    B = B.drop_front();
    if (C != '@' && C != '#' && C != ':')
      continue;
    unsigned From, To;
    llvm::StringRef RestA = A, RestB = B;
    if (!RestA.consumeInteger(10, From) && !RestB.consumeInteger(10, To) && From != To) {
      Offsets.emplace_back(From, To);
      A = RestA;
      B = RestB;
    }
  }
  return A.empty() && B.empty();
}

/// Whether each has one move, and no two change their order.
template <class T> bool inOrder(std::vector<std::pair<T, T>> &All) {
  llvm::sort(All);
  All.erase(std::unique(All.begin(), All.end()), All.end());
  for (size_t I = 1; I < All.size(); ++I)
    if (!(All[I - 1].first < All[I].first && All[I - 1].second < All[I].second))
      return false;
  return true;
}

bool namesKept(const Outline &Before, const Outline &Now, Moves &Offsets) {
  llvm::DenseMap<llvm::StringRef, llvm::StringRef> Known;
  std::vector<std::pair<llvm::StringRef, llvm::StringRef>> All;
  for (size_t I = 0; I < Before.Texts.size(); ++I) {
    llvm::StringRef A = Before.Texts[I], B = Now.Texts[I];
    auto [At, New] = Known.try_emplace(A, B);
    if (!New) {
      if (At->second != B)
        return false;
      continue;
    }
    if (A != B && !differInPlaces(A, B, Offsets))
      return false;
    All.emplace_back(A, B);
  }
  return inOrder(All);
}

} // namespace

std::optional<MovedPlaces> MovedPlaces::between(const TuSummary &Before, const TuSummary &Now) {
  const Outline Old(Before), New(Now);
  if (Old.Numbers != New.Numbers || Old.Texts.size() != New.Texts.size() || Old.Places.size() != New.Places.size() ||
      Old.Offsets.size() != New.Offsets.size())
    return std::nullopt;
  Moves Offsets, Lines;
  if (!namesKept(Old, New, Offsets))
    return std::nullopt;
  MovedPlaces Out;
  Out.MainFile = Before.MainFile;
  for (size_t I = 0; I < Old.Places.size(); ++I) {
    const Location &A = *Old.Places[I], &B = *New.Places[I];
    if (A.File != B.File || A.InMacro != B.InMacro || A.valid() != B.valid())
      return std::nullopt;
    if (!A.valid() || A.File != Out.MainFile) {
      if (!(A == B) || A.Offset != B.Offset)
        return std::nullopt;
      continue;
    }
    Offsets.emplace_back(A.Offset, B.Offset);
    Lines.emplace_back(A.Line, B.Line);
    Out.ByOffset[A.Offset] = B;
  }
  for (size_t I = 0; I < Old.Offsets.size(); ++I)
    Offsets.emplace_back(Old.Offsets[I], New.Offsets[I]);
  if (!inOrder(Offsets) || !inOrder(Lines))
    return std::nullopt;
  return Out;
}

std::optional<Location> MovedPlaces::now(const Location &Before) const {
  if (!Before.valid() || Before.File != MainFile)
    return Before;
  auto At = ByOffset.find(Before.Offset);
  if (At == ByOffset.end())
    return std::nullopt;
  return At->second;
}

} // namespace poolguard
