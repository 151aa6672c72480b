// The door's page: takes one ticket, shows its place, and calls until the person is inside.
// For old phones too: nothing younger than ES2017, and no storage, sound or screen lock that must be there.
"use strict";
const at = (id) => document.getElementById(id);
const show = (id, on) => { at(id).hidden = !on; };
const put = (id, text) => { if (at(id).textContent !== text) at(id).textContent = text; };
const PATIENCE = 10000, NAMES = { ru: "Русский", lv: "Latviešu", en: "English" };
let door = JSON.parse(at("told").textContent);
const base = `/api${door.path}`;
const mine = `infomat${door.path.replace(/\//g, ".")}`, asked = `${mine}.asked`, last = `${mine}.last`;
let ticket = null, state = null, sound = null, alarm = null, timer = null, turn = 0, awake = null;

// A browser may forbid storage: then the page remembers for as long as it is open.
const memory = {};
const keep = {
  get(name) { try { return localStorage.getItem(name); } catch (error) { return name in memory ? memory[name] : null; } },
  set(name, value) { try { localStorage.setItem(name, value); } catch (error) { memory[name] = value; } },
  drop(name) { delete memory[name]; try { localStorage.removeItem(name); } catch (error) { /* nothing was kept */ } },
};
let language = keep.get("infomat.language");
if (!door.languages.includes(language)) language = door.language;

function uuid7() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let now = Date.now();
  for (let i = 5; i >= 0; i--) { bytes[i] = now % 256; now = Math.floor(now / 256); }
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

// A link that swallows the question is a lost one: what is shown must not grow old unseen.
function within(promise) {
  return Promise.race([promise, new Promise((_, fail) => setTimeout(() => fail(new Error("late")), PATIENCE))]);
}

async function ask(path, body) {
  const told = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const answer = await within(fetch(`${base}${path}?language=${language}`, Object.assign({ cache: "no-store" }, told)));
  if (answer.status >= 500) throw new Error(String(answer.status));
  return { status: answer.status, told: await within(answer.json()) };
}

// The answer, or null: then it is said, and that a place is kept only to who has one.
async function attempt(what) {
  try {
    const answer = await what();
    notice("");
    return answer;
  } catch (error) {
    notice(ticket === null ? door.words.offline_start : door.words.offline);
    return null;
  }
}

function notice(text) {
  show("notice", text !== "");
  put("notice", text);
}

async function words() {
  const answer = await attempt(() => ask(""));
  if (answer === null) return;
  if (answer.status !== 200) { location.reload(); return; }  // no such door any more: the server has a page for that
  door = answer.told;
  name();
}

function name() {
  const w = door.words;
  document.documentElement.lang = door.language;
  put("place", door.place); put("lead", w.lead); put("line", door.line); put("topic", door.topic); put("take", w.take);
  put("privacy", w.privacy); put("need-word", w.special_need); put("need-note", w.special_need_note);
  put("number-word", w.number); put("code-word", w.code); put("code-note", w.code_note); put("return", w.return);
  put("again", w.again); put("leave", w.leave); put("stay", w.stay); put("leave-sure", w.leave_sure);
  for (const one of Object.keys(door.services)) put(`service-${one}`, door.services[one]);
  for (const one of door.languages) at(`language-${one}`).setAttribute("aria-pressed", String(one === language));
}

// Made once: what is made anew loses the focus of who does not see it.
function furnish() {
  for (const one of door.languages) {
    const button = document.createElement("button");
    button.type = "button"; button.id = `language-${one}`; button.lang = one;
    button.textContent = one.toUpperCase();
    button.setAttribute("aria-label", NAMES[one] || one);
    button.addEventListener("click", () => { language = one; keep.set("infomat.language", one); refresh(); });
    at("languages").appendChild(button);
  }
  for (const one of Object.keys(door.services)) {
    const label = document.createElement("label"), input = document.createElement("input");
    const word = document.createElement("span");
    label.className = "choice"; word.id = `service-${one}`;
    input.type = "radio"; input.name = "service"; input.value = one;
    label.appendChild(input); label.appendChild(word);
    at("services").appendChild(label);
  }
}

function draw() {
  const taken = ticket !== null, now = taken ? ticket.state : null;
  show("start", !taken); show("ticket", taken);
  document.body.classList.toggle("called", now === "called");
  document.title = taken ? `${now === "called" ? "● " : ""}${ticket.number} · ${ticket.title}` : door.company;
  call(now === "called");
  stayAwake(now === "waiting" || now === "called");
  if (taken) {
    const outside = ["waiting", "called", "missed"].includes(now);
    put("title", ticket.title); put("number", ticket.number); put("note", ticket.note); put("ahead", ticket.ahead_text);
    put("code", ticket.code); put("sound", heard() ? door.words.sound : door.words.sound_touch);
    show("code-box", outside && ticket.code !== ""); show("sound", now === "waiting" || now === "called");
    show("return", now === "left"); show("again", ["left", "over"].includes(now));
    if (!outside) show("sure", false);
    show("leave", outside && at("sure").hidden);
  }
  if (now !== state) {
    // Who does not see the page hears the new state once, not the figures each two seconds.
    put("said", taken && state !== null ? `${ticket.title}. ${ticket.note}` : "");
    if (taken && state === null) at("title").focus();
    state = now;
  }
}

// One beep is missed: it goes on until the person is inside.
function call(on) {
  if (on && alarm === null) { ring(); alarm = setInterval(ring, 2500); }
  if (!on && alarm !== null) { clearInterval(alarm); alarm = null; }
}

function ring() {
  if (navigator.vibrate) navigator.vibrate([300, 150, 300]);
  if (!heard()) return;
  const tone = sound.createOscillator(), loudness = sound.createGain();
  tone.frequency.value = 660;
  loudness.gain.setValueAtTime(0.25, sound.currentTime);
  loudness.gain.exponentialRampToValueAtTime(0.001, sound.currentTime + 0.7);
  tone.connect(loudness);
  loudness.connect(sound.destination);
  tone.start();
  tone.stop(sound.currentTime + 0.7);
}

function heard() { return sound !== null && sound.state === "running"; }

// Only after a touch does a browser let a page sound; after a reload it wants another one.
function allowSound() {
  const Context = window.AudioContext || window.webkitAudioContext;
  if (sound === null && Context) { sound = new Context(); sound.onstatechange = draw; }
  if (sound !== null && sound.state !== "running") sound.resume();
}

// A phone that sleeps runs no page, and calls nobody.
function stayAwake(on) {
  if (!navigator.wakeLock || document.hidden) return;
  if (on && awake === null) {
    awake = navigator.wakeLock.request("screen").then((lock) => {
      lock.addEventListener("release", () => { awake = null; });
      return lock;
    }).catch(() => null);
  }
  if (!on && awake !== null) awake.then((lock) => { awake = null; if (lock !== null) lock.release(); });
}

// From now on the page is there without a link, too: a phone short of memory loads it again when it is looked at.
async function keepPage() {
  if (!navigator.serviceWorker || !window.caches) return;
  try {
    await navigator.serviceWorker.register("/door/sw.js");
    const kept = await caches.open("infomat.door");
    const files = [document.querySelector("link[rel=stylesheet]").href, document.querySelector("script[src]").src];
    for (const old of await kept.keys()) if (!files.includes(old.url)) await kept.delete(old);
    await kept.addAll([location.origin + location.pathname].concat(files));
  } catch (error) { /* a browser that keeps nothing asks the server each time */ }
}

function took(told) {
  if (keep.get(mine) !== told.ticket_id) keepPage();
  ticket = told;
  keep.set(mine, told.ticket_id);
  keep.drop(asked);
  keep.set(last, JSON.stringify(told));
}

async function look() {
  const now = ++turn, kept = keep.get(mine), id = kept || keep.get(asked);  // asked: the answer may have been lost
  if (id === null) { ticket = null; draw(); return; }
  const answer = await attempt(() => ask(`/tickets/${id}`));
  if (now !== turn) return;  // something newer was done meanwhile
  if (answer !== null && answer.status === 200) took(answer.told);
  if (answer !== null && answer.status === 404) {
    const w = door.words;
    ticket = kept && ticket ? Object.assign(ticket, { state: "over", title: w.title_over, note: w.over, ahead_text: "" }) : null;
  }
  draw();
}

async function refresh() {
  await words();
  await again(true);
}

async function again(known) {
  clearTimeout(timer);
  try {
    if (ticket === null && !known) await words();
    await look();
  } finally {
    clearTimeout(timer);
    timer = setTimeout(() => again(false), ticket === null ? 15000 : ["waiting", "called", "missed"].includes(ticket.state) ? 2000 : 10000);
  }
}

async function act(what) {
  const now = ++turn;
  const answer = await attempt(() => ask(`/tickets/${ticket.ticket_id}/${what}`, {}));
  if (now === turn && answer !== null && answer.status === 200) took(answer.told);
  if (answer !== null && answer.status === 429) setTimeout(() => act(what), 5000);  // too much from this address
  show("sure", false);
  draw();
}

async function take() {
  const chosen = document.querySelector("input[name=service]:checked");
  at("services").classList.toggle("missing", chosen === null);
  if (chosen === null) { document.querySelector("input[name=service]").focus(); return; }
  if (keep.get(mine) !== null) { refresh(); return; }  // another tab has taken one
  const id = keep.get(asked) || uuid7();  // asked again after a lost answer it is one place
  keep.set(asked, id);
  const now = ++turn;
  at("take").disabled = true;
  const wish = { ticket_id: id, service: chosen.value, language: door.language, special_need: at("need").checked };
  const answer = await attempt(() => ask("/tickets", wish));
  at("take").disabled = false;
  if (answer === null) return;
  if (answer.status === 429) { notice(door.words.full); return; }
  if (answer.status !== 200) { location.reload(); return; }
  if (now === turn) took(answer.told);
  draw();
  again(true);
}

at("take").addEventListener("click", take);
at("leave").addEventListener("click", () => { show("sure", true); show("leave", false); at("stay").focus(); });
at("stay").addEventListener("click", () => { show("sure", false); draw(); at("leave").focus(); });
at("leave-sure").addEventListener("click", () => act("leave"));
at("return").addEventListener("click", () => act("return"));
at("again").addEventListener("click", () => { keep.drop(mine); keep.drop(last); keep.drop(asked); ticket = null; refresh(); });
document.addEventListener("click", allowSound, { capture: true });
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
window.addEventListener("storage", (event) => { if (event.key === mine) refresh(); });  // another tab took or left
furnish();
name();
try { if (keep.get(mine) !== null) ticket = JSON.parse(keep.get(last)); } catch (error) { ticket = null; }
draw();
if (language === door.language) again(true); else refresh();  // the server chose the words by the browser's language
