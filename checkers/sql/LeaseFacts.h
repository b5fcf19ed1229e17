//===- LeaseFacts.h - What a statement does to leases -----------*- C++ -*-===//
#pragma once

#include <vector>

#include "llvm/ADT/ArrayRef.h"

#include "model/Roles.h"
#include "sql/Facts.h"

namespace poolguard::sql {

/// One query that writes a lease table. The pointers are into what was passed to `leaseUses`.
struct LeaseUse {
  const LeaseTable *Lease = nullptr;
  const Query *By = nullptr;
  /// Opens a lease: an UPDATE, INSERT or MERGE that sets the expiry to something that is not NULL, together with the
  /// state or the epoch. Of a table without an expiry: that sets the epoch.
  bool Claims = false;
  /// Sets the expiry of a row that exists to something that is not NULL, but neither its state nor its epoch.
  bool Renews = false;
  /// Changes the state, epoch or expiry of a row that exists, or deletes it. A claim or a renewal does that too.
  bool Transitions = false;
  /// Matches on the epoch: `lock_epoch = ...` or `IN (...)`, not below an OR. The condition may stand in a subquery or
  /// CTE of the same statement that locks the rows FOR UPDATE.
  bool Fenced = false;
  /// Matches on the expiry: `lock_until < now()`, `<= $1`, `IS NULL`, perhaps below an OR; where, as for `Fenced`.
  bool Reaps = false;
};

/// The writes to lease tables, in the order of the statement's queries.
std::vector<LeaseUse> leaseUses(const Statement &S, llvm::ArrayRef<LeaseTable> Leases);

bool opensLease(const Statement &S, llvm::ArrayRef<LeaseTable> Leases);
bool renewsLease(const Statement &S, llvm::ArrayRef<LeaseTable> Leases);
/// Opens or renews a lease.
bool isLockPath(const Statement &S, llvm::ArrayRef<LeaseTable> Leases);

/// Whether the condition looks at what says that a row of `L` is free: its state, expiry or epoch.
bool asksWhetherFree(const Query &Q, const LeaseTable &L);

/// The lease whose table `T` is. The schema counts only when both name one; case doesn't.
const LeaseTable *findLease(const Table &T, llvm::ArrayRef<LeaseTable> Leases);

} // namespace poolguard::sql
