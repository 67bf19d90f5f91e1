//! The worked examples of TOTP and backup codes (`two-factor.md` section 3), as a client meets them.

use crate::support::{Answer, Options, TestApp, at, six_and_eight};
use chrono::DateTime;
use devstack::workspace::Release::Eight;
use mongodb::bson::{Bson, Document, bson, doc};
use serde_json::json;

/// Seconds since 1970, and the code that is right then.
const VECTORS: [(i64, &str); 4] =
    [(0, "282760"), (59, "996554"), (1_111_111_109, "071271"), (1_700_000_000, "324550")];

/// The user `totp` with the secret of the vectors, whose codes are good as often as they are sent.
fn with_secret(window: i64, fields: Document) -> Options {
    let mut totp = doc! {"enabled": true, "secret": "JBSWY3DPEHPK3PXP"};
    totp.extend(fields);
    Options::default()
        .setting("Accounts_TwoFactorAuthentication_MaxDelta", window)
        .variable("RC_ACCOUNT_TOTP_REPLAY", "allow")
        .user("totp", doc! {"$set": {"services.totp": totp}})
}

/// Sends the own address once more, with the code, at that moment.
async fn send(app: &TestApp, seconds: i64, code: &str) -> Answer {
    app.stop_clock_at(DateTime::from_timestamp(seconds, 0).expect("in range"));
    let own = json!({"data": {"email": app.person("totp").email}});
    app.post("totp", &own).header("x-2fa-method", "totp").header("x-2fa-code", code).send().await
}

/// Whether the code confirms at that moment; if not, it is refused for being wrong.
async fn confirms(app: &TestApp, seconds: i64, code: &str) -> bool {
    let answer = send(app, seconds, code).await;
    if answer.status != 200 {
        answer.is_refused_with("totp-invalid");
    }
    answer.status == 200
}

#[tokio::test(flavor = "multi_thread")]
async fn each_vectors_code_confirms_at_its_own_time_and_at_no_other() {
    six_and_eight(async |release| {
        let app = with_secret(0, doc! {}).start(release).await;
        for (seconds, right) in VECTORS {
            for (_, code) in VECTORS {
                assert_eq!(
                    confirms(&app, seconds, code).await,
                    code == right,
                    "{release:?} {seconds} {code}"
                );
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_is_as_wide_as_the_workspace_says_to_both_sides() {
    let (moment, code) = VECTORS[3];
    six_and_eight(async |release| {
        for window in 0..=2 {
            let app = with_secret(window, doc! {}).start(release).await;
            for steps in -3..=3_i64 {
                let within = steps.abs() <= window;
                assert_eq!(confirms(&app, moment + steps * 30, code).await, within, "{window} {steps}");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_six_digits_is_no_code() {
    let (moment, code) = VECTORS[2];
    let app = with_secret(1, doc! {}).start(Eight).await;
    for written in ["71271", "071 271", "0712711", "+71271", "71271.", "71271x"] {
        assert!(!confirms(&app, moment, written).await, "{written:?}");
    }
    assert!(confirms(&app, moment, code).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_code_confirms_once_in_its_own_letter_case_and_leaves_the_others() {
    let hash = "da3e41733b13cfdd07e1e2dfc5e2e847bfb740c609f65b62229adb3b537f4995";
    six_and_eight(async |release| {
        let app = with_secret(1, doc! {"hashedBackup": ["before", hash, "after"]}).start(release).await;
        for (code, right) in
            [("abcdefg2", false), ("ABCDEFG2", false), ("aBcDeFg2", true), ("aBcDeFg2", false)]
        {
            assert_eq!(confirms(&app, 0, code).await, right, "{code}");
        }
        let stored = app.stored("totp").await;
        let left = at(&stored, "services.totp.hashedBackup");
        assert_eq!(left, Some(&bson!(["before", "after"])), "{release:?}");
        assert_eq!(at(&stored, "services.totp.enabled"), Some(&Bson::Boolean(true)));
        assert!(confirms(&app, 0, VECTORS[0].1).await, "the six digits are still taken");
    })
    .await;
}
