//===- Packed.h - Plain data to a file and back -----------------*- C++ -*-===//
//
// The one format of what Poolguard leaves on disk (TU summaries, cached findings): a text header that says what the
// file is and which Poolguard wrote it, then a sequence of MessagePack objects. A file of another version, or a damaged
// one, is refused with its name and the field that is wrong; nothing of it is used.
//
// A type is made storable by a function `describe(Archive, Value)` that names its fields in order; the same function
// writes and reads. It takes the value apart with a structured binding, so that a field that is added to the type and
// forgotten here doesn't compile.
//
//===----------------------------------------------------------------------===//
#pragma once

#include <algorithm>
#include <concepts>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/BinaryFormat/MsgPackReader.h"
#include "llvm/BinaryFormat/MsgPackWriter.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"

#include "link/PathRoot.h"
#include "link/SharedText.h"

namespace poolguard {

/// What kind of file it is: its first line, and the number that is raised with every change of its fields.
struct PackedKind {
  const char *Name;
  unsigned Format;
};

/// The version that is written into headers: files of another one are refused.
std::string packedToolVersion();

/// For each enumeration that is stored: `Last`, its last enumerator. Anything above it is damage.
template <class Enum> struct LastOf;

/// What is most often as it is by default, and is stored as one byte then: `absent` says whether it is.
template <class T>
concept OftenAbsent = requires(const T &Value) {
  { absent(Value) } -> std::same_as<bool>;
};

/// A value that copies share: it is given whole, and only looked at after that.
template <class T>
concept Boxed = requires { typename T::Inside; };

class PackWriter {
public:
  explicit PackWriter(const PathRoot &Root) : Root(Root), OS(Body), Out(OS) {}

  template <class T> void operator()(const char *, T &Value) { put(Value); }
  template <class Text> void path(const char *, Text &Path) { path(llvm::StringRef(Path)); }
  /// Bytes from the beginning of the file that the code stands in.
  void offset(const char *, unsigned &Offset) { put(Offset); }

  /// The complete file.
  void write(PackedKind Kind, llvm::raw_ostream &To) const;

private:
  const PathRoot &Root;
  llvm::SmallString<0> Body;
  llvm::raw_svector_ostream OS;
  llvm::msgpack::Writer Out;
  llvm::StringMap<unsigned> Index; // of texts that occur again and again, as names do
  std::vector<llvm::StringRef> Strings;
  llvm::StringMap<std::string> Stored;

  void path(llvm::StringRef Path);
  void string(llvm::StringRef Text);

  template <class T> void put(T &Value) {
    if constexpr (std::is_same_v<T, bool>)
      Out.write(Value);
    else if constexpr (std::is_enum_v<T>)
      Out.write(static_cast<uint64_t>(Value));
    else if constexpr (std::is_integral_v<T>)
      Out.write(static_cast<int64_t>(Value));
    else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, SharedText>)
      string(Value);
    else if constexpr (Boxed<T>)
      put(const_cast<typename T::Inside &>(*Value)); // which only looks
    else if constexpr (OftenAbsent<T>) {
      bool Present = !absent(Value);
      Out.write(Present);
      if (Present)
        describe(*this, Value);
    } else
      describe(*this, Value);
  }
  template <class T> void put(std::optional<T> &Value) {
    Out.write(Value.has_value());
    if (Value)
      put(*Value);
  }
  template <class T> void put(std::vector<T> &Values) {
    Out.write(static_cast<uint64_t>(Values.size()));
    for (T &Value : Values)
      put(Value);
  }
  template <class Text, class T> void put(std::map<Text, T> &Values) {
    Out.write(static_cast<uint64_t>(Values.size()));
    for (auto &[Key, Value] : Values) {
      string(Key);
      put(Value);
    }
  }
  template <class A, class B> void put(std::pair<A, B> &Value) {
    put(Value.first);
    put(Value.second);
  }
};

class PackReader {
public:
  /// Checks the header. What is wrong with it, finish() tells.
  PackReader(llvm::MemoryBufferRef File, PackedKind Kind, const PathRoot &Root);

  template <class T> void operator()(const char *Name, T &Value) {
    if (!Problem.empty())
      return;
    Where.push_back({Name, 0, false});
    get(Value);
    if (Problem.empty())
      Where.pop_back();
  }
  template <class Text> void path(const char *Name, Text &Path) {
    if (!Problem.empty())
      return;
    Where.push_back({Name, 0, false});
    Path = path();
    if (Problem.empty())
      Where.pop_back();
  }
  void offset(const char *Name, unsigned &Offset) { (*this)(Name, Offset); }

  /// To be called after the last field: the first thing that was wrong, with the file's name.
  llvm::Error finish();

  /// Whether nothing was wrong so far. The digest of the whole has been compared then, so the first fields can be taken
  /// alone.
  bool good() const { return Problem.empty(); }

private:
  struct Step {
    const char *Name;
    size_t Index;
    bool Indexed;
  };
  static constexpr unsigned MaxDepth = 256;
  static constexpr size_t MostReserved = 1024; // a damaged length asks for no more

  const PathRoot &Root;
  std::string File, Problem;
  llvm::StringRef Body;
  std::optional<llvm::msgpack::Reader> In;
  std::vector<llvm::StringRef> Strings;
  std::vector<SharedText> Shared;   // of the strings, those that have been asked for
  std::vector<SharedText> Absolute; // the same of those that are paths
  std::vector<Step> Where;          // the field that is being read

  void readStrings();
  void damaged(const llvm::Twine &What);
  bool next(llvm::msgpack::Object &Out, const char *Wanted, bool Fits(const llvm::msgpack::Object &));
  int64_t number(int64_t Least, int64_t Most);
  bool boolean();
  size_t length();
  /// The index of a string; nothing where something is wrong.
  std::optional<unsigned> string();
  std::string text();
  SharedText shared();
  SharedText path();

  template <class T> void get(T &Value) {
    if constexpr (std::is_same_v<T, bool>)
      Value = boolean();
    else if constexpr (std::is_enum_v<T>)
      Value = static_cast<T>(number(0, static_cast<int64_t>(LastOf<T>::Last)));
    else if constexpr (std::is_integral_v<T>)
      Value = static_cast<T>(number(std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
    else if constexpr (std::is_same_v<T, SharedText>)
      Value = shared();
    else if constexpr (std::is_same_v<T, std::string>)
      Value = text();
    else if (Where.size() > MaxDepth)
      damaged("nested too deeply");
    else if constexpr (Boxed<T>) {
      typename T::Inside Inside;
      get(Inside);
      Value = std::move(Inside);
    } else if constexpr (OftenAbsent<T>) {
      if (boolean())
        describe(*this, Value);
    } else
      describe(*this, Value);
  }
  template <class T> void get(std::optional<T> &Value) {
    Value.reset();
    if (boolean())
      get(Value.emplace());
  }
  template <class T> void get(std::vector<T> &Values) {
    size_t N = length();
    Values.clear();
    Values.reserve(std::min(N, MostReserved));
    for (size_t I = 0; I < N && Problem.empty(); ++I)
      item(I, [&] { get(Values.emplace_back()); });
  }
  template <class Text, class T> void get(std::map<Text, T> &Values) {
    size_t N = length();
    Values.clear();
    for (size_t I = 0; I < N && Problem.empty(); ++I)
      item(I, [&] {
        Text Key;
        get(Key);
        get(Values.try_emplace(Values.end(), std::move(Key))->second); // they are in order
      });
  }
  template <class A, class B> void get(std::pair<A, B> &Value) {
    get(Value.first);
    get(Value.second);
  }
  template <class Read> void item(size_t I, Read Get) {
    Where.push_back({nullptr, I, true});
    Get();
    if (Problem.empty())
      Where.pop_back();
  }
};

} // namespace poolguard
