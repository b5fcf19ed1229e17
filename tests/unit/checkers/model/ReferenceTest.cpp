// docs/roles.md says what the reader does.
#include <gtest/gtest.h>

#include "llvm/Support/MemoryBuffer.h"

#include "model/RoleModel.h"

using namespace poolguard;

namespace {

std::string reference() {
  auto Buffer = llvm::MemoryBuffer::getFile(POOLGUARD_DOCS_DIR "/roles.md");
  return Buffer ? (*Buffer)->getBuffer().str() : "";
}

TEST(Reference, ItsExampleIsAConfigWithoutMistakes) {
  std::string Text = reference();
  std::string Example = llvm::StringRef(Text).split("```yaml\n").second.split("```").first.str();
  ASSERT_FALSE(Example.empty());
  std::vector<ConfigError> Errors;
  EXPECT_TRUE(RoleModel::parse(Example, "docs/roles.md", Errors));
  for (const ConfigError &E : Errors)
    ADD_FAILURE() << E.Line << ':' << E.Column << ": " << E.Message;
}

TEST(Reference, NamesEveryPreset) {
  std::string Text = reference();
  for (const std::string &Name : presetNames())
    EXPECT_NE(Text.find("\n| `" + Name + "` |"), std::string::npos) << Name;
}

// The reader's own list of keys comes from its message on an unknown one.
TEST(Reference, NamesEveryKey) {
  std::string Text = reference();
  for (const char *Section : {"functions", "types"}) {
    std::vector<ConfigError> Errors;
    (void)RoleModel::parse(std::string("version: 1\n") + Section + ":\n  - name: f\n    zzzzzzzz: 1\n", "c", Errors);
    ASSERT_EQ(Errors.size(), 1u);
    llvm::StringRef List = llvm::StringRef(Errors[0].Message).split("known are ").second;
    ASSERT_FALSE(List.empty()) << Errors[0].Message;
    std::string Commas = List.str();
    if (size_t And = Commas.find(" and "); And != std::string::npos)
      Commas.replace(And, 5, ", ");
    llvm::SmallVector<llvm::StringRef> Keys;
    llvm::StringRef(Commas).split(Keys, ", ");
    EXPECT_GE(Keys.size(), 4u);
    for (llvm::StringRef Key : Keys)
      EXPECT_NE(Text.find("`" + Key.str() + "`"), std::string::npos) << Key.str();
  }
}

} // namespace
