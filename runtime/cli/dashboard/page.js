// The dashboard. Texts of jobs are a stranger's: they become textContent and nothing else.
"use strict";

const EVERY_MS = 3000;
const at = (id) => document.getElementById(id);

async function call(path, method = "GET", body = undefined) {
  const headers = method === "POST" ? {"X-Poolguard-UI": "1"} : {};
  const answer = await fetch(path, {method, headers, body, cache: "no-store"});
  const json = await answer.json().catch(() => ({error: `the dashboard answered ${answer.status}`}));
  if (answer.status === 401) at("login").hidden = false;
  if (!answer.ok) throw new Error(json.error);
  return json;
}

function tell(trouble) {
  at("trouble").textContent = trouble;
  at("trouble").hidden = trouble === "";
}

function span(ms) {
  const seconds = Math.trunc(ms / 1000);
  const two = (number) => String(number).padStart(2, "0");
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.trunc(seconds / 60)}m${two(seconds % 60)}s`;
  if (seconds < 86400) return `${Math.trunc(seconds / 3600)}h${two(Math.trunc((seconds % 3600) / 60))}m`;
  return `${Math.trunc(seconds / 86400)}d${two(Math.trunc((seconds % 86400) / 3600))}h`;
}

// The cell of a row, with its column's name and class.
function cell(row, head, index, state = "") {
  while (row.cells.length <= index) row.insertCell();
  const place = row.cells[index];
  place.className = `${head.cells[index].className} ${state}`.trim();
  place.dataset.label = head.cells[index].textContent;
  return place;
}

// Buttons are made anew only if they are others, so that the focus stays where it is.
function setActions(place, id, actions) {
  const wanted = actions.join();
  if (place.dataset.actions === wanted) return;
  place.dataset.actions = wanted;
  place.replaceChildren(...actions.map((action) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = action;
    button.setAttribute("aria-label", `${action} job ${id}`);
    button.addEventListener("click", () => (action === "show" ? show(id) : act(id, action)));
    return button;
  }));
}

// Rows: {key, cells: [text or {text, state}], id, actions}. Rows that are there already stay.
function fill(body, rows, empty) {
  const head = body.parentElement.tHead.rows[0];
  const old = new Map([...body.rows].map((row) => [row.dataset.key, row]));
  rows.forEach((wanted, index) => {
    const key = `k${wanted.key}`;
    const row = old.get(key) ?? document.createElement("tr");
    old.delete(key);
    row.dataset.key = key;
    if (body.rows[index] !== row) body.insertBefore(row, body.rows[index] ?? null);
    wanted.cells.forEach((value, column) => {
      const {text, state} = typeof value === "object" ? value : {text: String(value), state: ""};
      const place = cell(row, head, column, state);
      if (place.textContent !== text) place.textContent = text;
    });
    if (wanted.actions) setActions(cell(row, head, wanted.cells.length), wanted.id, wanted.actions);
  });
  for (const row of old.values()) row.remove();
  if (rows.length > 0) return;
  const place = body.insertRow().insertCell();
  place.colSpan = head.cells.length;
  place.className = "empty";
  place.textContent = empty;
}

function actionsFor(status) {
  const actions = ["show"];
  if (["dead", "cancelled", "waiting"].includes(status)) actions.push("retry");
  if (["blocked", "waiting", "active"].includes(status)) actions.push("cancel");
  return actions;
}

function laneRow(name, lane) {
  return {key: name, cells: [name, {text: lane.state, state: lane.state === "ok" ? "good" : "bad"}, `${lane.round_trip_ms} ms`,
                             `${lane.pool.in_use} of ${lane.pool.size}`, lane.pool.waiting, lane.error ?? ""]};
}

function queueState(queue) {
  if (queue.wedged) return {text: `wedged: ${queue.note}`, state: "bad"};
  if (queue.note) return {text: `slow: ${queue.note}`, state: "bad"};
  return queue.paused ? {text: "paused", state: ""} : {text: "ok", state: "good"};
}

function count(number, state = "") {
  return {text: String(number), state: number === 0 ? "none" : state};
}

function queueRow(queue) {
  const jobs = queue.jobs;
  return {key: queue.queue,
          cells: [queue.queue, queueState(queue), count(jobs.blocked), count(jobs.waiting), count(queue.ready), count(jobs.active),
                  count(jobs.completed), count(jobs.dead, "bad"), count(jobs.cancelled), count(queue.expired_leases, "bad"),
                  queue.oldest_ready_ms === null ? "" : span(queue.oldest_ready_ms)]};
}

function runningRow(job) {
  const lease = job.lease_left_ms > 0 ? span(job.lease_left_ms) : {text: "ran out", state: "bad"};
  return {key: job.id, id: job.id, actions: job.cancel_requested ? ["show"] : ["show", "cancel"],
          cells: [job.id, job.queue, job.name, job.owner, span(job.running_ms), lease,
                  (job.cancel_requested ? "to be cancelled " : "") + (job.progress ?? "")]};
}

function failureRow(job) {
  return {key: job.id, id: job.id, actions: actionsFor(job.status),
          cells: [job.id, job.queue, job.name, job.status, `${job.attempts}/${job.max_attempts}`, span(job.age_ms), job.error]};
}

function jobRow(job) {
  return {key: job.id, id: job.id, actions: actionsFor(job.status),
          cells: [job.id, job.queue, job.name, job.status, `${job.attempts}/${job.max_attempts}`, job.run_at.replace(/\.\d+/, ""), job.last_error ?? ""]};
}

async function showState() {
  const state = await call("api/state");
  fill(at("lanes"), [laneRow("transaction", state.lanes.transaction), laneRow("session", state.lanes.session)], "");
  fill(at("queues"), state.queues.map(queueRow), "No queue has jobs.");
  fill(at("running"), state.running.map(runningRow), "No job runs.");
  fill(at("failures"), state.failures.map(failureRow), "No job has failed.");
  at("seen").textContent = `As of ${state.at}`;
}

async function showJobs() {
  const filter = new URLSearchParams();
  for (const field of ["status", "queue", "name"]) {
    if (at(field).value !== "") filter.set(field, at(field).value);
  }
  const {jobs} = await call(`api/jobs?${filter}`);
  fill(at("jobs"), jobs.map(jobRow), "No such job.");
}

async function refresh() {
  try {
    await showState();
    await showJobs();
    tell("");
    at("login").hidden = true;
  } catch (error) {
    tell(error.message);
  }
}

async function show(id) {
  try {
    at("job").textContent = JSON.stringify(await call(`api/jobs/${id}`), null, 2);
    at("one").hidden = false;
    at("job").focus();
  } catch (error) {
    tell(error.message);
  }
}

async function act(id, action) {
  if (action === "cancel" && !confirm(`Cancel job ${id}, and its children?`)) return;
  try {
    await call(`api/jobs/${id}/${action}`, "POST");
    await refresh();
  } catch (error) {
    tell(error.message);
  }
}

async function repeat() {
  if (!document.hidden && at("login").hidden) await refresh();
  setTimeout(repeat, EVERY_MS);
}

at("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await call("api/login", "POST", at("token").value);
    at("token").value = "";
    await refresh();
  } catch (error) {
    tell(error.message);
  }
});
at("filter").addEventListener("submit", (event) => {
  event.preventDefault();
  refresh();
});
repeat();
