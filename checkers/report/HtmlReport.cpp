//===- HtmlReport.cpp - Findings as one page ------------------------------===//
//
// One file that needs nothing else. The page has all of its text without the script, which only filters. What comes
// from the analysed program goes through markup(), or, for the script, into a JSON text without `<`; and the page's
// policy lets no style or script run but the two whose digests it names.
//
//===----------------------------------------------------------------------===//

#include <algorithm>
#include <map>

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Base64.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/SHA256.h"

#include "report/Fingerprint.h"
#include "report/LaneDrawing.h"
#include "report/LanePicture.h"
#include "report/Visible.h"
#include "rules/CheckNames.h"

namespace poolguard {

using llvm::StringRef;

namespace {

constexpr StringRef Template =
#include "ReportPage.inc"
    ;
constexpr StringRef PageStyle =
#include "ReportStyle.inc"
    ;
constexpr StringRef Script =
#include "ReportScript.inc"
    ;

constexpr unsigned LinesAround = 2;
// Generated code and data are no help to the reader.
constexpr size_t LongestLine = 4000;

std::string digest(StringRef Text) {
  llvm::SHA256 Hash;
  Hash.update(Text);
  return llvm::encodeBase64(Hash.final());
}

std::string count(size_t N, StringRef Thing) { return std::to_string(N) + " " + Thing.str() + (N == 1 ? "" : "s"); }

bool nameCharacter(char C) { return llvm::isAlnum(C) || C == '_'; }

class HtmlWriter {
public:
  HtmlWriter(llvm::ArrayRef<Finding> Of, const ReportContext &C) : Findings(Of), Context(C), Files(C), Names(Files) {
    for (const Finding &F : Findings) {
      ++ByCheck[F.Check];
      ++ByFile[Files.name(F.At.File)];
      Ids.push_back("finding-" + Names.next(F));
    }
  }

  void write(llvm::raw_ostream &Out) {
    const std::string Style = (PageStyle + laneStyle()).str();
    StringRef Rest = Template;
    while (true) {
      auto [Text, After] = Rest.split('@');
      Out << Text;
      if (Text.size() == Rest.size())
        return;
      auto [Name, Next] = After.split('@');
      Rest = Next;
      if (Name == "STYLE")
        Out << Style;
      else if (Name == "STYLE_HASH")
        Out << digest(Style);
      else if (Name == "SCRIPT")
        Out << Script;
      else if (Name == "SCRIPT_HASH")
        Out << digest(Script);
      else
        part(Name, Out);
    }
  }

private:
  llvm::ArrayRef<Finding> Findings;
  const ReportContext &Context;
  Sources Files;
  Fingerprints Names;
  std::map<std::string, size_t> ByCheck, ByFile;
  std::vector<std::string> Ids;

  void part(StringRef Name, llvm::raw_ostream &Out) {
    if (Name == "SUMMARY")
      Out << markup(summary());
    else if (Name == "SECTIONS")
      sections(Out);
    else if (Name == "CHECK_OPTIONS")
      options(ByCheck, "every check", Out);
    else if (Name == "FILE_OPTIONS")
      options(ByFile, "every file", Out);
    else if (Name == "FINDINGS")
      findings(Out);
    else if (Name == "MAP")
      map(Out);
    else if (Name == "CHECKS")
      checks(Out);
    else if (Name == "VERSION")
      Out << markup(Context.ToolVersion);
    else if (Name == "DATA")
      data(Out);
    else
      llvm_unreachable("the page's template asks for something that nobody writes");
  }

  std::string summary() const {
    if (Findings.empty())
      return "no findings";
    return count(Findings.size(), "finding") + " in " + count(ByFile.size(), "file");
  }

  void sections(llvm::raw_ostream &Out) const {
    if (Context.Map)
      Out << "\n<li><a href=\"#map\">Lane map</a></li>";
    if (!Context.Checks.empty())
      Out << "\n<li><a href=\"#checks\">Checks</a></li>";
  }

  void options(const std::map<std::string, size_t> &Values, StringRef All, llvm::raw_ostream &Out) const {
    Out << "\n<option value=\"\">" << All << "</option>\n";
    for (const auto &[Value, N] : Values)
      Out << "<option value=\"" << markup(Value) << "\">" << (Value.empty() ? "no file" : markup(Value)) << " (" << N
          << ")</option>\n";
  }

  /// `src/a.cpp:3:5`, as far as it is known.
  std::string place(const Location &At) {
    std::string Text = Files.name(At.File);
    if (At.valid())
      Text += ":" + std::to_string(At.Line) + ":" + std::to_string(Files.characterColumn(At.File, At.Line, At.Column));
    return markup(Text);
  }

  void findings(llvm::raw_ostream &Out) {
    if (Findings.empty())
      Out << "<p>Nothing was found.</p>\n";
    std::string File;
    for (size_t I = 0; I < Findings.size(); ++I) {
      const Finding &F = Findings[I];
      std::string Name = Files.name(F.At.File);
      if (I == 0 || Name != File)
        Out << (I == 0 ? "" : "</section>\n") << "<section class=\"file\">\n<h3>"
            << (Name.empty() ? "About the program" : markup(Name)) << "</h3>\n";
      File = std::move(Name);
      finding(F, Ids[I], Out);
    }
    if (!Findings.empty())
      Out << "</section>\n";
  }

  void finding(const Finding &F, StringRef Id, llvm::raw_ostream &Out) {
    Out << "<article id=\"" << Id << "\" aria-labelledby=\"" << Id << "-heading\">\n<h4 id=\"" << Id << "-heading\">"
        << markup(F.Message) << "</h4>\n<p class=\"about\"><a class=\"place\" href=\"#" << Id << "\">"
        << (F.At.File.empty() ? "link" : place(F.At)) << "</a> · <code>" << markup(F.Check) << "</code>";
    if (!F.Function.empty())
      Out << " · in <code>" << markup(F.Function) << "</code>";
    Out << "</p>\n";
    source(F.At, LinesAround, Out);
    if (!F.Path.empty()) {
      Out << "<details open>\n<summary>Call path: " << count(F.Path.size(), "step") << "</summary>\n"
          << "<ol class=\"path\">\n";
      for (const Note &N : F.Path) {
        Out << "<li>";
        if (!N.At.File.empty())
          Out << "<span class=\"place\">" << place(N.At) << "</span>: ";
        Out << markup(N.Message) << "\n";
        source(N.At, 0, Out);
        Out << "</li>\n";
      }
      Out << "</ol>\n</details>\n";
    }
    if (!F.Fixes.empty()) {
      Out << "<details open>\n<summary>Fix</summary>\n<ul>\n";
      for (const Edit &E : F.Fixes)
        fix(E, Out);
      Out << "</ul>\n</details>\n";
    }
    Out << "</article>\n";
  }

  void source(const Location &At, unsigned Around, llvm::raw_ostream &Out) {
    std::optional<StringRef> Flagged = Files.line(At.File, At.Line);
    if (!Flagged || Flagged->size() > LongestLine)
      return;
    Out << "<pre class=\"source\">";
    for (unsigned Line = At.Line > Around ? At.Line - Around : 1; Line <= At.Line + Around; ++Line) {
      std::optional<StringRef> Text = Files.line(At.File, Line);
      if (!Text || Text->size() > LongestLine)
        continue;
      bool Here = Line == At.Line;
      Out << "<span class=\"line" << (Here && Around != 0 ? " flagged" : "") << "\"><span class=\"number\">" << Line
          << "</span>";
      code(*Text, Here ? At.Column : 0, Out);
      Out << "</span>";
    }
    Out << "</pre>\n";
  }

  /// A line, with the word at `Column` marked; 0: none.
  static void code(StringRef Line, unsigned Column, llvm::raw_ostream &Out) {
    size_t From = Column == 0 || Column > Line.size() ? Line.size() : Column - 1, To = From;
    while (To < Line.size() && nameCharacter(Line[To]))
      ++To;
    if (To == From && To < Line.size() && static_cast<unsigned char>(Line[To]) < 0x80)
      ++To;
    Shown All;
    All.add(Line.take_front(From));
    size_t MarkFrom = All.Text.size();
    All.add(Line.slice(From, To));
    size_t MarkTo = All.Text.size();
    All.add(Line.drop_front(To));
    StringRef Text = All.Text;
    Out << markup(Text.take_front(MarkFrom));
    if (MarkTo != MarkFrom)
      Out << "<mark>" << markup(Text.slice(MarkFrom, MarkTo)) << "</mark>";
    Out << markup(Text.drop_front(MarkTo));
  }

  void fix(const Edit &E, llvm::raw_ostream &Out) {
    Location At = E.At;
    if (auto Place = Files.place(At.File, At.Offset); Place && !At.valid())
      std::tie(At.Line, At.Column) = *Place;
    std::optional<StringRef> Old = Files.replaced(E);
    Out << "<li><span class=\"place\">" << place(At) << "</span>: ";
    if (E.Length != 0)
      Out << (E.Replacement.empty() ? "remove" : "replace") << " <del><code>"
          << (Old ? markup(*Old) : count(E.Length, "byte")) << "</code></del>";
    if (!E.Replacement.empty())
      Out << (E.Length == 0 ? "insert" : " with") << " <ins><code>" << markup(E.Replacement) << "</code></ins>";
    Out << "</li>\n";
  }

  void map(llvm::raw_ostream &Out) {
    if (!Context.Map)
      return;
    const LaneMap &Map = *Context.Map;
    Out << "<section id=\"map\" aria-labelledby=\"map-heading\">\n<h2 id=\"map-heading\">Lane map</h2>\n"
           "<div class=\"picture\" role=\"region\" tabindex=\"0\" aria-label=\"Lane map, scrolls\">\n";
    writeLaneSvgElement(Map, Context, DefaultMaxBoxes, Out);
    Out << "</div>\n";
    if (!Map.Functions.empty()) {
      Out << "<details>\n<summary>The same as a table: " << count(Map.Functions.size(), "function")
          << "</summary>\n<div class=\"table\" role=\"region\" tabindex=\"0\" aria-label=\"Functions and their "
             "lanes\">\n"
             "<table>\n<thead><tr><th scope=\"col\">Function</th><th scope=\"col\">Place</th><th "
             "scope=\"col\">Reaches</th><th scope=\"col\">On the lock path</th></tr></thead>\n<tbody>\n";
      for (const LaneMap::Function &F : Map.Functions)
        Out << "<tr><td><code>" << markup(F.Name) << "</code></td><td><span class=\"place\">" << place(F.At)
            << "</span></td><td>" << lanes(F.Ways.Lanes) << "</td><td>" << lanes(F.Ways.Locks) << "</td></tr>\n";
      Out << "</tbody>\n</table>\n</div>\n</details>\n";
    }
    Out << "</section>\n";
  }

  static std::string lanes(unsigned Bits) {
    std::string Text;
    for (Lane On : laneOrder())
      if (Bits & laneBit(On))
        Text += (Text.empty() ? "" : ", ") + laneTitle(On).str();
    return Text;
  }

  void checks(llvm::raw_ostream &Out) const {
    if (Context.Checks.empty())
      return;
    Out << "<section id=\"checks\" aria-labelledby=\"checks-heading\">\n<h2 id=\"checks-heading\">Checks</h2>\n"
           "<p><code>poolguard explain CHECK</code> tells the incident behind a check, and the fix.</p>\n"
           "<div class=\"table\" role=\"region\" tabindex=\"0\" aria-label=\"Checks\">\n"
           "<table>\n<thead><tr><th scope=\"col\">Check</th><th scope=\"col\">Finds</th><th scope=\"col\">Looked "
           "at</th><th "
           "scope=\"col\">Findings</th></tr></thead>\n<tbody>\n";
    for (const ReportedCheck &C : Context.Checks) {
      auto Found = ByCheck.find("poolguard-" + C.Name);
      const CheckInfo *Info = findCheck(C.Name);
      Out << "<tr><th scope=\"row\"><code>" << markup(C.Name) << "</code></th><td>"
          << (Info ? markup(Info->Summary) : "") << "</td><td>";
      if (C.Places != 0)
        Out << count(C.Places, "place");
      else
        Out << "<strong class=\"vacuous\">vacuous</strong>: " << markup(C.WhyVacuous);
      Out << "</td><td>" << (Found == ByCheck.end() ? 0 : Found->second) << "</td></tr>\n";
    }
    Out << "</tbody>\n</table>\n</div>\n</section>\n";
  }

  /// What the script filters by. The values of options are as the page shows them, so here too.
  void data(llvm::raw_ostream &Out) {
    llvm::json::Array All;
    for (size_t I = 0; I < Findings.size(); ++I) {
      const Finding &F = Findings[I];
      std::string File = shownLines(Files.name(F.At.File)), Check = shownLines(F.Check);
      std::string Text =
          StringRef(File + "\n" + Check + "\n" + shownLines(F.Function) + "\n" + shownLines(F.Message) + "\n").lower();
      for (const Note &N : F.Path)
        Text += StringRef(shownLines(Files.name(N.At.File)) + "\n" + shownLines(N.Message) + "\n").lower();
      All.push_back(llvm::json::Object{{"id", Ids[I]}, {"check", Check}, {"file", File}, {"text", Text}});
    }
    std::string Json;
    llvm::raw_string_ostream(Json) << llvm::json::Value(std::move(All));
    // In JSON the three can only stand in a string; so escaped, nothing in it looks like the end of the element.
    for (char C : Json)
      switch (C) {
      case '<': Out << "\\u003c"; break;
      case '>': Out << "\\u003e"; break;
      case '&': Out << "\\u0026"; break;
      default: Out << C;
      }
  }
};

} // namespace

void writeHtml(llvm::ArrayRef<Finding> Findings, const ReportContext &Context, llvm::raw_ostream &Out) {
  HtmlWriter(Findings, Context).write(Out);
}

} // namespace poolguard
