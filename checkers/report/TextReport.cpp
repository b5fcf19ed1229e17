//===- TextReport.cpp - Findings for a person, as clang prints them -------===//

#include "llvm/Support/Format.h"

#include "report/Sources.h"
#include "report/Visible.h"

namespace poolguard {

using llvm::StringRef;

namespace {

// As clang's.
constexpr StringRef Bold = "\x1b[1m", Warning = "\x1b[0;1;35m", NoteColour = "\x1b[0;1;36m", Caret = "\x1b[0;1;32m",
                    Reset = "\x1b[0m";
// Past it a line is no help to the reader (generated code, data), and only the place is printed.
constexpr size_t LongestLine = 4000;

class TextWriter {
public:
  TextWriter(const ReportContext &C, llvm::raw_ostream &O) : Context(C), Files(C), Out(O) {}

  void write(const Finding &F) {
    diagnostic(F.At, "warning", Warning, F.Message + " [" + F.Check + "]");
    for (const Note &N : F.Path)
      diagnostic(N.At, "note", NoteColour, N.Message);
    for (const Edit &E : F.Fixes)
      fix(E);
  }

private:
  const ReportContext &Context;
  Sources Files;
  llvm::raw_ostream &Out;

  void colour(StringRef Code) {
    if (Context.Colour)
      Out << Code;
  }

  void place(const Location &At) {
    colour(Bold);
    if (At.File.empty())
      Out << "poolguard: ";
    else
      Out << shown(Files.name(At.File)) << ':';
    if (At.valid())
      Out << At.Line << ':' << At.Column << ":";
    if (!At.File.empty())
      Out << ' ';
    colour(Reset);
  }

  void diagnostic(const Location &At, StringRef Kind, StringRef KindColour, const std::string &Message) {
    place(At);
    colour(KindColour);
    Out << Kind << ": ";
    colour(Reset);
    if (Kind == "warning")
      colour(Bold);
    Out << shownLines(Message);
    if (Kind == "warning")
      colour(Reset);
    Out << '\n';
    excerpt(At);
  }

  void excerpt(const Location &At) {
    std::optional<StringRef> Line = Files.line(At.File, At.Line);
    if (!Line || Line->size() > LongestLine)
      return;
    Shown Whole;
    unsigned CaretAt = 0;
    if (At.Column != 0 && At.Column - 1 <= Line->size()) {
      Whole.add(Line->take_front(At.Column - 1));
      CaretAt = Whole.Width;
      Whole.add(Line->drop_front(At.Column - 1));
    } else {
      Whole.add(*Line);
    }
    StringRef Text = StringRef(Whole.Text).rtrim(' ');
    Out << llvm::format_decimal(At.Line, 5) << " |";
    if (!Text.empty())
      Out << ' ' << Text;
    Out << "\n";
    if (At.Column == 0)
      return;
    Out << "      | ";
    Out.indent(CaretAt);
    colour(Caret);
    Out << '^';
    colour(Reset);
    Out << '\n';
  }

  void fix(const Edit &E) {
    Location At = E.At;
    if (std::optional<std::pair<unsigned, unsigned>> Place = Files.place(At.File, At.Offset); Place && !At.valid())
      std::tie(At.Line, At.Column) = *Place;
    place(At);
    colour(Caret);
    Out << "fix-it: ";
    colour(Reset);
    std::optional<StringRef> Old = Files.replaced(E);
    if (E.Length == 0)
      Out << "insert '" << shown(E.Replacement) << "'";
    else if (E.Replacement.empty())
      Out << "remove " << quoted(Old, E.Length);
    else
      Out << "replace " << quoted(Old, E.Length) << " with '" << shown(E.Replacement) << "'";
    Out << '\n';
  }

  static std::string quoted(std::optional<StringRef> Text, unsigned Length) {
    if (!Text)
      return std::to_string(Length) + " bytes";
    return "'" + shown(*Text) + "'";
  }
};

} // namespace

void writeText(llvm::ArrayRef<Finding> Findings, const ReportContext &Context, llvm::raw_ostream &Out) {
  TextWriter Writer(Context, Out);
  for (const Finding &F : Findings)
    Writer.write(F);
}

} // namespace poolguard
