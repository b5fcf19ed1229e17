//===- LeaseFacts.cpp -------------------------------------------*- C++ -*-===//

#include "sql/LeaseFacts.h"

#include "llvm/ADT/STLExtras.h"

namespace poolguard::sql {

static bool isColumn(llvm::StringRef Column, llvm::StringRef Of) {
  return !Of.empty() && Column.equals_insensitive(Of);
}

const LeaseTable *findLease(const Table &T, llvm::ArrayRef<LeaseTable> Leases) {
  for (const LeaseTable &L : Leases) {
    auto [Schema, Name] = llvm::StringRef(L.Table).rsplit('.');
    if (Name.empty())
      std::swap(Schema, Name);
    bool SameSchema = Schema.empty() || T.Schema.empty() || Schema.equals_insensitive(T.Schema);
    if (SameSchema && Name.equals_insensitive(T.Name))
      return &L;
  }
  return nullptr;
}

bool asksWhetherFree(const Query &Q, const LeaseTable &L) {
  return llvm::any_of(Q.Where, [&](const Predicate &P) {
    return !P.OtherTable &&
           (isColumn(P.Column, L.State) || isColumn(P.Column, L.Expires) || isColumn(P.Column, L.Epoch));
  });
}

/// `epoch = $2`; or `owner IS NULL`, where the column is the owner's: nobody has the row.
static bool isFence(const Predicate &P, const LeaseTable &L) {
  bool Equality = (P.Op == "=" || P.Op == "in" || P.Op == "is not distinct from") && P.Right.Kind != OperandKind::Null;
  return (Equality || P.Op == "is null") && isColumn(P.Column, L.Epoch) && !P.UnderOr && !P.OtherTable &&
         !P.InExpression;
}

static bool isExpiryMatch(const Predicate &P, const LeaseTable &L) {
  if (!isColumn(P.Column, L.Expires) || P.OtherTable)
    return false;
  if (P.Op == "is null")
    return !P.InExpression;
  if (P.Op != "<" && P.Op != "<=")
    return false;
  return P.Right.Kind == OperandKind::Now || P.Right.Kind == OperandKind::Parameter ||
         P.Right.Kind == OperandKind::Expression;
}

static bool locksForUpdate(const Query &Q, const LeaseTable &L) {
  return llvm::any_of(Q.Locks, [&](const RowLock &Lock) {
    return Lock.ForUpdate && llvm::any_of(Lock.Of, [&](const Table &T) { return findLease(T, L) == &L; });
  });
}

/// Whether `Matches` holds for a condition on the rows that `Write` changes: one of its own, or one of a subquery that
/// locks them. (Without the lock another session may change the row between the subquery's look and the write.)
template <typename Predicates>
static bool anyCondition(const Statement &S, const Query &Write, const LeaseTable &L, Predicates Matches) {
  auto Holds = [&](const Predicate &P) { return Matches(P, L); };
  if (llvm::any_of(Write.Where, Holds))
    return true;
  return llvm::any_of(S.Queries, [&](const Query &Q) {
    return Q.Kind == StatementKind::Select && findLease(Q.Target, L) && locksForUpdate(Q, L) &&
           llvm::any_of(Q.Where, Holds);
  });
}

namespace {

/// Which of a lease's columns a query sets.
struct Touched {
  bool State = false, Epoch = false, Expires = false;
  bool ExpiresNotNull = false;

  bool any() const { return State || Epoch || Expires; }
  bool claims(const LeaseTable &L) const { return L.Expires.empty() ? Epoch : ExpiresNotNull && (State || Epoch); }
  void add(const Assignment &A, const LeaseTable &L) {
    State |= isColumn(A.Column, L.State);
    Epoch |= isColumn(A.Column, L.Epoch);
    bool IsExpires = isColumn(A.Column, L.Expires);
    Expires |= IsExpires;
    ExpiresNotNull |= IsExpires && A.Value.Kind != OperandKind::Null;
  }
};

} // namespace

static LeaseUse useOf(const Statement &S, const Query &Q, const LeaseTable &L) {
  Touched Created, Existing; // in a new row, in one that was there before
  bool CreatesRows = Q.Kind == StatementKind::Insert || Q.Kind == StatementKind::Merge;
  for (const Assignment &A : Q.Set)
    (CreatesRows && !A.OnConflict ? Created : Existing).add(A, L);
  LeaseUse U;
  U.Lease = &L;
  U.By = &Q;
  U.Claims = Created.claims(L) || Existing.claims(L);
  U.Renews = !U.Claims && Existing.ExpiresNotNull && !Existing.State && !Existing.Epoch;
  U.Transitions = Q.Kind == StatementKind::Delete || Existing.any();
  U.Fenced = anyCondition(S, Q, L, isFence);
  U.Reaps = anyCondition(S, Q, L, isExpiryMatch);
  return U;
}

std::vector<LeaseUse> leaseUses(const Statement &S, llvm::ArrayRef<LeaseTable> Leases) {
  std::vector<LeaseUse> Result;
  for (const Query &Q : S.Queries)
    if (Q.Kind != StatementKind::Select)
      if (const LeaseTable *L = findLease(Q.Target, Leases))
        Result.push_back(useOf(S, Q, *L));
  return Result;
}

bool opensLease(const Statement &S, llvm::ArrayRef<LeaseTable> Leases) {
  return llvm::any_of(leaseUses(S, Leases), [](const LeaseUse &U) { return U.Claims; });
}

bool renewsLease(const Statement &S, llvm::ArrayRef<LeaseTable> Leases) {
  return llvm::any_of(leaseUses(S, Leases), [](const LeaseUse &U) { return U.Renews; });
}

bool isLockPath(const Statement &S, llvm::ArrayRef<LeaseTable> Leases) {
  return opensLease(S, Leases) || renewsLease(S, Leases);
}

} // namespace poolguard::sql
