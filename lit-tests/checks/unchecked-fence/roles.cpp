// RUN: %check_poolguard %s poolguard-unchecked-fence -- -config=Inputs/roles.yaml

// What is fenced, and which table holds the leases, by the roles in the config.
namespace shelf {
struct Answer {
  int changed = 0;
};
int keep(int loan);
int look(int loan);
struct Desk {
  Answer run(int flags, const char *sql);
};
} // namespace shelf

void bad(shelf::Desk &desk, int loan) {
  shelf::keep(loan);
  // CHECK-MESSAGES: :[[@LINE-1]]:10: warning: the result of 'shelf::keep' is dropped
  desk.run(0, "UPDATE loans SET until = now() WHERE id = $1 AND turn = $2");
  // CHECK-MESSAGES: :[[@LINE-1]]:8: warning: the result of
}

bool good(shelf::Desk &desk, int loan) {
  shelf::look(loan);
  desk.run(0, "UPDATE loans SET note = 'late' WHERE id = $1");
  desk.run(0, "UPDATE parcels SET until = now() WHERE id = $1 AND turn = $2"); // no table of leases
  return shelf::keep(loan) > 0 &&
         desk.run(0, "UPDATE loans SET until = now() WHERE id = $1 AND turn = $2").changed == 1;
}
