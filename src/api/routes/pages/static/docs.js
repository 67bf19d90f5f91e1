// The API document, drawn by Swagger UI.

const said = document.getElementById("said");
const answer = await fetch("api/docs/openapi.json").catch(() => undefined);
if (answer && answer.ok) {
	// The viewer is dark when this class is there, whatever the system prefers.
	const dark = matchMedia("(prefers-color-scheme: dark)");
	const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
	dark.addEventListener("change", follow);
	follow();
	window.SwaggerUIBundle({
		spec: await answer.json(),
		dom_id: "#document",
		deepLinking: false,
		validatorUrl: null,
		presets: [window.SwaggerUIBundle.presets.apis],
		layout: "BaseLayout",
	});
} else {
	said.textContent = "This build has no API document: api/docs/openapi.json is not there.";
}
