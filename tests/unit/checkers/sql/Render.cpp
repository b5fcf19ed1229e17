//===- Render.cpp -----------------------------------------------*- C++ -*-===//

#include "Render.h"

#include <sstream>

namespace poolguard::sql::test {

static std::string replaced(std::string Text, const std::string &What, const std::string &By) {
  for (size_t At = 0; (At = Text.find(What, At)) != std::string::npos; At += By.size())
    Text.replace(At, What.size(), By);
  return Text;
}

std::string withHoles(std::string SQL) { return replaced(std::move(SQL), "{}", std::string(1, Hole)); }

static std::string table(const Table &T) { return T.Schema.empty() ? T.Name : T.Schema + "." + T.Name; }

static std::string operand(const Operand &O) {
  std::string Columns;
  for (const std::string &C : O.Columns)
    Columns += (Columns.empty() ? "" : " ") + C;
  switch (O.Kind) {
  case OperandKind::Null: return "null";
  case OperandKind::Constant: return "'" + O.Text + "'";
  case OperandKind::Parameter: return "$" + O.Text;
  case OperandKind::Column: return "column " + O.Text;
  case OperandKind::Now: return Columns.empty() ? "now" : "now(" + Columns + ")";
  case OperandKind::Expression: return "expression(" + Columns + ")";
  }
  return "?";
}

static const char *state(SessionState S) {
  switch (S) {
  case SessionState::Set: return "set";
  case SessionState::SetRole: return "set-role";
  case SessionState::Listen: return "listen";
  case SessionState::Prepare: return "prepare";
  case SessionState::HoldCursor: return "hold-cursor";
  case SessionState::TempRelation: return "temp-relation";
  case SessionState::Load: return "load";
  case SessionState::AdvisoryLock: return "advisory-lock";
  case SessionState::SequenceState: return "sequence-state";
  case SessionState::Discard: return "discard";
  }
  return "?";
}

static void renderQuery(std::ostream &Out, const Query &Q) {
  Out << "  " << (Q.InCte ? "cte " : "") << name(Q.Kind).str() << " " << table(Q.Target);
  if (!Q.Reads.empty())
    Out << " reads";
  for (const Table &T : Q.Reads)
    Out << " " << table(T);
  Out << (Q.HasWhere ? " +where" : "") << (Q.HasOrderBy ? " +order" : "") << (Q.HasLimit ? " +limit" : "")
      << (Q.HasReturning ? " +returning" : "") << (Q.OnConflict ? " +on-conflict" : "") << "\n";
  for (const Assignment &A : Q.Set)
    Out << "    " << (A.OnConflict ? "on conflict set " : "set ") << A.Column << " = " << operand(A.Value) << "\n";
  for (const Predicate &P : Q.Where) {
    Out << "    where " << P.Column << " " << P.Op;
    bool Unary = P.Op.substr(0, 3) == "is " && P.Op.find("distinct") == std::string::npos;
    if (!Unary)
      Out << " " << operand(P.Right);
    Out << (P.UnderOr ? " [under-or]" : "") << (P.OtherTable ? " [other-table]" : "")
        << (P.InExpression ? " [in-expression]" : "") << "\n";
  }
  for (const RowLock &L : Q.Locks) {
    Out << "    lock " << (L.ForUpdate ? "update" : "share");
    if (L.Policy != RowLock::Wait::Block)
      Out << (L.Policy == RowLock::Wait::SkipLocked ? " skip-locked" : " nowait");
    for (const Table &T : L.Of)
      Out << " " << table(T);
    Out << "\n";
  }
}

std::string render(const Facts &F, const std::string &SQL) {
  std::ostringstream Out;
  if (F.Partial)
    Out << "partial\n";
  if (F.Error)
    Out << "error at " << F.ErrorOffset << ": " << *F.Error << "\n";
  for (const Statement &S : F.Statements) {
    Out << name(S.Kind).str() << (S.Writes ? " +writes" : "") << (S.Local ? " +local" : "")
        << (S.Concurrently ? " +concurrently" : "") << (S.NotInTransactionBlock ? " +not-in-transaction-block" : "");
    for (const std::string &Function : S.Functions)
      Out << " " << Function << "()";
    if (!S.CreatesType.empty())
      Out << " type " << S.CreatesType;
    for (const std::string &Type : S.CastsTo)
      Out << " ::" << Type;
    Out << "\n";
    for (const SessionUse &U : S.Session) {
      Out << "  session " << state(U.State) << (U.Try ? " try" : "") << " '" << U.Detail << "' at " << U.Offset << " ["
          << SQL.substr(U.Offset, U.Length) << "]";
      if (U.Argument)
        Out << " argument [" << SQL.substr(U.Argument->Offset, U.Argument->Length) << "]";
      Out << "\n";
    }
    for (const Query &Q : S.Queries)
      renderQuery(Out, Q);
  }
  return replaced(Out.str(), std::string(1, Hole), "{}");
}

void expectRendered(const Case &C) {
  std::string SQL = withHoles(C.SQL);
  std::string Expected = C.Expected;
  Expected.erase(0, Expected.find_first_not_of('\n'));
  Facts F = parse(SQL);
  EXPECT_EQ(render(F, SQL), Expected) << C.SQL;
}

} // namespace poolguard::sql::test
