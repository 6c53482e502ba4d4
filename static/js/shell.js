// The service worker is there for every page of a signed-in member.
if ("serviceWorker" in navigator && document.body.dataset.worker) {
  navigator.serviceWorker.register(document.body.dataset.worker, { scope: "/" }).catch(() => {});
}
