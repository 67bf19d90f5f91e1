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
		// The schemas stand with the routes that use them; the list of all is closed.
		defaultModelsExpandDepth: 0,
		validatorUrl: null,
		presets: [window.SwaggerUIBundle.presets.apis],
		layout: "BaseLayout",
	});
} else {
	said.textContent = "The document of the API cannot be loaded.";
}
