// The other queues, measured as ours is (program.hpp): prepares, prints `ready`, waits for a line, does what is measured, prints a JSON
// object.
//
//   node peers.mjs QUEUE WHAT OPTIONS    graphile or boss; work, add or latency; a JSON object
import readline from "node:readline";
import pg from "pg";
import PgBoss from "pg-boss";
import { Logger, run, makeWorkerUtils } from "graphile-worker";

const [queue, what, given] = process.argv.slice(2);
const options = JSON.parse(given);
const { url: connectionString, jobs } = options;
const payload = (order) => ({ order, to: "somebody@example.com" });
const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A promise and what settles it. */
function signal() {
  let give;
  const given = new Promise((resolve) => (give = resolve));
  return { given, give };
}

async function measured(count, measure) {
  console.log("ready");
  await lines.next();
  const processor = process.cpuUsage();
  const began = process.hrtime.bigint();
  const result = (await measure()) ?? {};
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  const took = process.cpuUsage(processor);
  console.log(JSON.stringify({ ...result, seconds, processor: (took.user + took.system) / 1e6, jobs: count }));
}

/** Milliseconds from the call that adds a job to its handler's first line. */
async function waits(add, started) {
  const all = [];
  for (let i = 0; i < jobs; ++i) {
    await pause(options.pause);
    const began = process.hrtime.bigint();
    started.next = signal();
    add(i);
    all.push(Number((await started.next.given) - began) / 1e6);
  }
  return { waits: all };
}

async function graphile() {
  const pgPool = new pg.Pool({ connectionString, max: options.pool });
  const utils = await makeWorkerUtils({ pgPool });
  await utils.migrate();
  const logger = new Logger(() => () => {});
  const specs = (first, count) => Array.from({ length: count }, (_, i) => ({ identifier: "nothing", payload: payload(first + i) }));
  if (what === "add") {
    return measured(jobs, async () => {
      for (let first = 0; first < jobs; first += options.batch) {
        if (options.batch === 1) await utils.addJob("nothing", payload(first));
        else await utils.addJobs(specs(first, Math.min(options.batch, jobs - first)));
      }
    });
  }
  const worker = { concurrentJobs: options.concurrency, ...options.settings };
  if (what === "latency") {
    const started = {};
    const taskList = { nothing: async () => started.next.give(process.hrtime.bigint()) };
    const runner = await run({ pgPool, preset: { worker: { ...worker, logger } }, noHandleSignals: true, taskList });
    await pause(1000); // it listens by then
    await measured(jobs, () => waits((i) => utils.addJob("nothing", payload(i)), started));
    return runner.stop();
  }
  for (let first = 0; first < jobs; first += 5000) await utils.addJobs(specs(first, Math.min(5000, jobs - first)));
  return measured(jobs, async () => {
    let left = jobs;
    const all = signal();
    const taskList = { nothing: async () => { if (--left === 0) all.give(); } };
    const runner = await run({ pgPool, preset: { worker: { ...worker, logger } }, noHandleSignals: true, taskList });
    await all.given;
    await runner.stop(); // writes what it has put off
    const rows = (await pgPool.query("SELECT count(*)::int AS n FROM graphile_worker._private_jobs")).rows[0].n;
    if (rows !== 0) throw new Error(`${rows} jobs are left`);
  });
}

async function boss() {
  const boss = new PgBoss({ connectionString, max: options.pool, supervise: false, schedule: false });
  boss.on("error", (error) => { throw error; });
  await boss.start();
  await boss.createQueue("nothing");
  const specs = (first, count) => Array.from({ length: count }, (_, i) => ({ name: "nothing", data: payload(first + i) }));
  if (what === "add") {
    return measured(jobs, async () => {
      for (let first = 0; first < jobs; first += options.batch) {
        if (options.batch === 1) await boss.send("nothing", payload(first));
        else await boss.insert(specs(first, Math.min(options.batch, jobs - first)));
      }
    });
  }
  if (what === "latency") {
    const started = {};
    await boss.work("nothing", { pollingIntervalSeconds: 0.5 }, async () => started.next.give(process.hrtime.bigint()));
    await measured(jobs, () => waits((i) => boss.send("nothing", payload(i)), started));
    return;
  }
  for (let first = 0; first < jobs; first += 5000) await boss.insert(specs(first, Math.min(5000, jobs - first)));
  // Its work() waits half a second after each batch: it is asked for jobs without a break.
  const loop = async () => {
    for (;;) {
      const batch = await boss.fetch("nothing", { batchSize: options.batch });
      if (batch.length === 0) return;
      await boss.complete("nothing", batch.map((job) => job.id));
    }
  };
  await measured(jobs, () => Promise.all(Array.from({ length: options.concurrency }, loop)).then(() => {}));
  const left = await boss.getQueueSize("nothing", { before: "completed" });
  if (left !== 0) throw new Error(`${left} jobs are left`);
}

await { graphile, boss }[queue]();
process.exit(0);
