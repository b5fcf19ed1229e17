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
#ifndef RELEASES
#define RELEASES 0     /* how often a job may be given back, in all */
#endif
#ifndef MAX_STALLS
#define MAX_STALLS 2
#endif
#ifndef MAX_ATTEMPTS
#define MAX_ATTEMPTS 2
#endif
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

byte crashes = 0, losses = 0, expiries = 0, releases = 0;

#ifdef TRACE
/* A recorded history (tests/chaos/replay.py): these say who takes the step and whether it heard the answer; nothing is left to choice. */
byte self;
bool answered;
#else
#define self _pid
#endif

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
#ifdef TRACE
inline send(sent) { sent = true }
inline answer(reply, truth) {
  if
  :: answered -> reply = truth
  :: else -> reply = unanswered
  fi
}
#else
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
#endif

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
     owner[job] = self;
     answer(reply, ran);
     known[job] = (reply == ran);
     held = epoch[job]
  fi
}
/* The worker is through with it, or dead. */
inline forget(job, held) {
  atomic {
    if
    :: owner[job] == self && epoch[job] == held -> known[job] = false
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
       assert(owner[job] == self);      /* by its owner, not by a stale one */
       assert(!done[job]);              /* and once */
       done[job] = true;
       done_by[job] = self;
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
       assert(owner[job] == self);
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

/* kRelease: none is counted. */
inline release(reply, job, held) {
  atomic {
    send(reached);
    if
    :: !reached -> reply = unanswered
    :: reached && fenced(job, held) ->
       assert(owner[job] == self);
       status[job] = Waiting;
       answer(reply, ran)
    :: reached && !fenced(job, held) -> answer(reply, refused)
    fi
  }
}

/* JobRunner::write_with_patience(): asks again while nobody knows and the renewal doesn't find the lease gone. Once in doubt it reads
 * the row before it says what became of its write, and what the row doesn't tell stays unknown. */
inline complete_with_patience(reply, job, held) {
  in_doubt = false;
  tries = 0;
  do
  :: complete(reply, job, held);
     if
     :: reply == unanswered && tries < 2 ->
        in_doubt = true;
        tries++;
        if
        :: true -> skip
        :: !fenced(job, held) || expired[job] -> reply = refused; break   /* evicted by the renewal, or by its own clock */
        fi
     :: reply == unanswered && tries >= 2 -> break   /* given up: the lease runs out */
     :: else -> break
     fi
  od;
#ifndef BREAK_IN_DOUBT
  atomic {
    if
    :: reply == refused && in_doubt && epoch[job] == held && status[job] != Active -> reply = ran
    :: reply == refused && in_doubt && !(epoch[job] == held && status[job] != Active) -> reply = unanswered
    :: else -> skip
    fi
  }
#endif
  atomic {
    if
    :: reply == ran -> assert(done[job] && done_by[job] == self)              /* what is acknowledged is not lost */
    :: reply == refused -> assert(!(done[job] && done_by[job] == self))       /* nor told lost when it is done */
    :: else -> skip
    fi
  }
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

#ifndef TRACE
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
  :: atomic { releases < RELEASES -> releases++ }; release(reply, job, held); forget(job, held); goto idle
  :: atomic { crashes < CRASHES -> crashes++ }; forget(job, held); break
  od;
stopped:
  skip
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
#else

/* One step of a recorded history of job 0: the model must take it, and be where the server was afterwards. */
inline is_now(state, e) { assert(status[0] == state && epoch[0] == e) }
inline claimed(who, e, heard) {
  self = who; answered = heard;
  assert(status[0] == Waiting);
  take(reply, job, held);
  is_now(Active, e)
}
inline renewed(who, e, heard) { self = who; answered = heard; renew(reply, job, e); assert(reply == (heard -> ran : unanswered)); is_now(Active, e) }
inline completed(who, e, heard) {
  self = who; answered = heard;
  complete(reply, job, e);
  assert(reply == (heard -> ran : unanswered));
  is_now(Completed, e)
}
inline failed(who, e, heard, state) {
  self = who; answered = heard;
  fail(reply, job, e);
  assert(reply == (heard -> ran : unanswered));
  is_now(state, e)
}
inline released(who, e, heard) {
  self = who; answered = heard;
  release(reply, job, e);
  assert(reply == (heard -> ran : unanswered));
  is_now(Waiting, e)
}
/* An owner was told that its write, or its renewal, matched no row. */
inline was_refused(who, e) {
  self = who; answered = true;
  renew(reply, job, e);
  assert(reply == refused)
}
inline lease_ended(e) { is_now(Active, e); expired[0] = true }
inline swept(e, state) {
  assert(status[0] == Active);
  reap(job);
  is_now(state, e)
}
inline acknowledged(who) { assert(done[0] && done_by[0] == who) }

active proctype Replay() {
  mtype reply;
  byte job = 0, held = 0;
  bool reached = false;
#include "trace.pml"
  printf("replayed\n")
}
#endif
