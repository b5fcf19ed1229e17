#include "link/Packed.h"

#include <limits>

#include "clang/Basic/Version.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

#include "model/Digest.h"

using namespace llvm;

namespace poolguard {

std::string packedToolVersion() { return "poolguard " POOLGUARD_VERSION " clang " CLANG_VERSION_MAJOR_STRING; }

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

void PackWriter::string(StringRef Text) {
  auto [At, New] = Index.try_emplace(Text, Strings.size());
  if (New)
    Strings.push_back(At->first());
  Out.write(static_cast<uint64_t>(At->second));
}

void PackWriter::path(StringRef Path) {
  auto [At, New] = Stored.try_emplace(Path);
  if (New)
    At->second = Root.stored(Path);
  string(At->second);
}

void PackWriter::write(PackedKind Kind, raw_ostream &To) const {
  SmallString<0> Content;
  raw_svector_ostream ContentStream(Content);
  msgpack::Writer Table(ContentStream);
  Table.write(static_cast<uint64_t>(Strings.size()));
  for (StringRef Text : Strings)
    Table.write(Text);
  ContentStream << Body;
  To << Kind.Name << "\nformat " << Kind.Format << "\ntool " << packedToolVersion() << "\ndigest "
     << Digest::of(Content) << "\n"
     << Content;
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

PackReader::PackReader(MemoryBufferRef Buffer, PackedKind Kind, const PathRoot &Root)
    : Root(Root), File(Buffer.getBufferIdentifier().str()) {
  StringRef Rest = Buffer.getBuffer();
  auto Line = [&](StringRef Field) -> std::optional<StringRef> {
    auto [First, Others] = Rest.split('\n');
    if (Others.data() == nullptr || !First.consume_front(Field))
      return std::nullopt;
    Rest = Others;
    return First;
  };
  if (!Line(Kind.Name)) {
    Problem = ("it isn't a '" + Twine(Kind.Name) + "' file").str();
    return;
  }
  std::optional<StringRef> Format = Line("format "), Tool = Format ? Line("tool ") : std::nullopt,
                           Expected = Tool ? Line("digest ") : std::nullopt;
  if (!Expected) {
    Problem = ("it is damaged: the header has no '" +
               Twine(!Format ? "format"
                     : !Tool ? "tool"
                             : "digest") +
               "'")
                  .str();
    return;
  }
  if (*Format != utostr(Kind.Format) || *Tool != packedToolVersion()) {
    Problem =
        (*Format != utostr(Kind.Format) ? "its 'format' is " + *Format + ", this poolguard reads " + utostr(Kind.Format)
                                        : "its 'tool' is '" + *Tool + "', this is '" + packedToolVersion() + "'")
            .str();
    return;
  }
  if (*Expected != Digest::of(Rest)) {
    Problem = "it is damaged: its content doesn't match its 'digest'";
    return;
  }
  Body = Rest;
  In.emplace(Body);
  readStrings();
}

void PackReader::readStrings() {
  Where.push_back({"strings", 0, false});
  size_t N = length();
  Strings.reserve(N);
  for (size_t I = 0; I < N && Problem.empty(); ++I) {
    msgpack::Object Text;
    if (next(Text, "a text", [](const msgpack::Object &O) { return O.Kind == msgpack::Type::String; }))
      Strings.push_back(Text.Raw);
  }
  Shared.resize(Strings.size());
  Absolute.resize(Strings.size());
  if (Problem.empty())
    Where.pop_back();
}

void PackReader::damaged(const Twine &What) {
  if (!Problem.empty())
    return;
  std::string Field;
  for (const Step &S : Where) {
    if (S.Indexed) {
      Field += "[" + utostr(S.Index) + "]";
      continue;
    }
    if (!Field.empty())
      Field += ".";
    Field += S.Name;
  }
  Problem = ("it is damaged: field '" + Twine(Field) + "': " + What).str();
}

bool PackReader::next(msgpack::Object &Out, const char *Wanted, bool Fits(const msgpack::Object &)) {
  if (!Problem.empty())
    return false;
  llvm::Expected<bool> Read = In->read(Out);
  if (!Read) {
    damaged(toString(Read.takeError()));
    return false;
  }
  if (!*Read)
    damaged(Twine("the file ends, where ") + Wanted + " is expected");
  else if (!Fits(Out))
    damaged(Twine("not ") + Wanted);
  return Problem.empty();
}

static bool isNumber(const msgpack::Object &O) { return O.Kind == msgpack::Type::UInt || O.Kind == msgpack::Type::Int; }

int64_t PackReader::number(int64_t Least, int64_t Most) {
  msgpack::Object O;
  if (!next(O, "a number", isNumber))
    return 0;
  bool TooBig = O.Kind == msgpack::Type::UInt && O.UInt > static_cast<uint64_t>(Most);
  int64_t N = O.Kind == msgpack::Type::UInt ? static_cast<int64_t>(O.UInt) : O.Int;
  if (TooBig || N < Least || N > Most) {
    damaged("out of range");
    return 0;
  }
  return N;
}

bool PackReader::boolean() {
  msgpack::Object O;
  return next(O, "true or false", [](const msgpack::Object &O) { return O.Kind == msgpack::Type::Boolean; }) && O.Bool;
}

size_t PackReader::length() {
  // Every element takes a byte at least, so a damaged length can't ask for more memory than the file is long.
  return number(0, Body.size());
}

std::optional<unsigned> PackReader::string() {
  int64_t I = number(0, std::numeric_limits<unsigned>::max());
  if (Problem.empty() && static_cast<size_t>(I) >= Strings.size())
    damaged("no such text in 'strings'");
  return Problem.empty() ? std::optional<unsigned>(I) : std::nullopt;
}

std::string PackReader::text() {
  std::optional<unsigned> I = string();
  return I ? Strings[*I].str() : std::string();
}

SharedText PackReader::shared() {
  std::optional<unsigned> I = string();
  if (!I)
    return {};
  if (Shared[*I].empty())
    Shared[*I] = Strings[*I];
  return Shared[*I];
}

SharedText PackReader::path() {
  std::optional<unsigned> I = string();
  if (!I)
    return {};
  if (Absolute[*I].empty())
    Absolute[*I] = Root.absolute(Strings[*I]);
  return Absolute[*I];
}

Error PackReader::finish() {
  if (Problem.empty()) {
    msgpack::Object Extra;
    llvm::Expected<bool> More = In->read(Extra);
    if (!More)
      consumeError(More.takeError());
    if (!More || *More)
      Problem = "it is damaged: there is more in it than its fields";
  }
  if (Problem.empty())
    return Error::success();
  return createStringError(inconvertibleErrorCode(), "'" + File + "' can't be used: " + Problem);
}

} // namespace poolguard
