//! What `rc-account check` says of such settings.

use crate::support::{Options, check, resting};
use devstack::workspace::Release::Eight;
use mongodb::bson::{Document, bson, doc};

#[tokio::test(flavor = "multi_thread")]
async fn check_names_each_setting_that_is_read_in_another_way_than_it_looks() {
    let app = resting(Options::default(), Eight).await;
    for (id, value, part) in [
        ("Accounts_AllowedDomainsList", bson!(","), "nothing but commas"),
        ("Accounts_AllowedDomainsList", bson!(" , "), "a list in which no domain is"),
        ("Accounts_BlockedDomainsList", bson!("a.example\nb.example"), "match nothing"),
        ("Accounts_BlockedUsernameList", bson!("john.doe"), "does not block"),
        ("Accounts_SystemBlockedUsernameList", bson!("admin, system"), "match nothing"),
        ("API_CORS_Origin", bson!("https://a.example/"), "match nothing"),
        ("Block_Multiple_Failed_Logins_Ip_Whitelist", bson!("10.0.0.0/8"), "match nothing"),
        ("UTF8_User_Names_Validation", bson!("["), "the built-in one counts"),
        ("UTF8_User_Names_Validation", bson!("(a+)+"), "for ever"),
        ("Accounts_CustomFields", bson!("{"), "no JSON"),
        ("Accounts_CustomFields", bson!(r#"{"f": {"type": "select", "options": "a, b"}}"#), "in one text"),
        ("Accounts_CustomFields", bson!(r#"{"f": {"maxLength": "ten"}}"#), "no number"),
        ("Accounts_Password_Policy_ForbidRepeatingCharactersCount", bson!(2.5), "no whole number"),
        ("Block_Multiple_Failed_Logins_Attempts_Until_Block_by_User", bson!(0), "nobody is blocked"),
        ("API_Enable_Rate_Limiter_Limit_Calls_Default", bson!(-1), "every call is refused"),
        ("Accounts_AllowEmailChange", bson!("false"), "it counts as true"),
        ("Accounts_AllowPasswordChange", bson!("true"), "it counts as false"),
        ("Accounts_Password_Policy_MinLength", bson!("many"), "it counts as no number"),
        ("Accounts_AllowedDomainsList", bson!(["a.example"]), "its items with commas between"),
    ] {
        let settings = app.database.collection::<Document>("rocketchat_settings");
        let before = settings.find_one(doc! {"_id": id}).await.expect("found");
        app.set(id, value).await;
        let checked = check(&app);
        let defect = checked.has("settings", "warning", part);
        assert!(defect["message"].as_str().is_some_and(|message| message.starts_with(id)), "{defect}");
        settings.delete_one(doc! {"_id": id}).await.expect("deleted");
        if let Some(before) = before {
            settings.insert_one(before).await.expect("inserted");
        }
    }
}
