// A site's service worker: once all of it has been fetched, it opens without a network, too. With one, what is newer wins.

const CACHE = "doodle";

addEventListener("install", (event) => {
	skipWaiting();
	event.waitUntil(keepAll());
});
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
	const isOurs = event.request.method === "GET" && event.request.url.startsWith(registration.scope);
	if (isOurs) event.respondWith(answer(event.request));
});

async function keepAll() {
	const files = await (await fetch("files.json")).json();
	const cache = await caches.open(CACHE);
	await cache.addAll(files);
}

async function answer(request) {
	const cache = await caches.open(CACHE);
	try {
		const response = await fetch(request);
		if (response.ok) cache.put(request, response.clone());
		return response;
	} catch {
		return (await cache.match(request)) ?? Response.error();
	}
}
