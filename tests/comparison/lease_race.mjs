// The race of tests/integration/lease_race_test.cpp in its worst order, with other queues: a worker takes a job and stands still until its
// lock has run out; the queue's own sweep frees the job, another worker takes it; then the first one ends it. Counts how often the end
// by the stale owner is accepted while the other still works on the job, and how often both come to their end.
//
//   node lease_race.mjs CONNECTION RUNS     prints a JSON object a queue
import pg from "pg";
import PgBoss from "pg-boss";
import { Logger, run, makeWorkerUtils } from "graphile-worker";

const [connectionString, runs] = [process.argv[2], Number(process.argv[3])];
const pool = new pg.Pool({ connectionString, max: 4 });
const one = async (sql, values) => (await pool.query(sql, values)).rows[0];

/** A promise and what settles it. */
function signal() {
  let give;
  const given = new Promise((resolve) => (give = resolve));
  return { given, give };
}

async function withGraphileWorker() {
  const utils = await makeWorkerUtils({ connectionString });
  await utils.migrate();
  let race;
  // Both runners have the handler. The first call of a race is the owner's, the second the other's.
  const handler = async () => {
    const me = race.taken++ === 0 ? race.owner : race.other;
    me.began.give();
    await me.goOn.given;
    race.ended++;
  };
  const options = { connectionString, concurrency: 1, pollInterval: 20, noHandleSignals: true, taskList: { race: handler },
                    logger: new Logger(() => () => {}) };
  const runners = [await run(options), await run(options)];
  const idle = async (id) => (await one("SELECT count(*)::int AS n FROM graphile_worker._private_jobs WHERE id = $1", [id])).n === 0;
  let stale = 0, both = 0;
  for (let i = 0; i < runs; ++i) {
    race = { taken: 0, ended: 0, owner: { began: signal(), goOn: signal() }, other: { began: signal(), goOn: signal() } };
    const job = await utils.addJob("race", { i });
    await race.owner.began.given;
    // Four hours are its lease, and this is what its sweep (resetLockedAt) does then.
    await pool.query("UPDATE graphile_worker._private_jobs SET locked_at = now() - interval '5 hours' WHERE id = $1", [job.id]);
    await pool.query("UPDATE graphile_worker._private_jobs SET locked_at = NULL, locked_by = NULL, run_at = greatest(run_at, now()) " +
                     "WHERE locked_at < now() - interval '4 hours'");
    await race.other.began.given;
    race.owner.goOn.give();
    // Either the owner's end takes the row away, or the row is there for as long as we look.
    const until = Date.now() + 300;
    let gone = false;
    while (!(gone = await idle(job.id)) && Date.now() < until);
    stale += gone;
    race.other.goOn.give();
    while (!(await idle(job.id)) || race.ended < 2); // asks first: a loop that awaits nothing lets nobody run
    both += race.ended === 2;
  }
  await Promise.all(runners.map((runner) => runner.stop()));
  await utils.release();
  return { queue: "graphile-worker", runs, stale, both };
}

async function withPgBoss() {
  const boss = new PgBoss({ connectionString, supervise: false, schedule: false });
  boss.on("error", (error) => { throw error; });
  await boss.start();
  await boss.createQueue("race");
  let stale = 0, both = 0;
  for (let i = 0; i < runs; ++i) {
    const id = await boss.send("race", { i }, { expireInSeconds: 60, retryLimit: 5 });
    const [owner] = await boss.fetch("race");
    await pool.query("UPDATE pgboss.job SET started_on = now() - interval '1 hour' WHERE id = $1", [id]);
    await boss.maintain();
    const [other] = await boss.fetch("race");
    if (owner?.id !== id || other?.id !== id) throw new Error(`run ${i}: the job was not taken twice`);
    const state = async () => (await one("SELECT state FROM pgboss.job WHERE id = $1", [id])).state;
    await boss.complete("race", id, { by: "owner" });
    const accepted = (await state()) === "completed";
    stale += accepted;
    await boss.complete("race", id, { by: "other" });
    both += accepted && (await state()) === "completed"; // the other gets no error either
  }
  await boss.stop({ graceful: false });
  return { queue: "pg-boss", runs, stale, both };
}

for (const race of [withGraphileWorker, withPgBoss]) console.log(JSON.stringify(await race()));
await pool.end();
process.exit(0);
