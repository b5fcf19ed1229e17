#include "report/Visible.h"

#include <algorithm>

#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Unicode.h"
#include "llvm/Support/raw_ostream.h"

namespace poolguard {

using llvm::StringRef;

namespace {

constexpr unsigned TabStop = 8;

std::string hex(unsigned Value, unsigned Digits) {
  std::string Result;
  llvm::raw_string_ostream(Result) << llvm::format_hex_no_prefix(Value, Digits, /*Upper=*/true);
  return Result;
}

} // namespace

void Shown::add(StringRef Characters) {
  auto Clear = [&](const std::string &Code) {
    Text += Code;
    Width += static_cast<unsigned>(Code.size());
  };
  while (!Characters.empty()) {
    auto First = static_cast<unsigned char>(Characters.front());
    unsigned Length = std::clamp<unsigned>(llvm::getNumBytesForUTF8(First), 1, 4);
    StringRef One = Characters.take_front(Length);
    Characters = Characters.drop_front(One.size());
    const auto *Bytes = reinterpret_cast<const llvm::UTF8 *>(One.data());
    if (One == "\t") {
      unsigned Blanks = TabStop - Width % TabStop;
      Text.append(Blanks, ' ');
      Width += Blanks;
    } else if (!llvm::isLegalUTF8Sequence(Bytes, Bytes + One.size())) {
      // Only the first byte is known bad; the rest may start a character of its own.
      Characters = StringRef(One.data() + 1, One.size() - 1 + Characters.size());
      Clear("<" + hex(First, 2) + ">");
    } else if (int Columns = llvm::sys::unicode::columnWidthUTF8(One); Columns > 0 || One == " ") {
      Text += One;
      Width += static_cast<unsigned>(Columns);
    } else {
      llvm::UTF32 Point = 0;
      llvm::UTF32 *Target = &Point;
      (void)llvm::ConvertUTF8toUTF32(&Bytes, Bytes + One.size(), &Target, &Point + 1, llvm::strictConversion);
      Clear("<U+" + hex(Point, 4) + ">");
    }
  }
}

std::string shown(StringRef Text) {
  Shown S;
  S.add(Text);
  return std::move(S.Text);
}

std::string shownLines(StringRef Text) {
  std::string Result;
  while (true) {
    auto [Line, Rest] = Text.split('\n');
    Result += shown(Line);
    if (Line.size() == Text.size())
      return Result;
    Result += "\n";
    Text = Rest;
  }
}

std::string markup(StringRef Text) {
  std::string Out;
  for (char C : shownLines(Text))
    switch (C) {
    case '&': Out += "&amp;"; break;
    case '<': Out += "&lt;"; break;
    case '>': Out += "&gt;"; break;
    case '"': Out += "&quot;"; break;
    case '\'': Out += "&#39;"; break;
    default: Out += C;
    }
  return Out;
}

std::string shortened(StringRef Text, unsigned Columns) {
  if (llvm::sys::unicode::columnWidthUTF8(Text) <= static_cast<int>(Columns))
    return Text.str();
  while (!Text.empty() && llvm::sys::unicode::columnWidthUTF8(Text) > static_cast<int>(Columns) - 1)
    Text = Text.drop_front(
        std::clamp<size_t>(llvm::getNumBytesForUTF8(static_cast<unsigned char>(Text.front())), 1, Text.size()));
  return "…" + Text.str();
}

} // namespace poolguard
