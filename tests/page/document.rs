//! `/docs`: the viewer of the API's document.

use crate::stage::Stage;
use devstack::workspace::Release::Eight;

/// A small document, with what the viewer may do with any.
const DRAW: &str = r##"
const spec = {
	openapi: "3.1.0", info: { title: "A small one", version: "1" },
	paths: { "/api/v1/me": { post: {
		summary: "Everything", security: [{ token: [] }],
		requestBody: { content: { "application/json": { schema: { $ref: "#/components/schemas/Me" }, example: { name: "x" } } } },
		responses: { 200: { description: "well", content: { "application/json": { schema: { $ref: "#/components/schemas/Me" } } } } },
	} } },
	components: {
		schemas: { Me: { type: "object", properties: { name: { type: ["string", "null"], description: "**who**" } } } },
		securitySchemes: { token: { type: "apiKey", in: "header", name: "X-Auth-Token" } },
	},
};
window.SwaggerUIBundle({ spec, dom_id: "#document", docExpansion: "full", validatorUrl: null });
"##;

#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_drawn_and_the_policy_forbids_nothing_that_the_viewer_does() {
    let stage = Stage::set(Eight).await;
    let browser = stage.browser().await;
    browser.go("docs").await;
    browser.reads(".opblock-summary-path", "updateOwnBasicInfo").await;
    browser.screenshot("docs").await;
    browser.run(DRAW).await;
    browser.reads(".opblock-summary-description", "Everything").await;
    browser.click(".try-out__btn").await;
    browser.click(".execute").await;
    browser.sees(".responses-table.live-responses-table").await;
    browser.prefer("dark").await;
    browser.is_well().await;
}
