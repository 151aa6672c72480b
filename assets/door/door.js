// The door's page: takes one ticket, shows its place, and calls until the person is inside.
"use strict";
const key = location.pathname.split("/").pop();
const base = `/api/door/${key}`;
const kept = `infomat.door.${key}`;
const at = (id) => document.getElementById(id);
const show = (id, on) => { at(id).hidden = !on; };
const put = (id, text) => { if (at(id).textContent !== text) at(id).textContent = text; };
let language = localStorage.getItem("infomat.language") || "";
let door = null, service = null, ticket = null, sound = null, alarm = null, timer = null;

function uuid7() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let now = Date.now();
  for (let i = 5; i >= 0; i--) { bytes[i] = now % 256; now = Math.floor(now / 256); }
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

async function ask(path, body) {
  const separator = path.includes("?") ? "&" : "?";
  const told = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const answer = await fetch(`${base}${path}${separator}language=${language}`, { ...told, cache: "no-store" });
  if (answer.status >= 500 || answer.status === 429) throw new Error(String(answer.status));
  return { status: answer.status, told: await answer.json() };
}

async function attempt(what) {
  try {
    const answer = await what();
    show("offline", false);
    return answer;
  } catch (error) {
    show("offline", true);
    return null;
  }
}

async function words() {
  const answer = await attempt(() => ask(""));
  if (answer === null || answer.status !== 200) return;
  door = answer.told;
  const w = door.words;
  document.documentElement.lang = language || "ru";
  document.title = door.company;
  put("place", door.place); put("lead", w.lead); put("line", door.line); put("take", w.take); put("privacy", w.privacy);
  put("need-word", w.special_need); put("need-note", w.special_need_note); put("offline", w.offline);
  put("number-word", w.number); put("code-word", w.code); put("code-note", w.code_note); put("sound", w.sound);
  put("return", w.return); put("again", w.again); put("leave", w.leave); put("stay", w.stay); put("leave-sure", w.leave_sure);
  at("languages").replaceChildren(...door.languages.map((one) => button(one.toUpperCase(), one === language, () => {
    language = one;
    localStorage.setItem("infomat.language", one);
    refresh();
  }, "aria-pressed")));
  at("services").replaceChildren(...Object.entries(door.services).map(([one, word]) => button(word, one === service, () => {
    service = one;
    at("take").disabled = false;
    words();
  }, "aria-checked")));
}

function button(word, on, act, state) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = word;
  if (state === "aria-checked") made.setAttribute("role", "radio");
  made.setAttribute(state, String(on));
  made.addEventListener("click", act);
  return made;
}

function draw() {
  const taken = ticket !== null;
  show("start", !taken); show("ticket", taken);
  document.body.classList.toggle("called", taken && ticket.state === "called");
  if (!taken) { call(false); return; }
  const outside = ["waiting", "called", "missed"].includes(ticket.state);
  put("title", ticket.title); put("number", ticket.number); put("note", ticket.note); put("ahead", ticket.ahead_text);
  put("code", ticket.code);
  show("code-box", outside && ticket.code !== ""); show("sound", ticket.state === "waiting");
  show("return", ticket.state === "left"); show("again", ["left", "over"].includes(ticket.state));
  if (!outside) show("sure", false);
  show("leave", outside && at("sure").hidden);
  call(ticket.state === "called");
}

// One beep is missed: it goes on until the person is inside.
function call(on) {
  if (on && alarm === null) { ring(); alarm = setInterval(ring, 2500); }
  if (!on && alarm !== null) { clearInterval(alarm); alarm = null; }
}

function ring() {
  if (navigator.vibrate) navigator.vibrate([300, 150, 300]);
  if (sound === null || sound.state !== "running") return;
  const tone = sound.createOscillator(), loudness = sound.createGain();
  tone.frequency.value = 660;
  loudness.gain.setValueAtTime(0.25, sound.currentTime);
  loudness.gain.exponentialRampToValueAtTime(0.001, sound.currentTime + 0.7);
  tone.connect(loudness).connect(sound.destination);
  tone.start();
  tone.stop(sound.currentTime + 0.7);
}

function allowSound() {
  if (sound === null && window.AudioContext) sound = new AudioContext();
  if (sound !== null) sound.resume();
}

async function look() {
  const id = localStorage.getItem(kept);
  if (id !== null) {
    const answer = await attempt(() => ask(`/tickets/${id}`));
    if (answer !== null && answer.status === 404) { localStorage.removeItem(kept); ticket = null; }
    if (answer !== null && answer.status === 200) ticket = answer.told;
  } else {
    ticket = null;
  }
  draw();
}

async function refresh() {
  clearTimeout(timer);
  await words();
  await look();
  timer = setTimeout(again, ticket === null ? 15000 : 2000);
}

async function again() {
  if (ticket === null) await words();
  await look();
  timer = setTimeout(again, ticket === null ? 15000 : 2000);
}

async function act(what) {
  const answer = await attempt(() => ask(`/tickets/${ticket.ticket_id}/${what}`, {}));
  if (answer !== null && answer.status === 200) ticket = answer.told;
  show("sure", false);
  draw();
}

at("take").addEventListener("click", async () => {
  allowSound();
  at("take").disabled = true;
  const id = localStorage.getItem(`${kept}.asked`) || uuid7();  // asked again after a lost answer it is one place
  localStorage.setItem(`${kept}.asked`, id);
  const wish = { ticket_id: id, service, language: document.documentElement.lang, special_need: at("need").checked };
  const answer = await attempt(() => ask("/tickets", wish));
  at("take").disabled = false;
  if (answer === null || answer.status !== 200) return;
  localStorage.setItem(kept, id);
  localStorage.removeItem(`${kept}.asked`);
  ticket = answer.told;
  draw();
  clearTimeout(timer);
  timer = setTimeout(again, 2000);
});
at("leave").addEventListener("click", () => { show("sure", true); show("leave", false); });
at("stay").addEventListener("click", () => { show("sure", false); draw(); });
at("leave-sure").addEventListener("click", () => act("leave"));
at("return").addEventListener("click", () => { allowSound(); act("return"); });
at("again").addEventListener("click", () => { localStorage.removeItem(kept); ticket = null; refresh(); });
document.addEventListener("click", allowSound, { capture: true });
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
if (!language) language = (navigator.language || "ru").slice(0, 2);
if (!["ru", "lv", "en"].includes(language)) language = "ru";
refresh();
