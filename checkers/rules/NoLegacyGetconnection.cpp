#include "rules/NoLegacyGetconnection.h"

#include <map>
#include <set>

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/Twine.h"

#include "rules/Paths.h"

namespace poolguard {

namespace {

class NoLegacyGetconnection {
public:
  NoLegacyGetconnection(const ProgramGraph &G, std::vector<Finding> &Findings, RuleStats &Stats)
      : G(G), Findings(Findings), Stats(Stats) {}

  void run() {
    directUses();
    reexports();
    if (Stats.SitesLookedAt == 0)
      Stats.WhyVacuous = "nothing with the role 'returns', 'connects' or 'legacy-connection' is called, and there is "
                         "no static connection";
  }

private:
  const ProgramGraph &G;
  std::vector<Finding> &Findings;
  RuleStats &Stats;

  static bool legacy(const Declaration *D) { return D && D->Roles->LegacyConnection.value_or(false); }
  bool legacy(llvm::StringRef Usr) const { return legacy(G.declaration(Usr)); }

  Finding start(Step At) const {
    Finding Out;
    Out.Check = "poolguard-no-legacy-getconnection";
    Out.At = G.site(At).At;
    Out.Function = G.function(At.Function).Name;
    return Out;
  }

  void directUses() {
    for (unsigned F = 0; F < G.functions().size(); ++F) {
      const Function &Fn = G.function(F);
      if (legacy(G.declarationOf(F))) {
        ++Stats.SitesLookedAt; // its own body is where the connection is made
        continue;
      }
      std::set<Location> Seen; // a call is a mention too
      for (unsigned I = 0; I < Fn.Sites.size(); ++I) {
        const Site &S = Fn.Sites[I];
        // Every place that connections come from was asked whether it is a legacy one.
        const FunctionRoles &Roles = G.roles(S);
        Stats.SitesLookedAt += Roles.Returns || Roles.Connects || Roles.LegacyConnection;
        const Declaration *D = G.callee(S);
        if (!legacy(D) || !Seen.insert(S.At).second || definesIt(Fn, S.Callee))
          continue;
        Finding Out = start({F, I});
        Out.Message = "'" + D->Name +
                      "' is a legacy connection that the whole process shares: its statements mix with "
                      "everybody's, and it bypasses the pools and their lanes; take the connection from the engine or "
                      "pool that you were given";
        Out.Path.push_back({D->At, "'" + D->Name + "' is declared here"});
        Findings.push_back(std::move(Out));
      }
    }
    for (const auto &[Usr, D] : G.declarations())
      Stats.SitesLookedAt += D->Roles->LegacyConnection.value_or(false);
  }

  /// A function that returns a legacy connection: an allow entry for its body doesn't cover its callers.
  void reexports() {
    llvm::StringMap<std::vector<Note>> Exporters;
    for (bool Changed = true; Changed;) {
      Changed = false;
      for (unsigned F = 0; F < G.functions().size(); ++F) {
        const Function &Fn = G.function(F);
        if (Exporters.count(Fn.Usr) || legacy(G.declarationOf(F)))
          continue;
        std::vector<Note> Path;
        bool Own = false; // it returns a static member of its class
        Fn.Returns.forEach([&](const Value &V) {
          Own |= V.K == Value::Kind::Global && legacy(V.Name) && definesIt(Fn, V.Name);
          if (!Path.empty() || (V.K != Value::Kind::Result && V.K != Value::Kind::Global))
            return;
          const Declaration *D = G.declaration(V.Name);
          if (legacy(V.Name))
            Path = {{Fn.At, "'" + Fn.Name + "' hands on '" + D->Name + "'"},
                    {D->At, "'" + D->Name + "' is declared here"}};
          else if (auto Known = Exporters.find(V.Name); Known != Exporters.end()) {
            Path = {{Fn.At, "'" + Fn.Name + "' hands on '" + (D ? D->Name : "it") + "'"}};
            Path.insert(Path.end(), Known->second.begin(), Known->second.end());
          }
        });
        // Where the body's own use is reported, the callers have nothing of their own to mend.
        if (Path.empty() || !(bodyIsAllowed(F) || Own))
          continue;
        Exporters.try_emplace(Fn.Usr, std::move(Path));
        Changed = true;
      }
    }
    if (Exporters.empty())
      return;
    for (unsigned F = 0; F < G.functions().size(); ++F) {
      const Function &Fn = G.function(F);
      for (unsigned I = 0; I < Fn.Sites.size(); ++I) {
        const Site &S = Fn.Sites[I];
        auto At = S.Reference ? Exporters.end() : Exporters.find(S.Callee);
        if (At == Exporters.end())
          continue;
        Finding Out = start({F, I});
        Out.Message =
            "'" + calleeName(G, S) +
            "' hands out a legacy connection that the whole process shares: its statements "
            "mix with everybody's, and it bypasses the pools and their lanes; take the connection from the engine "
            "or pool that you were given";
        Out.Path = At->second;
        Findings.push_back(std::move(Out));
      }
    }
  }

  /// Whether the connection is a static member of the class whose method the function is: the class is what makes it a
  /// legacy one, and who calls the class is looked at.
  bool definesIt(const Function &Fn, llvm::StringRef Connection) const {
    const Declaration *D = G.declaration(Connection);
    llvm::StringRef Class = D ? llvm::StringRef(D->Name).rsplit("::").first : "";
    llvm::StringRef Name = Fn.Name;
    while (Name.consume_front("lambda in "))
      ;
    return Name.starts_with((llvm::Twine(Class) + "::").str()) && hasMethod(Class);
  }

  /// One that isn't static.
  bool hasMethod(llvm::StringRef Class) const {
    return llvm::any_of(G.declarations(), [&](const auto &Known) {
      return Known.second->Method && llvm::StringRef(Known.second->Name).rsplit("::").first == Class;
    });
  }

  bool bodyIsAllowed(unsigned F) const {
    const Function &Fn = G.function(F);
    return G.allowed("no-legacy-getconnection", Fn.At, Fn.Name);
  }
};

} // namespace

void noLegacyGetconnection(const ProgramGraph &Graph, std::vector<Finding> &Findings, RuleStats &Stats) {
  NoLegacyGetconnection(Graph, Findings, Stats).run();
}

} // namespace poolguard
