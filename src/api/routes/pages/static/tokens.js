// Personal access tokens: make one, see them, revoke one.

import { get, post, reason } from "./api.js";
import { conclude, element, show, stored } from "./evidence.js";
import { challenge, confirmed, inHeaders } from "./second-factor.js";

const form = document.getElementById("tokens");
const list = document.getElementById("token-list");
const said = document.getElementById("tokens-said");
const made = document.getElementById("new-token");

export async function open(who) {
	made.hidden = true;
	said.textContent = "";
	form.onsubmit = async (event) => {
		event.preventDefault();
		const { tokenName, bypassTwoFactor } = form.elements;
		const body = { tokenName: tokenName.value, bypassTwoFactor: bypassTwoFactor.checked };
		const answer = await carryOut("users.generatePersonalAccessToken", body, who);
		if (answer) {
			conclude(said, "This is the token. It is shown only now.", true);
			made.textContent = answer.token;
			made.hidden = false;
			form.reset();
			await refresh(who);
		}
	};
	await refresh(who);
}

async function revoke(tokenName, who) {
	made.hidden = true;
	if (await carryOut("users.removePersonalAccessToken", { tokenName }, who)) {
		await refresh(who);
		conclude(said, `The token “${tokenName}” is revoked.`, true);
		form.elements.tokenName.focus();
	}
}

async function carryOut(route, body, who) {
	const before = await stored();
	const exchanges = await confirmed((given) => post(route, body, inHeaders(given)), who());
	show(exchanges, before, await stored());
	const last = exchanges.at(-1);
	if (!last.ok) {
		conclude(said, challenge(last.answer) ? "Not done: the second factor was not given." : reason(last), false);
	}
	return last.ok ? last.answer : undefined;
}

async function refresh(who) {
	const listed = await get("users.getPersonalAccessTokens");
	if (!listed.ok) {
		conclude(said, reason(listed), false);
	}
	const tokens = (listed.answer && listed.answer.tokens) || [];
	list.replaceChildren(
		...tokens.map(({ name, createdAt, lastTokenPart, bypassTwoFactor }) => {
			const about = [`… ${lastTokenPart}`, (createdAt || "").slice(0, 10), bypassTwoFactor && "needs no second factor"];
			const button = element("button", { type: "button", class: "quiet small", "aria-label": `Revoke ${name}` }, "Revoke");
			button.addEventListener("click", () => revoke(name, who));
			const text = element("span", {}, element("strong", {}, name || "no name"), " ");
			text.append(element("span", { class: "hint" }, about.filter(Boolean).join(" · ")));
			return element("li", {}, text, button);
		}),
	);
}
