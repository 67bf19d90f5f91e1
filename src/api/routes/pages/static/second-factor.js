// A request that needs a second factor is refused with what it needs; it is made again with the answer of the dialogue.

import { post, reason } from "./api.js";
import { hexSha256, STEP_SECONDS, totp } from "./hash.js";

const dialogue = document.getElementById("second-factor");
const code = document.getElementById("code");
const complaint = document.getElementById("second-factor-said");
const [makeCode, sendAgain, cancel] = ["make-code", "send-again", "cancel"].map((id) => document.getElementById(id));

const WORDS = {
	totp: ["Code of the authenticator app", "A code of six digits, or one of the backup codes."],
	email: ["Code from the mail", "A code was mailed. The demo prints its mails; with Docker Compose they are at port 8025."],
	password: ["Your present password", "This user has no other second factor, so the password is asked for."],
};
const CHALLENGES = ["totp-required", "totp-invalid", "totp-max-attempts"];

// A code counts once, so the next one has to be of a later step.
let spentStep = 0;

// `send` makes the request with a code, or without one at first. Gives all exchanges; the last one says how it ended.
export async function confirmed(send, { username, totpSecret }) {
	const exchanges = [await send()];
	for (;;) {
		const last = exchanges.at(-1);
		const asked = challenge(last.answer);
		if (!asked) {
			return exchanges;
		}
		const given = await ask(asked, { username, totpSecret });
		if (given === undefined) {
			return exchanges;
		}
		exchanges.push(await send({ code: given, method: asked.method }));
	}
}

export function challenge(answer) {
	const id = answer && (answer.errorType || answer.error);
	const method = answer && answer.details && answer.details.method;
	return CHALLENGES.includes(id) && WORDS[method] ? { id, method } : undefined;
}

export const inHeaders = (given) => given && { "x-2fa-code": given.code, "x-2fa-method": given.method };

function ask({ id, method }, { username, totpSecret }) {
	const [label, why] = WORDS[method];
	document.getElementById("code-label").textContent = label;
	document.getElementById("second-factor-why").textContent =
		method === "totp" && totpSecret ? `${why} The secret is ${totpSecret}.` : why;
	complaint.textContent = {
		"totp-required": "",
		"totp-invalid": method === "totp" ? "That was not right. A code counts only once." : "That was not right.",
		"totp-max-attempts": "Too many wrong codes. Ask for another one.",
	}[id];
	code.value = "";
	code.type = method === "password" ? "password" : "text";
	code.inputMode = method === "email" ? "numeric" : "text";
	code.autocomplete = method === "password" ? "current-password" : "one-time-code";
	code.setAttribute("aria-invalid", String(id !== "totp-required"));
	makeCode.hidden = !(method === "totp" && totpSecret);
	sendAgain.hidden = method !== "email";
	makeCode.onclick = () => {
		spentStep = Math.max(Math.floor(Date.now() / 1000 / STEP_SECONDS), spentStep + 1);
		code.value = totp(totpSecret, spentStep);
		code.focus();
	};
	sendAgain.onclick = async () => {
		complaint.textContent = "";
		const sent = await post("users.2fa.sendEmailCode", { emailOrUsername: username });
		complaint.textContent = sent.ok ? "Another code was mailed." : reason(sent);
		code.focus();
	};
	cancel.onclick = () => dialogue.close("");
	dialogue.returnValue = "";
	dialogue.showModal();
	return new Promise((resolve) => {
		dialogue.onclose = () => {
			const given = code.value.trim();
			code.value = "";
			const confirms = dialogue.returnValue === "confirm";
			resolve(confirms ? (method === "password" ? hexSha256(given) : given) : undefined);
		};
	});
}
