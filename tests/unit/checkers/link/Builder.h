// Summaries made by hand.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "link/Summary.h"

namespace poolguard {

struct Builder {
  TuSummary Tu;

  Builder() {
    Tu.MainFile = "/a.cpp";
    Tu.Leases = {{"jobs", "status", "lock_epoch", "lock_until"}};
    executes("execute", Lane::Transaction);
    executes("execute_direct", Lane::Session);
    executes("on_connection", Lane::Connection, 1, 0);
  }

  void executes(const std::string &Name, Lane On, unsigned Sql = 0, std::optional<unsigned> Connection = std::nullopt) {
    FunctionRoles Roles;
    Roles.Executes.emplace();
    Roles.Executes->On = On;
    Roles.Executes->Sql = Sql;
    Roles.Executes->ConnectionArgument = Connection;
    Declaration &D = Tu.Declarations[Name];
    D.Name = Name;
    D.Roles = std::move(Roles);
  }

  Function &function(const std::string &Name) {
    Function F;
    F.Usr = F.Name = Name;
    F.At = {"/a.cpp", static_cast<unsigned>(Tu.Functions.size() + 1), 1, 0, false};
    Tu.Functions.push_back(F);
    Declaration &D = Tu.Declarations[Name];
    D.Name = Name;
    D.Defined = true;
    return Tu.Functions.back();
  }

  static Site &call(Function &In, const std::string &Callee, std::vector<Value> Arguments = {}) {
    Site S;
    S.At = {"/a.cpp", 100, static_cast<unsigned>(In.Sites.size() + 1), 0, false};
    S.Callee = Callee;
    S.Arguments = std::move(Arguments);
    In.Sites.push_back(S);
    return In.Sites.back();
  }
};

} // namespace poolguard
