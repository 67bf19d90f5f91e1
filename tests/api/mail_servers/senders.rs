//! The setting `From_Email`, and the domain of a recipient.

use super::{arrives, cause_mail, said, sink, without_factor};
use crate::support::is_delivered;
use devstack::smtp::Manners;
use devstack::workspace::Release::{Eight, Six};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_found_however_the_rest_of_from_email_is_written() {
    for (from_email, address) in [
        ("Acme, Inc. <chat@example.org>", "chat@example.org"),
        ("[Acme] Chat <chat@Example.ORG>", "chat@example.org"),
        ("\"Acme <chat@example.org>", "chat@example.org"),
        ("Büro <chat@bücher.example>", "chat@xn--bcher-kva.example"),
        ("Acme chat@example.org", "chat@example.org"),
        ("Acme", ""),
        ("chat@", ""),
    ] {
        let sink = sink(Manners::PLAIN).await;
        let app = without_factor()
            .mail_server(&sink)
            .setting("From_Email", from_email)
            .setting("Site_Name", "Acme")
            .start(Six)
            .await;
        cause_mail(&app).await;
        let mail = arrives(&app, &sink, from_email).await;
        assert_eq!(mail.sender, address, "{from_email}");
        let shown = if address.is_empty() { "no-reply@localhost" } else { address };
        assert_eq!(mail.from, format!("Acme <{shown}>"), "{from_email}");
        assert_eq!(said(&sink, "MAIL"), [format!("MAIL FROM:<{address}>")]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_domain_of_the_envelope_is_in_lower_case_and_the_name_is_not() {
    for release in [Six, Eight] {
        let sink = sink(Manners::PLAIN).await;
        let app = without_factor().mail_server(&sink).start(release).await;
        let change = json!({"data": {"email": "New.User@EXAMPLE.com"}});
        assert_eq!(app.post("no-email", &change).send().await.status, 200);
        is_delivered(&app).await;
        assert_eq!(said(&sink, "RCPT"), ["RCPT TO:<New.User@example.com>"]);
    }
}
