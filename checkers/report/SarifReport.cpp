//===- SarifReport.cpp - Findings as SARIF 2.1.0 --------------------------===//
//
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/. Files below the root are named relative to %SRCROOT%, which is left
// undefined: the report is the same on every machine. Columns are counted in characters, as SARIF asks.
//
//===----------------------------------------------------------------------===//

#include <map>

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"

#include "report/Address.h"
#include "report/Fingerprint.h"
#include "report/ToolRules.h"
#include "rules/CheckNames.h"

namespace poolguard {

namespace json = llvm::json;
using llvm::StringRef;

namespace {

class SarifWriter {
public:
  explicit SarifWriter(const ReportContext &C) : Context(C), Files(C), Names(Files) {}

  json::Value log(llvm::ArrayRef<Finding> Findings) {
    json::Array Rules = rules(Findings);
    json::Array Results;
    for (const Finding &F : Findings)
      Results.push_back(result(F));
    json::Object Driver{{"name", "poolguard"}, {"rules", std::move(Rules)}};
    if (!Context.ToolVersion.empty()) {
      Driver["version"] = Context.ToolVersion;
      Driver["semanticVersion"] = Context.ToolVersion;
    }
    json::Object Run{{"tool", json::Object{{"driver", std::move(Driver)}}},
                     {"columnKind", "unicodeCodePoints"},
                     {"results", std::move(Results)}};
    return json::Object{{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                        {"version", "2.1.0"},
                        {"runs", json::Array{std::move(Run)}}};
  }

private:
  const ReportContext &Context;
  Sources Files;
  Fingerprints Names;
  std::map<std::string, unsigned> RuleIndex;

  static json::Object text(StringRef Text) { return json::Object{{"text", json::fixUTF8(Text)}}; }

  /// The rules that have findings: checks, in the manifest's order, and after them what the guards say of their own
  /// config, comments and baseline.
  json::Array rules(llvm::ArrayRef<Finding> Findings) {
    llvm::StringSet<> Used;
    for (const Finding &F : Findings)
      Used.insert(F.Check);
    json::Array Rules;
    auto Add = [&](StringRef Id, json::Object Rule) {
      RuleIndex[Id.str()] = static_cast<unsigned>(Rules.size());
      Rules.push_back(std::move(Rule));
    };
    for (const CheckInfo &Check : checkInfos())
      if (std::string Id = ("poolguard-" + Check.Name).str(); Used.contains(Id))
        Add(Id, checkRule(Id, Check));
    for (const ToolRule &Own : toolRules())
      if (Used.contains(Own.Id))
        Add(Own.Id, rule(Own.Id, Own.Summary, Own.Help.str(), Own.Page, "very-high"));
    return Rules;
  }

  json::Object checkRule(const std::string &Id, const CheckInfo &Check) {
    std::string Help = "Flags: " + Check.Summary.str() + ". `poolguard explain " + Check.Name.str() +
                       "` tells the incident behind it, the shape it looks for and the fix. Suppress one place with "
                       "`// NOLINT(" +
                       Id + ")`.";
    return rule(Id, Check.Summary, std::move(Help), "checks/" + Check.Name.str() + ".md",
                Check.Level == 0   ? "very-high"
                : Check.Level == 1 ? "high"
                                   : "medium");
  }

  json::Object rule(StringRef Id, StringRef Summary, std::string Help, StringRef Page, StringRef Precision) {
    json::Object Rule{
        {"id", Id.str()},
        {"name", Id.substr(sizeof("poolguard-") - 1).str()},
        {"shortDescription", text(Summary)},
        {"fullDescription", text(Summary)},
        {"help", json::Object{{"text", Help}, {"markdown", Help}}},
        {"properties", json::Object{{"precision", Precision}, {"tags", json::Array{"postgres", "pooler"}}}},
        {"defaultConfiguration", json::Object{{"level", "warning"}}}};
    if (!Context.DocsBase.empty())
      Rule["helpUri"] = Context.DocsBase + Page.str();
    return Rule;
  }

  json::Object artifact(StringRef File) {
    std::string Name = Files.name(File);
    if (llvm::sys::path::is_absolute(Name))
      return json::Object{{"uri", fileAddress(Name)}};
    return json::Object{{"uri", percentEncoded(Name)}, {"uriBaseId", "%SRCROOT%"}};
  }

  json::Object physical(const Location &At) {
    json::Object Place{{"artifactLocation", artifact(At.File)}};
    if (At.valid()) {
      json::Object Region{{"startLine", At.Line}};
      if (At.Column)
        Region["startColumn"] = Files.characterColumn(At.File, At.Line, At.Column);
      Place["region"] = std::move(Region);
    }
    return Place;
  }

  json::Object location(const Note &N) {
    json::Object Where{{"message", text(N.Message)}};
    if (!N.At.File.empty())
      Where["physicalLocation"] = physical(N.At);
    return Where;
  }

  json::Object result(const Finding &F) {
    json::Object Where;
    if (!F.At.File.empty())
      Where["physicalLocation"] = physical(F.At);
    if (!F.Function.empty())
      Where["logicalLocations"] =
          json::Array{json::Object{{"fullyQualifiedName", json::fixUTF8(F.Function)}, {"kind", "function"}}};
    json::Object Result{{"ruleId", json::fixUTF8(F.Check)},
                        {"ruleIndex", RuleIndex.at(F.Check)},
                        {"level", "warning"},
                        {"message", text(F.Message)},
                        {"locations", json::Array{std::move(Where)}},
                        {"partialFingerprints", json::Object{{"poolguard/v1", Names.next(F)}}}};
    if (!F.Path.empty()) {
      Result["codeFlows"] = json::Array{codeFlow(F)};
      json::Array Related;
      for (size_t I = 0; I != F.Path.size(); ++I) {
        json::Object One = location(F.Path[I]);
        One["id"] = static_cast<int64_t>(I);
        Related.push_back(std::move(One));
      }
      Result["relatedLocations"] = std::move(Related);
    }
    if (!F.Fixes.empty())
      Result["fixes"] = json::Array{fix(F)};
    return Result;
  }

  /// From the flagged place along the call path.
  json::Object codeFlow(const Finding &F) {
    json::Array Steps;
    Steps.push_back(json::Object{{"location", location({F.At, F.Message})}});
    for (const Note &N : F.Path)
      Steps.push_back(json::Object{{"location", location(N)}});
    return json::Object{{"threadFlows", json::Array{json::Object{{"locations", std::move(Steps)}}}}};
  }

  /// All edits of a finding are one fix: they only make sense together.
  json::Object fix(const Finding &F) {
    std::vector<std::string> Order;
    std::map<std::string, json::Array> ByFile;
    for (const Edit &E : F.Fixes) {
      if (!ByFile.count(E.At.File))
        Order.push_back(E.At.File);
      ByFile[E.At.File].push_back(
          json::Object{{"deletedRegion", deletedRegion(E)}, {"insertedContent", text(E.Replacement)}});
    }
    json::Array Changes;
    for (const std::string &File : Order)
      Changes.push_back(json::Object{{"artifactLocation", artifact(File)}, {"replacements", std::move(ByFile[File])}});
    return json::Object{{"artifactChanges", std::move(Changes)}};
  }

  json::Object deletedRegion(const Edit &E) {
    auto Start = Files.place(E.At.File, E.At.Offset), End = Files.place(E.At.File, E.At.Offset + E.Length);
    if (!Start || !End)
      return json::Object{{"byteOffset", E.At.Offset}, {"byteLength", E.Length}};
    return json::Object{{"startLine", Start->first},
                        {"startColumn", Files.characterColumn(E.At.File, Start->first, Start->second)},
                        {"endLine", End->first},
                        {"endColumn", Files.characterColumn(E.At.File, End->first, End->second)}};
  }
};

} // namespace

void writeSarif(llvm::ArrayRef<Finding> Findings, const ReportContext &Context, llvm::raw_ostream &Out) {
  json::OStream Json(Out, 2);
  Json.value(SarifWriter(Context).log(Findings));
  Out << '\n';
}

} // namespace poolguard
