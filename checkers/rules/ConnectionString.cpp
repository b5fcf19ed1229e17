#include "rules/ConnectionString.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

namespace poolguard {

const ConnectionString::Setting *ConnectionString::find(llvm::StringRef Key) const {
  for (const Setting &S : Settings)
    if (S.Key == Key)
      return &S;
  return nullptr;
}

static void readUrl(llvm::StringRef Rest, ConnectionString &Out) {
  auto [Before, Query] = Rest.split('?');
  size_t Slash = Before.find('/', Before.find('@') == llvm::StringRef::npos ? 0 : Before.rfind('@'));
  llvm::StringRef Authority = Before.take_front(Slash);
  if (Slash != llvm::StringRef::npos)
    Out.Settings.push_back({"dbname", Before.substr(Slash + 1).str()});
  if (size_t At = Authority.rfind('@'); At != llvm::StringRef::npos) {
    auto [User, Password] = Authority.take_front(At).split(':');
    Out.Settings.push_back({"user", User.str()});
    if (Authority.take_front(At).contains(':'))
      Out.Settings.push_back({"password", Password.str()});
    Authority = Authority.substr(At + 1);
  }
  auto [Host, Port] = Authority.rsplit(':');
  Out.Settings.push_back({"host", Host.str()});
  if (!Port.empty())
    Out.Settings.push_back({"port", Port.str()});
  llvm::SmallVector<llvm::StringRef, 8> Pairs;
  Query.split(Pairs, '&', -1, /*KeepEmpty=*/false);
  for (llvm::StringRef Pair : Pairs) {
    auto [Key, Value] = Pair.split('=');
    Out.Settings.push_back({Key.lower(), Value.str()});
  }
}

static void readKeywords(llvm::StringRef Text, ConnectionString &Out) {
  while (true) {
    Text = Text.ltrim();
    size_t Equals = Text.find('=');
    if (Equals == llvm::StringRef::npos)
      return;
    // A value that isn't known may end in a space: the key is the last word before the sign.
    llvm::StringRef Key = Text.take_front(Equals).rtrim();
    Key = Key.substr(Key.find_last_of(" \t\n\x01") + 1);
    Text = Text.substr(Equals + 1).ltrim();
    std::string Value;
    if (Text.consume_front("'")) {
      while (!Text.empty() && Text.front() != '\'') {
        if (Text.front() == '\\' && Text.size() > 1)
          Text = Text.drop_front();
        Value += Text.front();
        Text = Text.drop_front();
      }
      Text = Text.drop_front(Text.empty() ? 0 : 1);
    } else {
      size_t End = Text.find_first_of(" \t\n");
      Value = Text.take_front(End).str();
      Text = Text.substr(std::min(End, Text.size()));
    }
    if (!Key.empty())
      Out.Settings.push_back({Key.lower(), std::move(Value)});
  }
}

ConnectionString ConnectionString::read(llvm::StringRef Text) {
  ConnectionString Out;
  Text = Text.trim();
  if (Text.consume_front("postgresql://") || Text.consume_front("postgres://"))
    readUrl(Text, Out);
  else
    readKeywords(Text, Out);
  return Out;
}

/// Whether it stands for a password in a message or an example, and is none: stars, or a word in its place.
static bool isPlaceholder(llvm::StringRef Password) {
  if (Password.find_first_not_of('*') == llvm::StringRef::npos)
    return true;
  Password = Password.trim("<>[]{}");
  return llvm::is_contained({"password", "passwd", "pass", "pw", "secret", "xxx", "xxxx", "xxxxx", "..."},
                            Password.lower());
}

bool holdsPassword(llvm::StringRef Text) {
  size_t Url = Text.find("postgres://");
  if (Url == llvm::StringRef::npos)
    Url = Text.find("postgresql://");
  if (Url != llvm::StringRef::npos) {
    llvm::StringRef Own = Text.substr(Url);
    Own = Own.take_front(Own.find_first_of(" \t\n\"'"));
    ConnectionString Read = ConnectionString::read(Own);
    const ConnectionString::Setting *Password = Read.find("password");
    return Password && !isPlaceholder(Password->Value);
  }
  // Keywords, beside others of a connection string: a password alone may be a form field or a message.
  ConnectionString Read = ConnectionString::read(Text);
  const ConnectionString::Setting *Password = Read.find("password");
  bool Connects = Read.find("host") || Read.find("hostaddr") || Read.find("dbname") || Read.find("user");
  return Password && Connects && !isPlaceholder(Password->Value);
}

} // namespace poolguard
