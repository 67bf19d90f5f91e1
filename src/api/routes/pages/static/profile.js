// The form of the profile: only what was changed is sent.

import { get, post, reason } from "./api.js";
import { conclude, element, show, stored } from "./evidence.js";
import { challenge, confirmed, inHeaders } from "./second-factor.js";

const form = document.getElementById("profile");
const said = document.getElementById("profile-said");
const customFields = document.getElementById("custom-fields");
const FIELDS = ["name", "username", "nickname", "bio", "statusType", "statusText", "email", "newPassword"];

// The signed-in user as stored, and the values that the form began with.
let before = null;
let shownValues = {};
let definitions = {};

export async function open(user, whenChanged) {
	definitions = await definedFields();
	customFields.replaceChildren(customFields.querySelector("legend"), ...inputsOf(definitions));
	fill(user);
	form.onsubmit = async (event) => {
		event.preventDefault();
		await locked(() => save(whenChanged));
	};
	document.getElementById("confirm-address").onclick = () => locked(confirmAddress);
	said.textContent = "";
}

export function fill(user) {
	before = user;
	const address = (user.emails || [])[0] || {};
	const values = { ...user, statusType: user.statusDefault || user.status, email: address.address, newPassword: "" };
	FIELDS.forEach((field) => {
		form.elements[field].value = values[field] === undefined ? "" : values[field];
	});
	document.getElementById("email-state").textContent = address.address
		? `The address is ${address.verified ? "confirmed" : "not confirmed"}.`
		: "There is no address.";
	Object.keys(definitions).forEach((name) => {
		form.elements[`custom-${name}`].value = (user.customFields || {})[name] ?? "";
	});
	shownValues = read();
}

function read() {
	const values = Object.fromEntries(FIELDS.map((field) => [field, form.elements[field].value]));
	Object.keys(definitions).forEach((name) => {
		values[`custom-${name}`] = form.elements[`custom-${name}`].value;
	});
	return values;
}

async function save(whenChanged) {
	const values = read();
	const changed = Object.keys(values).filter((field) => values[field] !== shownValues[field]);
	if (!changed.length) {
		say("Nothing was changed, so nothing was sent.", true);
		return;
	}
	const data = Object.fromEntries(FIELDS.filter((field) => changed.includes(field)).map((field) => [field, values[field]]));
	const body = { data };
	if (changed.some((field) => field.startsWith("custom-"))) {
		body.customFields = Object.fromEntries(Object.keys(definitions).map((name) => [name, values[`custom-${name}`]]));
	}
	const send = (given) => post("users.updateOwnBasicInfo", body, inHeaders(given));
	await carryOut(send, (user) => {
		whenChanged(user);
		conclude(said, "Saved.", true);
	});
}

async function confirmAddress() {
	const address = ((before.emails || [])[0] || {}).address || "";
	const send = () => post("users.sendConfirmationEmail", { email: address });
	await carryOut(send, () => conclude(said, "A mail with a link is on its way, if the address is to be confirmed.", true));
}

async function carryOut(send, done) {
	say("…", true);
	const exchanges = await confirmed(send, whoIsAsked());
	const last = exchanges.at(-1);
	const after = (await stored()) || before;
	show(exchanges, before, after);
	if (last.ok) {
		fill(after);
		done(after);
	} else {
		before = after;
		conclude(said, challenge(last.answer) ? "Not saved: the second factor was not given." : reason(last), false);
	}
}

let whoIsAsked = () => ({});
export const askAs = (who) => {
	whoIsAsked = who;
};

async function definedFields() {
	const { answer } = await get("settings.public?_id=Accounts_CustomFields");
	const [setting] = (answer && answer.settings) || [];
	try {
		return JSON.parse((setting && setting.value) || "{}") || {};
	} catch {
		return {};
	}
}

function inputsOf(fields) {
	const inputs = Object.entries(fields).map(([name, { type, options = [] }]) => {
		const id = `custom-${name}`;
		const choices = ["", ...options].map((option) => element("option", {}, option));
		const input = type === "select" ? element("select", { id, name: id }, ...choices) : element("input", { id, name: id });
		return element("div", {}, element("label", { for: id }, name), input);
	});
	const none = "This workspace defines none: its setting Accounts_CustomFields is empty.";
	return inputs.length ? inputs : [element("p", { class: "full hint" }, none)];
}

// Nobody sends twice by a second click.
async function locked(work) {
	if (form.ariaBusy === "true") {
		return;
	}
	form.ariaBusy = "true";
	try {
		await work();
	} finally {
		form.ariaBusy = "false";
	}
}

function say(text, good) {
	said.textContent = text;
	said.className = `full ${good ? "result" : "complaint"}`;
}
