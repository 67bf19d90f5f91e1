//! One call of each kind that reads or writes a user's document.

use crate::support::codes::{set_email_code, totp, totp_of};
use crate::support::{Options, Request, TestApp};
use chrono::TimeDelta;
use devstack::smtp::Sink;
use devstack::workspace::Release::{self, Eight, Six};
use mongodb::bson::{Document, RawDocumentBuf, doc};
use reqwest::Method;
use serde_json::{Value, json};

const CODE: &str = "482913";
const NEW_SECRET: &str = "GEZDGNBVGY3TQOJQ";
const SESSIONS: &str = "services.resume.loginTokens";
const VERIFICATIONS: &str = "services.email.verificationTokens";
const EMAIL_CODE: &str = "services.emailCode";

/// A call, and what it may change.
pub struct Call {
    pub name: &'static str,
    pub handle: &'static str,
    /// Beside `_updatedAt`, if it succeeds.
    pub changes: &'static [&'static str],
    /// Beside `_updatedAt`, whatever the answer is: what is counted of a second factor.
    pub counts: &'static [&'static str],
    /// Whoever is signed in succeeds, whatever is stored anywhere.
    pub always: bool,
    /// Signed in by a login token, and refused without one.
    pub signed_in: bool,
    send: Box<dyn Fn(&TestApp) -> Request + Send + Sync>,
}

impl Call {
    pub fn request(&self, app: &TestApp) -> Request {
        (self.send)(app)
    }

    fn always(self) -> Call {
        Call { always: true, ..self }
    }

    fn counting(self) -> Call {
        Call { counts: &[EMAIL_CODE], ..self }
    }

    /// Hashes a password or a code, or renames.
    pub fn is_costly(&self) -> bool {
        const COSTLY: [&str; 8] = [
            "username",
            "email by password",
            "email, challenged",
            "password",
            "everything",
            "users.2fa.sendEmailCode",
            "users.2fa.disableEmail unproved",
            "a stranger's sendEmailCode",
        ];
        self.name.starts_with("login") || COSTLY.contains(&self.name)
    }

    fn also_of_strangers(self) -> Call {
        Call { signed_in: false, ..self }
    }
}

/// A workspace in which all calls can be made, without limits.
pub async fn app(release: Release, mails: &Sink) -> TestApp {
    let custom_fields = json!({
        "pager": {"type": "text", "modifyRecordField": {"field": "settings.pagers", "array": true}},
        "twitter": {"type": "text", "modifyRecordField": {"field": "nickname", "array": false}},
    });
    let app = Options::standalone()
        .odd_documents()
        .mail_server(mails)
        .setting("Accounts_CustomFields", custom_fields.to_string())
        .setting("Accounts_TwoFactorAuthentication_By_Email_Enabled", true)
        .setting("Accounts_TwoFactorAuthentication_Max_Invalid_Email_Code_Attempts", 5)
        .setting("Block_Multiple_Failed_Logins_Enabled", false)
        .variable("RC_ACCOUNT_TOTP_REPLAY", "allow")
        .start(release)
        .await;
    set_email_code(&app, "email2fa", CODE, 90_000, 0).await;
    let begun = doc! {"$set": {"services.totp": {"enabled": false, "tempSecret": NEW_SECRET}}};
    app.users().update_one(doc! {"_id": &app.person("admin").id}, begun).await.expect("updated");
    app
}

/// The person's document, byte for byte.
pub async fn raw(app: &TestApp, handle: &str) -> RawDocumentBuf {
    let users = app.database.collection::<RawDocumentBuf>("users");
    let found = users.find_one(doc! {"_id": &app.person(handle).id}).await;
    found.expect("find").expect("a document")
}

/// Whether the person's login token is still found, as the original looks for it.
pub async fn is_signed_in(app: &TestApp, handle: &str, hashed_token: &str) -> bool {
    let filter = doc! {
        "_id": &app.person(handle).id, "services.resume.loginTokens.hashedToken": hashed_token,
    };
    app.database.collection::<Document>("users").count_documents(filter).await.expect("counted") > 0
}

fn profile(
    name: &'static str,
    handle: &'static str,
    changes: &'static [&'static str],
    body: impl Fn(&TestApp) -> Value + Send + Sync + 'static,
) -> Call {
    let send = Box::new(move |app: &TestApp| app.post(handle, &body(app)));
    Call { name, handle, changes, counts: &[], always: false, signed_in: true, send }
}

fn stand_alone(
    name: &'static str,
    handle: &'static str,
    changes: &'static [&'static str],
    method: Method,
    headers: &'static [(&'static str, &'static str)],
    body: impl Fn(&TestApp) -> Option<Value> + Send + Sync + 'static,
) -> Call {
    let send = Box::new(move |app: &TestApp| {
        let person = app.person(handle);
        let route = name.split(' ').next().expect("a route");
        let mut request = app.request(method.clone(), &format!("/api/v1/{route}"));
        request = request.sign_in(&person.id, &person.token);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        match body(app) {
            Some(body) => request.json(&body),
            None => request,
        }
    });
    Call { name, handle, changes, counts: &[], always: false, signed_in: true, send }
}

fn log_in(
    name: &'static str,
    handle: &'static str,
    body: impl Fn(&TestApp) -> Value + Send + Sync + 'static,
) -> Call {
    let send = Box::new(move |app: &TestApp| app.request(Method::POST, "/api/v1/login").json(&body(app)));
    let changes = &["lastLogin", SESSIONS, EMAIL_CODE, "services.totp.hashedBackup", "type"];
    Call { name, handle, changes, counts: &[EMAIL_CODE], always: false, signed_in: false, send }
}

fn proof(app: &TestApp, handle: &str) -> String {
    app.person(handle).password_digest()
}

/// All of them, those that cost no hashing several times.
pub fn calls(release: Release) -> Vec<Call> {
    let now = || totp(TimeDelta::zero());
    let mut calls = vec![
        profile("bio", "plain", &["settings.profile", "bio"], |_| json!({"data": {"bio": "Engineer"}}))
            .always(),
        profile("bio of an agent", "agent", &["settings.profile", "bio"], |_| json!({"data": {"bio": "B"}}))
            .always(),
        profile(
            "nickname",
            "plain",
            &["settings.profile", "nickname"],
            |_| json!({"data": {"nickname": "N"}}),
        )
        .always(),
        profile("nothing", "agent", &["settings.profile"], |_| json!({"data": {}})).always(),
        profile(
            "name",
            "plain",
            &["settings.profile", "name"],
            |_| json!({"data": {"name": "Another Name"}}),
        )
        .always(),
        profile(
            "name and bio",
            "agent",
            &["settings.profile", "name", "bio"],
            |_| json!({"data": {"name": "Another Name", "bio": "B"}}),
        )
        .always(),
        profile(
            "username",
            "plain",
            &["settings.profile", "username"],
            |_| json!({"data": {"username": "another"}}),
        ),
        profile(
            "status text",
            "plain",
            &[
                "settings.profile",
                "statusText",
                "statusDefault",
                "statusSource",
                "status",
                "statusConnection",
                "previousState",
                "statusId",
                "statusExpiresAt",
            ],
            |_| json!({"data": {"statusText": "T"}}),
        )
        .always(),
        profile(
            "status",
            "agent",
            &[
                "settings.profile",
                "statusText",
                "statusDefault",
                "statusSource",
                "status",
                "statusConnection",
                "previousState",
                "statusId",
                "statusExpiresAt",
            ],
            |_| json!({"data": {"statusType": "busy"}}),
        )
        .always(),
        profile(
            "status online",
            "plain",
            &[
                "settings.profile",
                "statusText",
                "statusDefault",
                "statusSource",
                "status",
                "statusConnection",
                "previousState",
                "statusId",
                "statusExpiresAt",
            ],
            |_| json!({"data": {"statusType": "online"}}),
        )
        .always(),
        profile(
            "custom fields",
            "agent",
            &[
                "settings.profile",
                "customFields.pager",
                "customFields.twitter",
                "settings.pagers",
                "nickname",
            ],
            |_| json!({"data": {}, "customFields": {"pager": "7", "twitter": "@t", "unknown": 1}}),
        )
        .always(),
        profile(
            "a custom field",
            "plain",
            &["settings.profile", "customFields.pager", "settings.pagers"],
            |_| json!({"data": {}, "customFields": {"pager": "7"}}),
        )
        .always(),
        profile(
            "email by password",
            "plain",
            &["settings.profile", "emails", VERIFICATIONS, SESSIONS],
            |app| json!({"data": {"email": "new@example.org", "currentPassword": proof(app, "plain")}}),
        )
        .counting(),
        profile(
            "email without proof",
            "plain",
            &["settings.profile", "emails", VERIFICATIONS],
            |_| json!({"data": {"email": "new@example.org"}}),
        )
        .counting(),
        profile(
            "email, challenged",
            "email2fa",
            &["settings.profile", "emails", VERIFICATIONS, SESSIONS],
            |_| json!({"data": {"email": "new@example.org"}}),
        )
        .counting(),
        profile(
            "email by a code",
            "email2fa",
            &["settings.profile", "emails", VERIFICATIONS, SESSIONS, EMAIL_CODE],
            |_| json!({"data": {"email": "new@example.org"}, "code": CODE}),
        )
        .counting(),
        profile(
            "password",
            "plain",
            &[
                "settings.profile",
                "services.password",
                "services.passwordHistory",
                SESSIONS,
                "requirePasswordChange",
                "requirePasswordChangeReason",
            ],
            |app| json!({"data": {"newPassword": "N3w-and-strong-enough", "currentPassword": proof(app, "plain")}}),
        )
        .counting(),
        profile(
            "everything",
            "forced",
            &[
                "settings.profile",
                "services.password",
                "services.passwordHistory",
                SESSIONS,
                "requirePasswordChange",
                "requirePasswordChangeReason",
                "emails",
                VERIFICATIONS,
                "bio",
                "name",
                "nickname",
            ],
            |app| {
                json!({"data": {
                    "newPassword": "N3w-and-strong-enough", "currentPassword": proof(app, "forced"),
                    "email": "new@example.org", "bio": "B", "name": "Other", "nickname": "N",
                }})
            },
        )
        .counting(),
        log_in(
            "login by username",
            "plain",
            |app| json!({"user": "plain", "password": app.person("plain").password}),
        ),
        log_in(
            "login by address",
            "plain",
            |app| json!({"user": "plain@example.com", "password": app.person("plain").password}),
        ),
        log_in(
            "login with TOTP",
            "totp",
            move |app| json!({"user": "totp", "password": app.person("totp").password, "code": now()}),
        ),
        log_in(
            "login, challenged",
            "email2fa",
            |app| json!({"user": "email2fa", "password": app.person("email2fa").password}),
        ),
        log_in("login with a code", "email2fa", |app| {
            json!({
                "user": "email2fa", "password": app.person("email2fa").password, "code": CODE,
            })
        }),
        log_in("resume", "plain", |app| json!({"resume": app.person("plain").token})),
        stand_alone("me", "agent", &[], Method::GET, &[], |_| None).always(),
        stand_alone("users.enableTotp", "plain", &["services.totp"], Method::POST, &[], |_| None),
        stand_alone("users.validateTotp", "admin", &["services.totp", SESSIONS], Method::POST, &[], |_| {
            Some(json!({"code": totp_of(NEW_SECRET, TimeDelta::zero())}))
        }),
        stand_alone("users.disableTotp", "totp", &["services.totp"], Method::POST, &[], move |_| {
            Some(json!({"code": now()}))
        }),
        stand_alone("users.regenerateTotpCodes", "totp", &["services.totp"], Method::POST, &[], move |_| {
            Some(json!({"code": now()}))
        }),
        stand_alone("users.totpCodesRemaining", "totp", &[], Method::GET, &[], |_| None),
        stand_alone(
            "users.2fa.enableEmail",
            "plain",
            &["services.email2fa", SESSIONS],
            Method::POST,
            &[],
            |_| None,
        ),
        stand_alone(
            "users.2fa.disableEmail",
            "email2fa",
            &["services.email2fa", EMAIL_CODE],
            Method::POST,
            &[("x-2fa-code", CODE), ("x-2fa-method", "email")],
            |_| None,
        )
        .counting(),
        stand_alone(
            "users.2fa.disableEmail unproved",
            "plain",
            &["services.email2fa", EMAIL_CODE],
            Method::POST,
            &[("x-2fa-method", "email")],
            |_| None,
        )
        .counting(),
        stand_alone("users.2fa.sendEmailCode", "plain", &[EMAIL_CODE], Method::POST, &[], |_| {
            Some(json!({"emailOrUsername": "plain"}))
        })
        .counting()
        .also_of_strangers(),
        stand_alone("logout", "plain", &[SESSIONS], Method::POST, &[], |_| None),
        stand_alone("users.logoutOtherClients", "plain", &[SESSIONS], Method::POST, &[], |_| None),
        stand_alone("users.removeOtherTokens", "agent", &[SESSIONS], Method::POST, &[], |_| None),
    ];
    let send_anonymously = |app: &TestApp| {
        let request = app.request(Method::POST, "/api/v1/users.2fa.sendEmailCode");
        request.json(&json!({"emailOrUsername": "agent"}))
    };
    calls.push(Call {
        name: "a stranger's sendEmailCode",
        handle: "agent",
        changes: &[EMAIL_CODE],
        counts: &[EMAIL_CODE],
        always: false,
        signed_in: false,
        send: Box::new(send_anonymously),
    });
    if release == Six {
        let save = |app: &TestApp| {
            let message = json!({
                "msg": "method", "id": "1", "method": "saveUserProfile", "params": [{"bio": "B"}, {"pager": "8"}],
            });
            let person = app.person("agent");
            let request = app.request(Method::POST, "/api/v1/method.call/saveUserProfile");
            request.sign_in(&person.id, &person.token).json(&json!({"message": message.to_string()}))
        };
        calls.push(Call {
            name: "saveUserProfile",
            handle: "agent",
            changes: &["settings.profile", "bio", "customFields.pager", "settings.pagers"],
            counts: &[],
            always: true,
            signed_in: true,
            send: Box::new(save),
        });
    }
    if release == Eight {
        let send = |app: &TestApp| {
            let request = app.post("totp", &json!({"data": {"email": "new@example.org"}}));
            request.header("x-2fa-code", &totp(TimeDelta::zero())).header("x-2fa-method", "totp")
        };
        calls.push(Call {
            name: "email by TOTP",
            handle: "totp",
            changes: &["settings.profile", "emails", VERIFICATIONS, SESSIONS],
            counts: &[],
            always: false,
            signed_in: true,
            send: Box::new(send),
        });
    }
    calls
}
