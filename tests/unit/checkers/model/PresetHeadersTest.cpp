// The presets against the headers of the libraries that are installed here: a name that no header has, or an index that
// points at no text, would make a guard look at nothing.
//
// POOLGUARD_TEST_PQXX_INCLUDE names another libpqxx to look at than the installed one.
#include <cstdlib>
#include <map>

#include <gtest/gtest.h>

#include "clang/AST/ASTContext.h"
#include "clang/AST/RecursiveASTVisitor.h"
#include "clang/Frontend/ASTUnit.h"
#include "clang/Tooling/Tooling.h"

#include "model/Presets.h"
#include "model/RoleModel.h"

using namespace poolguard;

namespace {

/// The name roles go by: no template arguments, no inline namespaces.
std::string roleName(const clang::NamedDecl &D) {
  std::string Name = D.getNameAsString();
  if (const auto *Constructor = llvm::dyn_cast<clang::CXXConstructorDecl>(&D))
    Name = Constructor->getParent()->getNameAsString();
  for (const clang::DeclContext *Outer = D.getDeclContext(); Outer; Outer = Outer->getParent()) {
    if (const auto *Namespace = llvm::dyn_cast<clang::NamespaceDecl>(Outer)) {
      if (!Namespace->isInline())
        Name = Namespace->getNameAsString() + "::" + Name;
    } else if (const auto *Record = llvm::dyn_cast<clang::RecordDecl>(Outer)) {
      Name = Record->getNameAsString() + "::" + Name;
    }
  }
  return Name;
}

struct Declared : clang::RecursiveASTVisitor<Declared> {
  std::map<std::string, std::vector<const clang::FunctionDecl *>> Functions;
  std::map<std::string, const clang::TagDecl *> Types;

  bool VisitFunctionDecl(clang::FunctionDecl *D) {
    Functions[roleName(*D)].push_back(D);
    return true;
  }
  bool VisitTagDecl(clang::TagDecl *D) {
    Types[roleName(*D)] = D;
    return true;
  }
};

class PresetHeaders : public testing::Test {
protected:
  std::unique_ptr<clang::ASTUnit> Unit;
  Declared Found;

  /// False when it doesn't compile.
  bool compile(const std::string &Code) {
    std::vector<std::string> Arguments = {"-std=c++20",           "-w",       "-resource-dir",
                                          POOLGUARD_RESOURCE_DIR, "-isystem", "/usr/include/postgresql"};
    if (const char *Other = std::getenv("POOLGUARD_TEST_PQXX_INCLUDE")) {
      Arguments.push_back("-isystem");
      Arguments.push_back(Other);
    }
    Unit = clang::tooling::buildASTFromCodeWithArgs(Code, Arguments);
    if (!Unit || Unit->getDiagnostics().hasErrorOccurred())
      return false;
    Found.TraverseDecl(Unit->getASTContext().getTranslationUnitDecl());
    return true;
  }

  static bool isText(const clang::ParmVarDecl &P) {
    std::string Type = P.getType().getCanonicalType().getAsString();
    for (const char *Word : {"string", "char", "zview", "prepped"})
      if (Type.find(Word) != std::string::npos)
        return true;
    return false;
  }

  /// Every entry's name must be declared, but for those in `Elsewhere` (other versions); each text's index must point
  /// at a text in every overload but those with another first argument.
  void check(llvm::StringRef Preset, const std::vector<std::string> &Elsewhere) {
    for (const RoleEntry &Entry : parsedPreset(Preset)->Entries) {
      const std::string &Name = Entry.Where.Pattern;
      bool Expected = !llvm::is_contained(Elsewhere, Name);
      if (Entry.Where.IsType) {
        EXPECT_EQ(Found.Types.count(Name) != 0, Expected) << "type " << Name;
        continue;
      }
      auto At = Found.Functions.find(Name);
      EXPECT_EQ(At != Found.Functions.end(), Expected) << "function " << Name;
      if (At == Found.Functions.end() || !Entry.Function.Executes || !Entry.Function.Executes->Sql)
        continue;
      unsigned Index = *Entry.Function.Executes->Sql, Fitting = 0;
      for (const clang::FunctionDecl *D : At->second)
        Fitting += Index < D->getNumParams() && isText(*D->getParamDecl(Index));
      EXPECT_GT(Fitting, 0u) << Name << " has no text in argument " << Index;
    }
  }
};

TEST_F(PresetHeaders, Libpqxx) {
  ASSERT_TRUE(compile("#if __has_include(<pqxx/pqxx>)\n#include <pqxx/pqxx>\n#endif\n"
                      "#ifdef PQXX_H_CONNECTION_BASE // 6.x alone\n"
                      "#include <pqxx/tablereader>\n#include <pqxx/tablewriter>\n#endif\n"));
  if (!Found.Types.count("pqxx::transaction_base"))
    GTEST_SKIP() << "libpqxx isn't installed";
  bool IsSix = Found.Types.count("pqxx::connection_base") != 0;
  std::vector<std::string> Elsewhere = {"pqxx::connection_base",
                                        "pqxx::basic_connection_base",
                                        "pqxx::basic_connection_base::basic_connection_base",
                                        "pqxx::connection_base::activate",
                                        "pqxx::transaction_base::parameterized",
                                        "pqxx::prepare::invocation::exec",
                                        "pqxx::tablereader::tablereader",
                                        "pqxx::tablewriter::tablewriter",
                                        "pqxx::connection_base::prepare",
                                        "pqxx::connection_base::prepare_now",
                                        "pqxx::connection_base::unprepare",
                                        "pqxx::connection_base::set_variable",
                                        "pqxx::connection_base::set_client_encoding",
                                        "pqxx::connection_base::get_variable",
                                        "pqxx::connection_base::await_notification",
                                        "pqxx::connection_base::perform"};
  if (IsSix)
    Elsewhere = {"pqxx::connection",
                 "pqxx::prepped",
                 "pqxx::connection::connection",
                 "pqxx::connecting::connecting",
                 "pqxx::transaction_base::query",
                 "pqxx::transaction_base::query1",
                 "pqxx::transaction_base::query01",
                 "pqxx::transaction_base::query_value",
                 "pqxx::transaction_base::query_n",
                 "pqxx::transaction_base::for_query",
                 "pqxx::transaction_base::for_each",
                 "pqxx::transaction_base::for_stream",
                 "pqxx::transaction_base::stream",
                 "pqxx::transaction_base::notify",
                 "pqxx::stream_from::query",
                 "pqxx::stream_from::table",
                 "pqxx::stream_from::raw_table",
                 "pqxx::stream_to::table",
                 "pqxx::stream_to::raw_table",
                 "pqxx::connection::prepare",
                 "pqxx::connection::unprepare",
                 "pqxx::connection::set_variable",
                 "pqxx::connection::set_session_var",
                 "pqxx::connection::set_client_encoding",
                 "pqxx::connection::get_variable",
                 "pqxx::connection::get_var",
                 "pqxx::connection::get_var_as",
                 "pqxx::connection::listen",
                 "pqxx::connection::await_notification",
                 "pqxx::result::one_row",
                 "pqxx::result::one_field",
                 "pqxx::result::expect_rows",
                 "pqxx::result::no_rows"};
  else if (!Found.Functions.count("pqxx::connection::listen")) // before 7.10
    Elsewhere.insert(Elsewhere.end(), {"pqxx::connection::listen", "pqxx::transaction_base::notify"});
  check("libpqxx", Elsewhere);
}

TEST_F(PresetHeaders, Libpq) {
  ASSERT_TRUE(compile("#if __has_include(<libpq-fe.h>)\n#include <libpq-fe.h>\n#endif\n"));
  if (!Found.Functions.count("PQexec"))
    GTEST_SKIP() << "libpq isn't installed";
  std::vector<std::string> Newer;
  if (!Found.Functions.count("PQclosePrepared"))
    Newer = {"PQclosePrepared", "PQsendClosePrepared"};
  check("libpq", Newer);
}

TEST_F(PresetHeaders, StandardLibrary) {
  ASSERT_TRUE(compile("#include <atomic>\n#include <barrier>\n#include <condition_variable>\n#include <cstdio>\n"
                      "#include <chrono>\n#include <cstdlib>\n#include <future>\n#include <latch>\n#include "
                      "<semaphore>\n#include <thread>\n"
                      "#include <netdb.h>\n#include <poll.h>\n#include <pthread.h>\n#include <semaphore.h>\n"
                      "#include <sys/epoll.h>\n#include <sys/select.h>\n#include <sys/socket.h>\n#include "
                      "<sys/time.h>\n#include <sys/wait.h>\n"
                      "#include <syslog.h>\n#include <threads.h>\n#include <time.h>\n#include <unistd.h>\n"));
  // What libstdc++ declares in a base class, has only in C++23, or doesn't come from a header of the system.
  check("std", {"std::future::wait", "std::future::wait_for", "std::future::wait_until", "std::shared_future::wait",
                "std::shared_future::wait_for", "std::shared_future::wait_until", "std::print", "std::println",
                "curl_easy_perform", "curl_multi_poll", "curl_multi_wait"});
}

} // namespace
