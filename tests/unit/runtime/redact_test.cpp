#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "poolguard/connection_url.hpp"

using poolguard::redact;
using testing::HasSubstr;
using testing::Not;

struct Case {
  const char* text;
  const char* redacted;
};

class Redact : public testing::TestWithParam<Case> {};

TEST_P(Redact, HidesThePasswordAndKeepsTheRest) { EXPECT_EQ(redact(GetParam().text), GetParam().redacted); }

INSTANTIATE_TEST_SUITE_P(
    UrlForm, Redact,
    testing::Values(Case{"postgresql://u:secret@h:5432/db", "postgresql://u:***@h:5432/db"},
                    Case{"postgres://u@h/db", "postgres://u@h/db"}, Case{"postgres://h:5432/db", "postgres://h:5432/db"},
                    Case{"postgres://h1:5432,h2:5433/db", "postgres://h1:5432,h2:5433/db"},
                    Case{"postgres://[::1]:5432/db", "postgres://[::1]:5432/db"},
                    Case{"postgres://u@h/db?password=secret&sslmode=require", "postgres://u@h/db?password=***&sslmode=require"},
                    Case{"postgres://u@h/db?sslpassword=secret", "postgres://u@h/db?sslpassword=***"},
                    Case{"postgres://u:sec@ret@h/db", "postgres://u:***@h/db"},
                    Case{"postgres://u:sec/ret@h/db", "postgres://u:***@h/db"},
                    Case{"postgres://u:sec?ret@h/db", "postgres://u:***@h/db"},
                    Case{"postgres://u:sec#ret@h/db", "postgres://u:***@h/db"},
                    Case{"postgres://u:sec ret@h/db", "postgres://u:***@h/db"},
                    Case{"postgres://a user:secret@h/db", "postgres://a user:***@h/db"},  // found by libFuzzer, as the next
                    Case{"postgres://' user:secret@h/db", "postgres://' user:***@h/db"},
                    Case{"can't reach postgres://h now", "can't reach postgres://h now"},
                    Case{"postgres://h or b://v:y@i", "postgres://h or b://v:***@i"},
                    Case{"can't reach postgres://u:secret@h/db now", "can't reach postgres://u:***@h/db now"},
                    Case{"a://u:x@h b://v:y@i", "a://u:***@h b://v:***@i"}));

INSTANTIATE_TEST_SUITE_P(
    KeywordForm, Redact,
    testing::Values(Case{"host=h password=secret user=u", "host=h password=*** user=u"},
                    Case{"host=h password = 'sec ret' user=u", "host=h password = *** user=u"},
                    Case{R"(password='sec\'ret' user=u)", "password=*** user=u"},
                    Case{R"(password=sec\ ret user=u)", "password=*** user=u"},
                    Case{"password='sec ret", "password=***"}, Case{"password=a&b user=u", "password=*** user=u"},
                    // Found by libFuzzer: what looks like a keyword at the end of another value.
                    Case{"host='sslpassword=' password='secret' user='u'", "host='sslpassword=*** user='u'"},
                    Case{"host=xpassword= password='sec ret' user=u", "host=xpassword= *** user=u"},
                    Case{"application_name='x://a:' password='sec@ret'", "application_name='x://a:***"},
                    Case{"PASSWORD=secret", "PASSWORD=***"}, Case{"PGPASSWORD=secret psql", "PGPASSWORD=*** psql"},
                    Case{"host=h passfile=", "host=h passfile="}, Case{"the password is wrong", "the password is wrong"}));

TEST(RedactText, LeavesNothingOfAPasswordThatWasNotEncoded) {
  for (const char* text : {"postgres://u:p w@host", "postgres://u:hunter2", "postgres://u:hunter2/x"}) {
    EXPECT_THAT(redact(text), Not(HasSubstr("hunter2")));
    EXPECT_THAT(redact(text), Not(HasSubstr("p w")));
  }
}
