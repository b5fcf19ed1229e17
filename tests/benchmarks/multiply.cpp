// multiply TEMPLATE.pgsum UNITS STORES FOLDER [PROGRAM]: the summaries of a program of so many translation units, made from
// the summary of one without parsing any. In the template the numbers 9000000NN stand for the unit's own stores, and
// 9100000NN for the first stores of other units (generate.py writes it). They are left in FOLDER as `0.pgsum` and so on, and
// added to PROGRAM, which `poolguard check` left for editors.

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <regex>

#include "llvm/Support/MemoryBuffer.h"

#include "link/ProgramFile.h"
#include "link/SummaryFile.h"
#include "model/Digest.h"

using namespace poolguard;

namespace {

/// A summary in its two parts: the table of the texts in it, and the rest.
struct Template {
  std::string Header; // its first lines, without the digest
  std::vector<std::string> Texts;
  std::string Body;
};

[[noreturn]] void fail(const std::string &What) {
  std::cerr << "multiply: " << What << "\n";
  std::exit(2);
}

template <class T> T good(llvm::Expected<T> Value) {
  if (!Value)
    fail(llvm::toString(Value.takeError()));
  return std::move(*Value);
}

Template readTemplate(const std::string &Path) {
  std::ifstream File(Path, std::ios::binary);
  std::string Content((std::istreambuf_iterator<char>(File)), {});
  size_t At = Content.find("digest ");
  if (At == std::string::npos)
    fail("'" + Path + "' is no summary");
  Template Out;
  Out.Header = Content.substr(0, At);
  llvm::StringRef Rest = llvm::StringRef(Content).drop_front(Content.find('\n', At) + 1);
  llvm::msgpack::Reader In(Rest);
  llvm::msgpack::Object Length, Text;
  size_t Taken = 0;
  auto Read = [&](llvm::msgpack::Object &Into) {
    llvm::Expected<bool> Good = In.read(Into);
    if (!Good || !*Good)
      fail("'" + Path + "' is damaged");
  };
  Read(Length);
  for (uint64_t I = 0; I < Length.UInt; ++I) {
    Read(Text);
    Out.Texts.push_back(Text.Raw.str());
    Taken = Text.Raw.end() - Rest.begin();
  }
  Out.Body = Rest.drop_front(Taken).str();
  return Out;
}

/// The unit that `Unit` calls as its `N`th: in the layer below it, of four, as a service has them. The last layer calls what
/// isn't in the program. generate.py does the same.
unsigned called(unsigned Unit, unsigned N, unsigned Units) {
  const unsigned Layer = std::max(Units / 4, 1u);
  const unsigned Below = (Unit / Layer + 1) * Layer;
  return Below >= Units ? Units : std::min(Below + (Unit * (2 * N + 1) + N) % Layer, Units - 1);
}

/// The template's text as unit `Unit` has it.
std::string renamed(const std::string &Text, unsigned Unit, unsigned Units, unsigned Stores) {
  static const std::regex Number("9([01])00000([0-9][0-9])");
  std::string Out;
  std::sregex_iterator At(Text.begin(), Text.end(), Number), End;
  size_t From = 0;
  for (; At != End; ++At) {
    unsigned N = std::stoul((*At)[2]);
    bool Own = (*At)[1] == "0";
    unsigned Store = (Own ? Unit * Stores + N : called(Unit, N, Units) * Stores);
    Out += Text.substr(From, At->position() - From) + std::to_string(Store);
    From = At->position() + At->length();
  }
  return Out + Text.substr(From);
}

std::string summaryOf(const Template &T, unsigned Unit, unsigned Units, unsigned Stores, const std::string &Folder) {
  std::string Content;
  llvm::raw_string_ostream OS(Content);
  llvm::msgpack::Writer Table(OS);
  Table.write(static_cast<uint64_t>(T.Texts.size()));
  for (const std::string &Text : T.Texts) {
    size_t Place = Text.find("template.cpp");
    std::string Named = Place == std::string::npos
                            ? Text
                            : Text.substr(0, Place) + "units/" + std::to_string(Unit) + ".cpp" + Text.substr(Place + 12);
    Table.write(renamed(Named, Unit, Units, Stores));
  }
  OS << T.Body;
  std::string Whole = T.Header + "digest " + Digest::of(Content) + "\n" + Content;
  std::ofstream(Folder + "/" + std::to_string(Unit) + ".pgsum", std::ios::binary) << Whole;
  return Whole;
}

} // namespace

int main(int Count, char **Arguments) {
  if (Count != 5 && Count != 6)
    fail("usage: multiply TEMPLATE.pgsum UNITS STORES FOLDER [PROGRAM]");
  const Template T = readTemplate(Arguments[1]);
  const unsigned Units = std::stoul(Arguments[2]), Stores = std::stoul(Arguments[3]);
  const std::string Folder = Arguments[4];
  StoredProgram Program;
  if (Count == 6)
    Program = good(readProgram(good(llvm::errorOrToExpected(llvm::MemoryBuffer::getFile(Arguments[5])))->getMemBufferRef()));
  const PathRoot Root(Folder);
  for (unsigned Unit = 0; Unit < Units; ++Unit) {
    const std::string Content = summaryOf(T, Unit, Units, Stores, Folder);
    if (Count != 6)
      continue;
    Program.Tus.push_back(good(readSummary(llvm::MemoryBufferRef(Content, "a unit"), Root)));
    Program.Configs.push_back(Program.Configs.front());
  }
  if (Count == 6) {
    dropRepeated(Program);
    std::error_code Wrong;
    llvm::raw_fd_ostream Out(Arguments[5], Wrong);
    if (Wrong)
      fail("can't write the program: " + Wrong.message());
    writeProgram(Program, Out);
  }
  return 0;
}
