
(() => {
	const reset = "/reset-password/";
	const path = location.pathname;
	const at = path.indexOf(reset);
	const base = at < 0 ? path.replace(/[^/]*$/, "") : path.slice(0, at + 1);
	const say = (text) => {
		document.getElementById("said").textContent = text;
	};
	const post = (route, headers, body) =>
		fetch(`${base}api/v1/${route}`, {
			method: "POST",
			headers: { "Content-Type": "application/json", ...headers },
			body: JSON.stringify(body),
		});
	const call = async (method, params) => {
		const message = JSON.stringify({ msg: "method", id: "1", method, params });
		const answer = await (await post(`method.callAnon/${method}`, {}, { message })).json();
		if (!answer.message) {
			throw new Error(answer.error);
		}
		const { error, result } = JSON.parse(answer.message);
		if (error) {
			throw new Error(error.reason || error.message);
		}
		// The method signs in; this page does not stay.
		await post("logout", { "X-User-Id": result.id, "X-Auth-Token": result.token }, {});
	};
	const run = (method, params, done) => call(method, params).then(() => say(done), (error) => say(error.message));

	const [, verification] = location.hash.match(/^#\/verify-email\/(.+)$/) || [];
	if (verification) {
		history.replaceState(null, "", path);
		say("…");
		run("verifyEmail", [verification], "The address is confirmed.");
	} else if (at >= 0) {
		const form = document.getElementById("reset");
		say("Choose a new password.");
		form.hidden = false;
		form.addEventListener("submit", (event) => {
			event.preventDefault();
			const token = decodeURIComponent(path.slice(at + reset.length));
			const password = document.getElementById("password").value;
			run("resetPassword", [token, password], "The password is changed.").then(() => {
				document.getElementById("password").value = "";
			});
		});
	}
})();
