// What was sent, what came back, and what became of the stored document.

import { call } from "./api.js";

const exchangesShown = document.getElementById("exchanges");
const changes = document.getElementById("changes");

export const stored = async () => {
	const { ok, answer } = await call("GET", "page/stored");
	return ok && answer ? answer.user : null;
};

// The last exchange is open, the earlier ones can be opened.
export function show(exchanges, before, after) {
	document.getElementById("evidence-empty").hidden = true;
	exchangesShown.replaceChildren(...exchanges.map((exchange, at) => shown(exchange, at === exchanges.length - 1)));
	const differences = before && after ? differing(before, after) : [];
	changes.hidden = !differences.length;
	changes.querySelector("tbody").replaceChildren(
		...differences.map(({ path, was, is }) => {
			const steps = path.split(".").flatMap((step, at) => (at ? [".", element("wbr", {}), step] : [step]));
			const field = element("th", { scope: "row" }, element("code", {}, ...steps));
			return element("tr", {}, field, cell("Before", was), cell("After", is));
		}),
	);
	return differences.length;
}

// What is said of an action, with the way to its details, which are far below on a phone.
export function conclude(place, text, good) {
	place.className = place.className.replace(/result|complaint/, good ? "result" : "complaint");
	const link = element("a", { href: "#evidence" }, "What happened");
	link.addEventListener("click", (event) => {
		event.preventDefault();
		document.getElementById("evidence").scrollIntoView();
		document.getElementById("evidence-title").focus();
	});
	place.replaceChildren(text, " ", link);
}

export function clear() {
	document.getElementById("evidence-empty").hidden = false;
	exchangesShown.replaceChildren();
	changes.hidden = true;
}

export function element(name, attributes, ...children) {
	const made = document.createElement(name);
	Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
	made.append(...children);
	return made;
}

function cell(heading, value) {
	const content = value === undefined ? element("span", { class: "hint" }, "not there") : element("code", {}, value);
	return element("td", { "data-heading": heading }, content);
}

function shown(exchange, open) {
	const { sent, status, ok, answer, text } = exchange;
	const path = new URL(sent.url).pathname;
	const line = element("summary", {}, element("span", { class: ok ? "status good" : "status bad" }, String(status || "–")));
	line.append(` ${sent.method} `, element("code", {}, path));
	const body = answer ? JSON.stringify(answer, null, 2) : text;
	const details = element("details", {}, line, code("Request", curl(sent), true), code("Answer", body, false));
	details.open = open;
	return details;
}

function code(title, text, copies) {
	const head = element("div", { class: "code-head" }, element("h3", {}, title));
	// Browsers let only safe pages write to the clipboard.
	if (copies && navigator.clipboard) {
		const copy = element("button", { type: "button", class: "quiet small" }, "Copy");
		copy.addEventListener("click", async () => {
			await navigator.clipboard.writeText(text);
			copy.textContent = "Copied";
		});
		head.append(copy);
	}
	return element("div", {}, head, element("pre", { tabindex: "0", role: "region", "aria-label": title }, text));
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

export function curl({ method, url, headers, body }) {
	const parts = [`curl ${method === "GET" || body !== undefined ? "" : `-X ${method} `}${quoted(url)}`];
	parts.push(...Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`));
	if (body !== undefined) {
		parts.push(`-d ${quoted(JSON.stringify(body))}`);
	}
	return parts.join(" \\\n  ");
}

function differing(before, after) {
	const [was, is] = [new Map(), new Map()];
	flatten(before, "", was);
	flatten(after, "", is);
	const paths = [...new Set([...was.keys(), ...is.keys()])];
	return paths
		.filter((path) => was.get(path) !== is.get(path))
		.map((path) => ({ path, was: was.get(path), is: is.get(path) }));
}

function flatten(value, path, into) {
	if (value === null || typeof value !== "object" || !Object.keys(value).length) {
		into.set(path, JSON.stringify(value));
		return;
	}
	Object.entries(value).forEach(([key, member]) => flatten(member, path ? `${path}.${key}` : key, into));
}
