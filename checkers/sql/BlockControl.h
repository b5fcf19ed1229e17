//===- BlockControl.h - BEGIN, COMMIT and kin as SQL text -------*- C++ -*-===//
#pragma once

#include "llvm/ADT/StringRef.h"

namespace poolguard::sql {

/// What a text leaves the transaction block of its connection as.
enum class BlockControl {
  None,    // as it was
  Opens,   // BEGIN, START TRANSACTION
  Ends,    // COMMIT, END, ROLLBACK, ABORT; not ROLLBACK TO
  Unknown, // can't be told
};

/// Of several statements the last that counts decides. Cheap for texts that are none of these.
BlockControl blockControl(llvm::StringRef Text);

} // namespace poolguard::sql
