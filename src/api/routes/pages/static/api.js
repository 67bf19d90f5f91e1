// The calls of the API, and the session that they are made in. It lives as long as the tab.

export const root = new URL("../", import.meta.url);
const KEY = "rc-account";

export const session = {
	get: () => JSON.parse(sessionStorage.getItem(KEY) || "null"),
	begin: (userId, authToken) => sessionStorage.setItem(KEY, JSON.stringify({ userId, authToken })),
	end: () => sessionStorage.removeItem(KEY),
};

// One exchange: what was sent, and what came back. `answer` is null where no JSON came.
export async function call(method, path, { body, headers = {} } = {}) {
	const signedIn = session.get();
	const sent = { method, url: new URL(path, root).href, headers: { ...headers }, body };
	if (signedIn) {
		Object.assign(sent.headers, { "X-User-Id": signedIn.userId, "X-Auth-Token": signedIn.authToken });
	}
	if (body !== undefined) {
		sent.headers["Content-Type"] = "application/json";
	}
	try {
		const response = await fetch(sent.url, {
			method,
			headers: sent.headers,
			body: body === undefined ? undefined : JSON.stringify(body),
		});
		const text = await response.text();
		return { sent, status: response.status, ok: response.ok, text, answer: json(text) };
	} catch {
		return { sent, status: 0, ok: false, text: "", answer: null };
	}
}

export const get = (route) => call("GET", `api/v1/${route}`);
export const post = (route, body, headers) => call("POST", `api/v1/${route}`, { body, headers });

// A method of Meteor for whoever is not signed in, which is how the secrets of mailed links are handed in. It signs in, which
// is not wanted here, so that session ends at once. Gives the reason of a refusal, or nothing.
export async function redeem(method, params) {
	const message = JSON.stringify({ msg: "method", id: "1", method, params });
	const { answer, status } = await call("POST", `api/v1/method.callAnon/${method}`, { body: { message } });
	if (!answer || !answer.message) {
		return reason({ answer, status });
	}
	const { error, result } = JSON.parse(answer.message);
	if (error) {
		return error.reason || error.message;
	}
	const headers = { "X-User-Id": result.id, "X-Auth-Token": result.token };
	await fetch(new URL("api/v1/logout", root), { method: "POST", headers });
	return undefined;
}

// Why it went wrong, for people.
export function reason({ answer, status }) {
	if (status === 0) {
		return "The service cannot be reached.";
	}
	return (answer && (answer.error || answer.message)) || `The service answered ${status}.`;
}

function json(text) {
	try {
		return JSON.parse(text);
	} catch {
		return null;
	}
}
