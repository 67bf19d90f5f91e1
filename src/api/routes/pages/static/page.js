// Signed out, or signed in: which of the two is shown, and the link of a mail that leads here.

import { call, post, reason, redeem, session } from "./api.js";
import { clear, element, show, stored } from "./evidence.js";
import * as profile from "./profile.js";
import { challenge, confirmed } from "./second-factor.js";
import * as tokens from "./tokens.js";

const at = (id) => document.getElementById(id);
let people = [];
let username = "";

const totpSecretOf = (name) => (people.find((person) => person.username === name) || {}).totpSecret;
const who = () => ({ username, totpSecret: totpSecretOf(username) });

async function begin() {
	const [, token] = location.hash.match(/^#\/verify-email\/(.+)$/) || [];
	if (token) {
		history.replaceState(null, "", location.pathname);
		const refusal = await redeem("verifyEmail", [token]);
		tell(refusal ? `The address is not confirmed: ${refusal}.` : "The address is confirmed.");
	}
	const known = await call("GET", "page/people");
	people = (known.answer && known.answer.people) || [];
	const user = session.get() && (await stored());
	if (user) {
		await enter(user);
	} else {
		session.end();
		leave();
	}
}

async function signIn(user, password) {
	at("sign-in-said").textContent = "";
	const send = (given) => post("login", given ? { user, password, code: given.code } : { user, password });
	const exchanges = await confirmed(send, { username: user, totpSecret: totpSecretOf(user) });
	const last = exchanges.at(-1);
	if (!last.ok) {
		const wrong = last.answer && last.answer.error === "Unauthorized" ? "User or password is wrong." : reason(last);
		at("sign-in-said").textContent = challenge(last.answer) ? "Not signed in: the second factor was not given." : wrong;
		at("password").focus();
		return;
	}
	session.begin(last.answer.data.userId, last.answer.data.authToken);
	tell("");
	await enter(await stored());
	show(exchanges);
	at("profile-title").focus();
}

async function enter(user) {
	shows(user);
	profile.askAs(who);
	await Promise.all([profile.open(user, shows), tokens.open(who)]);
	at("sign-in").reset();
	at("signed-out").hidden = true;
	["signed-in", "sign-out", "who"].forEach((id) => {
		at(id).hidden = false;
	});
}

function shows(user) {
	username = user.username || "";
	at("who").textContent = username;
}

function leave() {
	clear();
	["signed-in", "sign-out", "who"].forEach((id) => {
		at(id).hidden = true;
	});
	at("people-said").textContent = people.length
		? "This is the workspace for trying things out. Its passwords are known to everybody."
		: "The people of this workspace. Those of a workspace for trying things out would be listed here.";
	at("people").querySelector("ul").replaceChildren(...people.map(introduced));
	at("signed-out").hidden = false;
}

function introduced({ username: name, password, by, totpSecret }) {
	const button = element("button", { type: "button", class: "quiet small", "aria-label": `Sign in as ${name}` }, "Sign in");
	button.addEventListener("click", () => {
		at("user").value = name;
		at("password").value = password;
		signIn(name, password);
	});
	const about = element("div", {}, element("strong", {}, name), " ", element("code", {}, password));
	const factor = element("span", { class: "hint" }, by);
	if (totpSecret) {
		factor.append(", secret ", element("code", {}, totpSecret));
	}
	about.append(factor);
	return element("li", {}, about, button);
}

function tell(text) {
	at("said").textContent = text;
}

at("sign-in").addEventListener("submit", (event) => {
	event.preventDefault();
	signIn(at("user").value, at("password").value);
});
at("forgot").addEventListener("submit", async (event) => {
	event.preventDefault();
	const sent = await post("users.forgotPassword", { email: at("forgot-email").value });
	at("forgot-said").textContent = sent.ok ? "If somebody has this address, a mail with a link is on its way." : reason(sent);
});
at("sign-out").addEventListener("click", async () => {
	const ended = await post("logout");
	session.end();
	leave();
	tell(ended.ok || ended.status === 401 ? "You are signed out." : reason(ended));
	at("sign-in-title").focus();
});
begin();
