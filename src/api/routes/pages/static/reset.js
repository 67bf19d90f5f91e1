// The page that the link in a mail about a forgotten password leads to. Nothing happens before the form is sent.

import { redeem } from "./api.js";

const form = document.getElementById("reset");
const said = document.getElementById("said");

form.addEventListener("submit", async (event) => {
	event.preventDefault();
	const token = decodeURIComponent(location.pathname.split("/").pop());
	const refusal = await redeem("resetPassword", [token, form.elements.password.value]);
	said.textContent = refusal ? `The password is not changed: ${refusal}.` : "The password is changed. Now sign in with it.";
	said.className = refusal ? "complaint" : "result";
	if (!refusal) {
		form.reset();
	}
});
