#include "hosts/clangd/PageLinks.h"

#include <cerrno>
#include <cstdio>

#include <unistd.h>

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include "report/Address.h"

using namespace llvm;

namespace poolguard {

static constexpr StringRef ClangdsPages = "clang-tidy/checks/poolguard/", Length = "Content-Length: ";

std::string withPageLinks(StringRef Message, StringRef Folder) {
  if (!Message.contains(ClangdsPages))
    return Message.str();
  Expected<json::Value> Read = json::parse(Message);
  if (!Read) {
    consumeError(Read.takeError());
    return Message.str();
  }
  json::Object *Root = Read->getAsObject();
  json::Object *Parameters = Root ? Root->getObject("params") : nullptr;
  json::Array *Diagnostics = Parameters ? Parameters->getArray("diagnostics") : nullptr;
  if (!Diagnostics)
    return Message.str();
  for (json::Value &Each : *Diagnostics) {
    json::Object *Diagnostic = Each.getAsObject();
    std::optional<StringRef> Check = Diagnostic ? Diagnostic->getString("code") : std::nullopt;
    if (!Check || !Check->consume_front("poolguard-"))
      continue;
    if (Folder.empty())
      Diagnostic->erase("codeDescription");
    else if (json::Object *Link = Diagnostic->getObject("codeDescription"))
      (*Link)["href"] = fileAddress((Folder + "/" + *Check + ".md").str());
  }
  return formatv("{0}", *Read);
}

PageLinks::PageLinks(std::string Pages) : Folder(std::move(Pages)) {
  int Ends[2];
  Out = dup(STDOUT_FILENO);
  if (Out < 0 || ::pipe(Ends) != 0)
    return; // no file is left to open: the links stay clangd's
  dup2(Ends[1], STDOUT_FILENO);
  close(Ends[1]);
  In = Ends[0];
  Passing = std::thread([this] { pass(); });
}

PageLinks::~PageLinks() {
  if (!Passing.joinable())
    return;
  std::fflush(stdout);
  outs().flush();
  dup2(Out, STDOUT_FILENO); // the last that could write into the pipe
  Passing.join();
  close(In);
}

void PageLinks::pass() {
  char Chunk[1 << 16];
  for (;;) {
    ssize_t N = read(In, Chunk, sizeof(Chunk));
    if (N < 0 && errno == EINTR)
      continue;
    if (N <= 0)
      break;
    Waiting.append(Chunk, N);
    passMessages();
  }
  write(Waiting);
}

/// Passes on what is complete.
void PageLinks::passMessages() {
  StringRef Rest = Waiting;
  while (!Rest.empty()) {
    if (!Rest.starts_with(Length)) {
      if (Length.starts_with(Rest))
        break;
      size_t Next = Rest.find(Length);
      write(Rest.take_front(Next));
      Rest = Next == StringRef::npos ? "" : Rest.drop_front(Next);
      continue;
    }
    auto [Head, Body] = Rest.split("\r\n\r\n");
    size_t Size = 0;
    if (Head.drop_front(Length.size()).take_until([](char C) { return C == '\r'; }).getAsInteger(10, Size)) {
      write(Length); // not a message after all
      Rest = Rest.drop_front(Length.size());
      continue;
    }
    if (Rest.size() < Head.size() + 4 + Size)
      break;
    std::string Message = withPageLinks(Body.take_front(Size), Folder);
    write(formatv("{0}{1}\r\n\r\n{2}", Length, Message.size(), Message).str());
    Rest = Body.drop_front(Size);
  }
  Waiting = Rest.str();
}

void PageLinks::write(StringRef Text) const {
  while (!Text.empty()) {
    ssize_t N = ::write(Out, Text.data(), Text.size());
    if (N < 0 && errno == EINTR)
      continue;
    if (N <= 0)
      return; // nobody reads any more; clangd ends by itself when its input does
    Text = Text.drop_front(N);
  }
}

} // namespace poolguard
