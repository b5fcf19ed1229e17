#include "model/Annotations.h"

#include <gtest/gtest.h>

#include "clang/AST/ASTContext.h"
#include "clang/ASTMatchers/ASTMatchFinder.h"
#include "clang/ASTMatchers/ASTMatchers.h"
#include "clang/Frontend/ASTUnit.h"
#include "clang/Tooling/Tooling.h"

using namespace poolguard;
using namespace clang::ast_matchers;

namespace {

class Annotations : public testing::Test {
protected:
  std::unique_ptr<clang::ASTUnit> Unit;
  std::vector<ConfigError> Errors;

  void compile(const std::string &Code) {
    Unit = clang::tooling::buildASTFromCodeWithArgs(
        "#include <poolguard/annotations.hpp>\n#line 1\n" + Code,
        {"-std=c++20", "-I" POOLGUARD_ANNOTATIONS_DIR, "-fsyntax-only", "-nostdinc", "-nostdinc++"}, "input.cpp");
    ASSERT_TRUE(Unit);
    ASSERT_FALSE(Unit->getDiagnostics().hasErrorOccurred());
  }

  template <typename Node, typename Matcher> const Node *find(Matcher M) {
    auto Found = match(M.bind("x"), Unit->getASTContext());
    return Found.empty() ? nullptr : Found.back().template getNodeAs<Node>("x");
  }

  FunctionRoles function(const std::string &Name) {
    const auto *D = find<clang::FunctionDecl>(functionDecl(hasName(Name)));
    if (!D) {
      ADD_FAILURE() << "no function " << Name;
      return {};
    }
    return annotatedRoles(*D, Errors);
  }
  TypeRoles type(const std::string &Name) {
    return annotatedRoles(*find<clang::TagDecl>(tagDecl(hasName(Name))), Errors);
  }
  Lane lane(const std::string &Name) {
    return annotatedLane(*find<clang::DeclaratorDecl>(declaratorDecl(hasName(Name))), Errors);
  }
};

TEST_F(Annotations, EveryMacroOfAFunction) {
  compile(R"(
    struct F {};
    POOLGUARD_EXECUTES("transaction", 0) void executes(const char *);
    POOLGUARD_EXECUTES_OR("transaction", 1, "other") void executesOr(int, const char *);
    POOLGUARD_RETURNS_LANE("session") int returns();
    POOLGUARD_RUNS_IN_TRANSACTION(0, "transaction") void transaction(F);
    POOLGUARD_RUNS_IN_RETRY(1, 5) void retry(int, F);
    POOLGUARD_RUNS_IN_THREAD(0) void thread(F);
    POOLGUARD_RUNS_IN_WORKERS(0) void workers(F);
    POOLGUARD_RETRIES(4) void retries();
    POOLGUARD_LOCK_PATH POOLGUARD_FENCED bool renew();
    POOLGUARD_BLOCKS void blocks();
    POOLGUARD_LEGACY_CONNECTION int legacy();
    POOLGUARD_LOGS void logs(const char *);
    void plain();
  )");
  FunctionRoles Executes = function("executes");
  ASSERT_TRUE(Executes.Executes);
  EXPECT_EQ(Executes.Executes->On, Lane::Transaction);
  EXPECT_EQ(Executes.Executes->Sql, 0u);
  EXPECT_EQ(Executes.Executes->Direct, "");
  EXPECT_EQ(function("executesOr").Executes->Direct, "other");
  EXPECT_EQ(function("executesOr").Executes->Sql, 1u);
  EXPECT_EQ(function("returns").Returns, Lane::Session);
  EXPECT_EQ(function("transaction").Runs.at(0).In, Scope::Transaction);
  EXPECT_EQ(function("transaction").Runs.at(0).On, Lane::Transaction);
  EXPECT_EQ(function("retry").Runs.at(0).Argument, 1u);
  EXPECT_EQ(function("retry").Runs.at(0).Attempts, 5u);
  EXPECT_EQ(function("thread").Runs.at(0).In, Scope::Thread);
  EXPECT_EQ(function("workers").Runs.at(0).In, Scope::Workers);
  EXPECT_EQ(function("retries").Retries, 4u);
  EXPECT_EQ(function("renew").LockPath, true);
  EXPECT_EQ(function("renew").Fenced, true);
  EXPECT_EQ(function("blocks").Blocks, true);
  EXPECT_EQ(function("legacy").LegacyConnection, true);
  EXPECT_EQ(function("logs").Logs, true);
  EXPECT_TRUE(function("plain").empty());
  EXPECT_TRUE(Errors.empty()) << Errors.front().Message;
}

TEST_F(Annotations, RolesWithoutAMacro) {
  compile(R"(
    struct C {};
    POOLGUARD_ROLE("executes", "lane", "connection", "connection", 0, "sql", 1) void query(C &, const char *);
    POOLGUARD_ROLE("ends-transaction", "commit") void commit();
    POOLGUARD_ROLE("releases", 0) void release(C *);
    struct Handle { POOLGUARD_ROLE("releases", "object") void done(); };
    POOLGUARD_ROLE("session-state", "listen") void listen();
    POOLGUARD_ROLE("prepares", "name", 0, "sql", 1) void keep(const char *, const char *);
    POOLGUARD_ROLE("connects", 0) void open(const char *);
    class POOLGUARD_ROLE("transaction", "connection", 0, "autocommit", true) Tx {};
    class POOLGUARD_ROLE("connection", true) Conn {};
  )");
  EXPECT_EQ(function("query").Executes->ConnectionArgument, 0u);
  EXPECT_EQ(function("commit").EndsTransaction, "commit");
  EXPECT_EQ(function("release").Releases, 0);
  EXPECT_EQ(function("done").Releases, FunctionRoles::ItsObject);
  EXPECT_EQ(function("listen").SessionState, "listen");
  EXPECT_EQ(function("keep").Prepares->Sql, 1u);
  EXPECT_EQ(function("open").Connects, 0u);
  EXPECT_EQ(type("Tx").TransactionOn, 0u);
  EXPECT_EQ(type("Tx").Autocommit, true);
  EXPECT_EQ(type("Conn").IsConnection, true);
  EXPECT_TRUE(Errors.empty()) << Errors.front().Message;
}

TEST_F(Annotations, ConstantsNeedNotBeLiterals) {
  compile(R"(
    constexpr const char *Lane = "session";
    constexpr char Direct[] = "execute_direct";
    constexpr unsigned Sql = 0;
    enum { Tries = 3 };
    POOLGUARD_EXECUTES(Lane, Sql + 0) void a(const char *);
    POOLGUARD_EXECUTES_OR("transaction", 0, Direct) void b(const char *);
    POOLGUARD_RETRIES(Tries) void c();
  )");
  EXPECT_EQ(function("a").Executes->On, Lane::Session);
  EXPECT_EQ(function("b").Executes->Direct, "execute_direct");
  EXPECT_EQ(function("c").Retries, 3u);
  EXPECT_TRUE(Errors.empty()) << Errors.front().Message;
}

TEST_F(Annotations, AllRedeclarationsCountAndTheLaterWins) {
  compile(R"(
    extern "C" int PQexec(void *, const char *);
    extern "C" POOLGUARD_EXECUTES("transaction", 1) POOLGUARD_BLOCKS int PQexec(void *, const char *);
    extern "C" POOLGUARD_EXECUTES("session", 1) int PQexec(void *, const char *);
    extern "C" int PQexec(void *, const char *);
  )");
  FunctionRoles Roles = function("PQexec");
  EXPECT_EQ(Roles.Executes->On, Lane::Session);
  EXPECT_EQ(Roles.Blocks, true);
}

TEST_F(Annotations, SeveralCallablesAddUp) {
  compile(R"(
    struct F {};
    POOLGUARD_RUNS_IN_RETRY(0, 3) POOLGUARD_RUNS_IN_TRANSACTION(0, "transaction") POOLGUARD_RUNS_IN_THREAD(1)
    void run(F, F);
  )");
  EXPECT_EQ(function("run").Runs.size(), 3u);
}

TEST_F(Annotations, AMistakeSeenTwiceIsReportedOnce) {
  compile("POOLGUARD_ROLE(\"blocs\", true) void f();\nvoid f();\n");
  (void)function("f");
  (void)function("f");
  EXPECT_EQ(Errors.size(), 1u);
}

TEST_F(Annotations, TemplatesAndTheirInstances) {
  compile(R"(
    template <typename T> struct Pool {
      POOLGUARD_RETURNS_LANE("transaction") T acquire();
      template <unsigned N> POOLGUARD_RETRIES(N) void insist() {}
    };
    template <typename F> POOLGUARD_RUNS_IN_RETRY(0, 3) void retry(F f) { f(); }
    template <typename... A> POOLGUARD_EXECUTES("session", 1) void pack(A...) {}
    template <typename T> class POOLGUARD_LANE("session") Held {};
    void use(Pool<int> p, Held<int> h) { p.acquire(); p.insist<7>(); retry([] {}); pack(1, "x"); }
    template class Held<int>;
  )");
  const auto *Use = find<clang::FunctionDecl>(functionDecl(hasName("use")));
  auto Called = [&](const char *Name) {
    auto Found = match(functionDecl(forEachDescendant(callExpr(callee(functionDecl(hasName(Name)).bind("x"))))), *Use,
                       Unit->getASTContext());
    EXPECT_EQ(Found.size(), 1u) << Name;
    return annotatedRoles(*Found[0].getNodeAs<clang::FunctionDecl>("x"), Errors);
  };
  EXPECT_EQ(Called("acquire").Returns, Lane::Transaction);
  EXPECT_EQ(Called("insist").Retries, 7u);
  EXPECT_EQ(Called("retry").Runs.at(0).Attempts, 3u);
  EXPECT_EQ(Called("pack").Executes->Sql, 1u);
  EXPECT_EQ(annotatedRoles(*find<clang::TagDecl>(classTemplateSpecializationDecl(hasName("Held"))), Errors).On,
            Lane::Session);
  EXPECT_TRUE(Errors.empty()) << Errors.front().Message;
}

TEST_F(Annotations, LanesOfTypesVariablesFieldsAndParameters) {
  compile(R"(
    class POOLGUARD_LANE("transaction") Pooled {};
    POOLGUARD_LANE("session") extern int Global;
    extern int Global;
    struct S { POOLGUARD_LANE("session") int Field; int Plain; };
    void f(POOLGUARD_LANE("tx") int Parameter);
  )");
  EXPECT_EQ(type("Pooled").On, Lane::Transaction);
  EXPECT_EQ(lane("Global"), Lane::Session);
  EXPECT_EQ(lane("Field"), Lane::Session);
  EXPECT_EQ(lane("Parameter"), Lane::Tx);
  EXPECT_EQ(lane("Plain"), Lane::Unknown);
  EXPECT_TRUE(Errors.empty());
}

TEST_F(Annotations, OtherToolsAnnotationsAreLeftAlone) {
  compile("[[clang::annotate(\"gadget\", 1, 2)]] [[clang::annotate(\"poolguard_not\")]] void f();");
  EXPECT_TRUE(function("f").empty());
  EXPECT_TRUE(Errors.empty());
}

TEST_F(Annotations, MistakesHaveTheirPlace) {
  compile("struct C {};\n"
          "POOLGUARD_EXECUTES(\"transction\", 0) void lane(const char *);\n"
          "  POOLGUARD_EXECUTES(\"session\", 1) void index(const char *);\n"
          "POOLGUARD_ROLE(\"blocs\", true) void key();\n"
          "POOLGUARD_ROLE(\"blocks\") void value();\n"
          "POOLGUARD_ROLE(\"blocks\", 1) void kind();\n"
          "POOLGUARD_ROLE(1, true) void number();\n"
          "[[clang::annotate(\"poolguard\")]] void nothing();\n"
          "POOLGUARD_ROLE(\"executes\", \"lane\") void odd();\n"
          "POOLGUARD_ROLE(\"executes\", \"lane\", \"tx\", \"lane\", \"tx\") void twice();\n"
          "POOLGUARD_RETRIES(-1) void negative();\n"
          "POOLGUARD_RETRIES(1.5) void fraction();\n"
          "POOLGUARD_BLOCKS extern int Variable;\n"
          "class POOLGUARD_LOCK_PATH Type {};\n"
          "POOLGUARD_LANE(\"session\") void function();\n"
          "POOLGUARD_ROLE(\"releases\", \"object\") void giveBack();\n");
  auto One = [&](unsigned Line, const char *Says) {
    ASSERT_EQ(Errors.size(), 1u) << Says;
    EXPECT_EQ(Errors[0].Line, Line);
    EXPECT_NE(Errors[0].Message.find(Says), std::string::npos) << Errors[0].Message;
    EXPECT_NE(Errors[0].File.find("input.cpp"), std::string::npos);
    Errors.clear();
  };
  EXPECT_TRUE(function("lane").empty());
  One(2, "did you mean 'transaction'?");
  EXPECT_TRUE(function("index").empty());
  EXPECT_EQ(Errors.at(0).Column, 3u);
  One(3, "there is no argument 1: 'index' has 1");
  (void)function("key");
  One(4, "did you mean 'blocks'?");
  (void)function("value");
  One(5, "takes one value");
  (void)function("kind");
  One(6, "must be true or false");
  (void)function("number");
  One(7, "names no role");
  (void)function("nothing");
  One(8, "names no role");
  (void)function("odd");
  One(9, "takes pairs");
  (void)function("twice");
  One(10, "twice");
  (void)function("negative");
  One(11, "is negative");
  (void)function("fraction");
  One(12, "argument 2 of this annotation isn't");
  EXPECT_EQ(lane("Variable"), Lane::Unknown);
  One(13, "only 'lane' does");
  (void)type("Type");
  One(14, "unknown type role 'lock-path'");
  (void)function("function");
  One(15, "belongs inside executes, returns or runs");
  EXPECT_TRUE(function("giveBack").empty());
  One(16, "'giveBack' is called on no object");
}

} // namespace
