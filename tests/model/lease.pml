/* The lease protocol of runtime/src/queue/sql.hpp, for the model checker spin: workers that claim, renew and end jobs, a
 * reaper, and a network that loses statements and replies. tests/model/model.py runs it; docs/lease-protocol.md says what
 * is proved and what isn't.
 *
 * What is abstracted: a statement is one atomic step at the server (it is: each is one UPDATE, committed by itself). Time is
 * an `expired` that may become true for any active lease at any moment, whatever its owner does meanwhile: that covers slow
 * owners, stopped processes, hung sockets and clocks that step. A worker may die at any point and forgets all.
 *
 * BREAK_… takes one guarded rule out of the protocol; each makes an assertion fail (model.py holds that too).
 */
#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef JOBS
#define JOBS 1
#endif
#ifndef CRASHES
#define CRASHES 1      /* how many workers may die, in all */
#endif
#ifndef LOSSES
#define LOSSES 2       /* how many statements or replies may be lost, in all */
#endif
#ifndef EXPIRIES
#define EXPIRIES 2     /* how often a lease may run out while its owner could renew it, in all */
#endif
#define MAX_STALLS 2
#define MAX_ATTEMPTS 2
#define NOBODY 255

mtype = { Waiting, Active, Completed, Dead };   /* `active` is a word of Promela */
mtype = { ran, refused, unanswered };   /* of a statement: it matched, it matched no row, nobody knows */

/* The rows. */
mtype status[JOBS] = Waiting;
byte epoch[JOBS];
bool expired[JOBS];    /* lock_until has passed */
byte stalls[JOBS];
byte attempts[JOBS];

/* What really happened, for the assertions alone. */
byte owner[JOBS] = NOBODY;  /* who claimed it last */
bool known[JOBS];           /* its owner knows, and lives */
bool done[JOBS];       /* a completion was committed */
byte done_by[JOBS] = NOBODY;
bool ended[JOBS];      /* it was completed or dead once */

byte crashes = 0, losses = 0, expiries = 0;

#define over(j) (status[j] == Completed || status[j] == Dead)
#define all_over() (over(0) && over(JOBS - 1))

inline end_of(j, how) {
  assert(!ended[j]);                    /* none is resurrected, none ends twice */
  ended[j] = true;
  status[j] = how
}

#ifdef BREAK_FENCE
#define fenced(j, e) (status[j] == Active)
#else
#define fenced(j, e) (status[j] == Active && epoch[j] == e)
#endif

/* The statement reaches the server or not; if it does, its answer arrives or not. `sent` says whether it ran there. */
inline send(sent) {
  if
  :: true -> sent = true
  :: losses < LOSSES -> losses++; sent = false
  fi
}
inline answer(reply, truth) {
  if
  :: true -> reply = truth
  :: losses < LOSSES -> losses++; reply = unanswered
  fi
}

/* kClaim: one waiting job, never one that another claim has in its hands (SKIP LOCKED: the step is atomic). */
inline claim(reply, job, held) {
  d_step {
    job = 0;
    do
    :: job < JOBS && status[job] != Waiting -> job++
    :: else -> break
    od
  }
  atomic {
    if
    :: job == JOBS -> job = 0; reply = refused
    :: else ->
#ifdef BREAK_CLAIM_IN_TWO_STEPS
       reply = ran                      /* what the SELECT found is taken for what is there */
#else
       if
       :: status[job] != Waiting -> reply = refused
       :: else -> take(reply, job, held)
       fi
#endif
    fi
  }
#ifdef BREAK_CLAIM_IN_TWO_STEPS
  atomic {
    if
    :: reply == refused -> skip
    :: else -> take(reply, job, held)
    fi
  }
#endif
}
inline take(reply, job, held) {
  send(reached);
  if
  :: !reached -> reply = unanswered
  :: else ->
     assert(!ended[job]);
     assert(status[job] != Active || expired[job]);  /* a lease that holds is taken from nobody */
     status[job] = Active;
     expired[job] = false;
#ifndef BREAK_EPOCH
     epoch[job]++;
#endif
     owner[job] = _pid;
     answer(reply, ran);
     known[job] = (reply == ran);
     held = epoch[job]
  fi
}
/* The worker is through with it, or dead. */
inline forget(job, held) {
  atomic {
    if
    :: owner[job] == _pid && epoch[job] == held -> known[job] = false
    :: else -> skip
    fi
  }
}

/* kRenew, and kVerify where its answer leaves the lease out. */
inline renew(reply, job, held) {
  atomic {
    send(reached);
    if
    :: !reached -> reply = unanswered
    :: reached && fenced(job, held) -> expired[job] = false; answer(reply, ran)
    :: reached && !fenced(job, held) -> answer(reply, refused)
    fi
  }
}

/* kComplete */
inline complete(reply, job, held) {
  atomic {
    send(reached);
    if
    :: !reached -> reply = unanswered
    :: reached && fenced(job, held) ->
       assert(owner[job] == _pid);      /* by its owner, not by a stale one */
       assert(!done[job]);              /* and once */
       done[job] = true;
       done_by[job] = _pid;
       end_of(job, Completed);
       answer(reply, ran)
    :: reached && !fenced(job, held) -> answer(reply, refused)
    fi
  }
}

/* kFail: an attempt is counted. */
inline fail(reply, job, held) {
  atomic {
    send(reached);
    if
    :: !reached -> reply = unanswered
    :: reached && fenced(job, held) ->
       assert(owner[job] == _pid);
       attempts[job]++;
       if
       :: attempts[job] >= MAX_ATTEMPTS -> end_of(job, Dead)
       :: else -> status[job] = Waiting
       fi;
       answer(reply, ran)
    :: reached && !fenced(job, held) -> answer(reply, refused)
    fi
  }
}

/* JobRunner::write_with_patience(): asks again while nobody knows, and reads the row before it gives up a lease that its own
 * write may have ended. */
inline complete_with_patience(reply, job, held) {
  in_doubt = false;
  tries = 0;
  do
  :: complete(reply, job, held);
     if
     :: reply == ran -> break
     :: reply == unanswered && tries < 2 -> in_doubt = true; tries++
     :: reply == unanswered && tries >= 2 -> break   /* given up: the lease runs out */
     :: reply == refused ->
#ifndef BREAK_IN_DOUBT
        atomic {
          if
          :: in_doubt && epoch[job] == held && status[job] != Active -> reply = ran
          :: else -> skip
          fi
        }
#endif
        break
     fi
  od;
  atomic {
    if
    :: reply == ran -> assert(done[job] && done_by[job] == _pid)              /* what is acknowledged is not lost */
    :: reply == refused -> assert(!(done[job] && done_by[job] == _pid))       /* nor told lost when it is done */
    :: else -> skip
    fi
  }
}

active [WORKERS] proctype Worker() {
  mtype reply = refused;
  byte job = 0, held = 0, tries = 0;
  bool reached = false, in_doubt = false;
idle:
  do
  :: all_over() -> break
  :: !all_over() ->
     claim(reply, job, held);
     if
     :: reply == ran -> goto working
     :: else -> skip                    /* nothing to do, or the claim's answer is lost: that lease runs out. Never retried. */
     fi
  od;
  goto stopped;
working:
  do
  :: expired[job] ->
     renew(reply, job, held);
     if
     :: reply == refused -> forget(job, held); goto idle   /* verified by the same predicate: evicted, writes nothing */
     :: else -> skip                                       /* renewed; or no verdict, and the lease stands */
     fi
  :: true -> complete_with_patience(reply, job, held); forget(job, held); goto idle
  :: true -> fail(reply, job, held); forget(job, held); goto idle
  :: atomic { crashes < CRASHES -> crashes++ }; forget(job, held); break
  od;
stopped:
  skip
}

/* kSweepStalled: chosen by expiry, and matched on the expiry again in the UPDATE itself. It may run late, never early. */
inline reap(job) {
  atomic {
    if
#ifdef BREAK_REAPER
    :: status[job] == Active ->
#else
    :: status[job] == Active && expired[job] ->
#endif
       assert(expired[job]);            /* a lease that holds is taken from nobody */
       stalls[job]++;
#ifndef BREAK_EPOCH
       epoch[job]++;
#endif
       expired[job] = false;
       if
       :: stalls[job] > MAX_STALLS -> end_of(job, Dead)
       :: else -> status[job] = Waiting
       fi
    :: else -> skip
    fi
  }
}
active proctype Reaper() {
  byte job = 0;
end_reaper:
  do
  :: all_over() -> break
  :: atomic { !over(0) && status[0] == Active && expired[0] -> job = 0 }; reap(job)
#if JOBS > 1
  :: atomic { !over(1) && status[1] == Active && expired[1] -> job = 1 }; reap(job)
#endif
  od
}
/* A lease runs out whatever its owner is doing, at most EXPIRIES times; always where nobody can renew it, because its owner
 * is gone or never heard of it. */
inline runs_out(j) {
  atomic {
    status[j] == Active && !expired[j] && (!known[j] || expiries < EXPIRIES) ->
    if
    :: known[j] -> expiries++
    :: else -> skip
    fi;
    expired[j] = true
  }
}
active proctype Time() {
end_time:
  do
  :: all_over() -> break
  :: runs_out(0)
#if JOBS > 1
  :: runs_out(1)
#endif
  od
}

/* Whatever is lost and whoever dies, within the limits above: every job ends. Under weak fairness (the reaper runs). */
ltl ends { <> all_over() }
