//! What people do again and again.

use crate::browser::Browser;
use serde_json::json;

impl Browser {
    /// Signs in by the list of people, as far as the password goes.
    pub async fn sign_in_as(&self, handle: &str) {
        self.click(&format!("button[aria-label='Sign in as {handle}']")).await;
    }

    pub async fn is_signed_in_as(&self, username: &str) {
        self.reads("#who", username).await;
        self.reads("#profile-title", "Your profile").await;
    }

    pub async fn save(&self) {
        self.click("#profile .actions button").await;
    }

    /// Answers the dialogue.
    pub async fn confirm(&self, code: &str) {
        self.write("#code", code).await;
        self.click("#second-factor button[value=confirm]").await;
    }

    pub async fn confirm_with_a_made_code(&self) {
        self.click("#make-code").await;
        self.click("#second-factor button[value=confirm]").await;
    }

    /// The row of what has changed so.
    pub async fn changed(&self, path: &str, text: &str) -> String {
        let rows = "[...document.querySelectorAll('#changes tbody tr')]";
        let text = json!(text);
        let row = format!(
            "{rows}.find((row) => row.firstChild.textContent === '{path}' && row.innerText.includes({text}))"
        );
        self.until(&row).await;
        self.run(&format!("return {row}.innerText")).await.as_str().expect("a row").to_owned()
    }
}
