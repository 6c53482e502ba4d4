// The service worker: tells of news, and has a page to show when there is no line. It keeps nothing of any patient:
// only our own styles, scripts and pictures, and those are asked for at the server first.
const SHELL = "shell-1";
const OFFLINE = "/offline/";

self.addEventListener("install", (event) => {
  event.waitUntil(keepShell().then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOlder().then(() => self.clients.claim()));
});

async function keepShell() {
  const cache = await caches.open(SHELL);
  const page = await fetch(OFFLINE, { cache: "reload" });
  await cache.put(OFFLINE, page.clone());
  const parts = [...(await page.text()).matchAll(/(?:href|src)="(\/static\/[^"]+)"/g)].map(([, path]) => path);
  await Promise.allSettled(parts.map((path) => cache.add(path)));
}

async function forgetOlder() {
  for (const name of await caches.keys()) if (name !== SHELL) await caches.delete(name);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(fetch(request).catch(() => caches.match(OFFLINE)));
  else if (pathname.startsWith("/static/")) event.respondWith(fromServerFirst(request));
});

async function fromServerFirst(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match(request);
    if (kept) return kept;
    throw error;
  }
}

// Somebody who has the inbox before their eyes sees the news there. Every push has to show something otherwise.
self.addEventListener("push", (event) => event.waitUntil(tell(event.data?.json() ?? {})));

async function tell({ title, body, url, tag }) {
  const pages = await self.clients.matchAll({ type: "window" });
  if (pages.some((page) => page.visibilityState === "visible" && page.focused)) return;
  await self.registration.showNotification(title ?? "Clinic Inbox", {
    body,
    tag,
    renotify: Boolean(tag),
    icon: "/static/icons/app-192.png",
    badge: "/static/icons/badge.png",
    data: { url: url ?? "/" },
  });
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(show(event.notification.data.url));
});

async function show(url) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find((each) => each.url.startsWith(location.origin));
  if (!page) return self.clients.openWindow(url);
  await page.focus();
  return page.navigate(url).catch(() => self.clients.openWindow(url));
}
