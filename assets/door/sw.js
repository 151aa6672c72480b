// Keeps the page of who has a number: loaded again without a link, number and code are still to be read.
"use strict";
const PATIENCE = 5000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  if (event.request.method === "GET" && new URL(event.request.url).pathname.startsWith("/door/")) {
    event.respondWith(answered(event.request));
  }
});

async function answered(request) {
  const kept = await caches.open("infomat.door");
  const old = await kept.match(request, { ignoreSearch: request.mode === "navigate" });
  if (!old) return fetch(request);
  try {
    const late = new Promise((_, fail) => setTimeout(() => fail(new Error("late")), PATIENCE));
    const fresh = await Promise.race([fetch(request), late]);
    if (fresh.ok) await kept.put(request, fresh.clone());
    return fresh;
  } catch (error) {
    return old;
  }
}
