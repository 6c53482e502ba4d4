// The page without a line: back to the inbox when there is one.
addEventListener("online", () => location.assign("/"));
setInterval(() => fetch("/readyz", { cache: "no-store" }).then((answer) => answer.ok && location.assign("/"), () => {}), 10_000);
