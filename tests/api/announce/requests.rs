//! Which requests are announced, and with what.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_method_call_is_announced_and_a_refused_request_is_not() {
    let (node, port) = Node::instance_on_tcp("node").await;
    let app = start(Six, &[("RC_ACCOUNT_ANNOUNCE", "tcp")]).await;
    enter_instance(&app, "node", doc! {"host": "127.0.0.1", "tcpPort": i32::from(port)}).await;
    let refused = app.change("plain", &json!({"username": "admin", "statusText": "Refused"})).await;
    assert_eq!(refused.status, 400);

    let person = app.person("plain");
    let message = json!({
        "msg": "method", "id": "1", "method": "saveUserProfile", "params": [{"realname": "By Method"}, {}],
    });
    let request = app.request(Method::POST, "/api/v1/method.call/saveUserProfile");
    let request = request.sign_in(&person.id, &person.token).json(&json!({"message": message.to_string()}));
    assert_eq!(request.send().await.status, 200);
    let told = node.told(0).await;
    let names: Vec<&str> = told.iter().map(|(name, _)| name.as_str()).collect();
    // The other side of three direct messages of two, and all of a group.
    let elsewhere = ["watch.subscriptions"; 3 + 4];
    let first = ["user.nameChanged", "user.realNameChanged"];
    assert_eq!(names, [&first[..], &elsewhere, &["watch.users"]].concat());
    assert_eq!(told[0].1[0]["name"], "By Method");
    is_the_user_as_a_whole(&app, &told[9], json!({})).await;
}

/// Of a user without a group the name is written with the change, and no effect is there to tell of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_written_with_the_change_is_heard_wherever_it_stands() {
    let (node, port) = Node::instance_on_tcp("node").await;
    let app = start(Eight, &[("RC_ACCOUNT_ANNOUNCE", "tcp")]).await;
    enter_instance(&app, "node", doc! {"host": "127.0.0.1", "tcpPort": i32::from(port)}).await;
    let groups = doc! {"t": "d", "usersCount": {"$gt": 2}};
    app.database.collection::<Document>("rocketchat_room").delete_many(groups).await.expect("deleted");
    app.take_commands();
    app.change("plain", &json!({"name": "By The Change"})).await.user();
    assert!(!app.take_commands().contains(&"insert".to_owned()), "it was no effect");
    let told = node.told(0).await;
    let names: Vec<&str> = told.iter().map(|(name, _)| name.as_str()).collect();
    let first = ["user.nameChanged", "user.realNameChanged"];
    assert_eq!(names, [&first[..], &["watch.subscriptions"; 3], &["watch.users"]].concat());
    let others = stored_in(&app, "rocketchat_subscription", doc! {"t": "d", "name": "plain"}).await;
    assert!(others.iter().all(|other| other["fname"] == "By The Change"), "{others:?}");
    assert_eq!(documents(&told[2..5], "subscription"), others);
    is_the_user_as_a_whole(&app, &told[5], json!({})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_in_after_a_new_password_is_not_cut_off() {
    let (node, port) = Node::instance_on_tcp("node").await;
    let app = start(Eight, &[("RC_ACCOUNT_ANNOUNCE", "tcp")]).await;
    enter_instance(&app, "node", doc! {"host": "127.0.0.1", "tcpPort": i32::from(port)}).await;
    let later = doc! {"hashedToken": "signed in meanwhile", "when": DateTime::now()};
    app.intrude_after_the_write("plain", doc! {"$push": {"services.resume.loginTokens": later}});
    let digest = app.person("plain").password_digest();
    app.change("plain", &json!({"newPassword": STRONG, "currentPassword": digest})).await.user();
    let told = node.told(0).await;
    let stored = app.login_tokens("plain").await;
    let stored: Vec<Value> = stored
        .iter()
        .map(|token| json!({"hashedToken": token.get_str("hashedToken").expect("a hash")}))
        .collect();
    assert_eq!(stored.len(), 2);
    assert_eq!(told[0].1[0]["diff"], json!({"services.resume.loginTokens": stored}));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_saved_is_announced_though_the_client_hangs_up_before_the_answer() {
    let (node, port) = Node::instance_on_tcp("node").await;
    let variables = [("RC_ACCOUNT_ANNOUNCE", "tcp"), ("RC_ACCOUNT_RENAME_WAIT_MS", "60000")];
    let app = start(Eight, &variables).await;
    enter_instance(&app, "node", doc! {"host": "127.0.0.1", "tcpPort": i32::from(port)}).await;
    let person = app.person("plain");
    // The answer waits for the rename, which waits for what is in its way.
    let in_the_way = doc! {
        "_id": "in-the-way", "user_id": &person.id, "kind": "of-a-later-version",
        "lanes": [format!("rename/{}", person.id)], "order": 1_i64, "effect": {}, "progress": Bson::Null,
        "created": DateTime::now(), "due": DateTime::from_millis(0), "lease_until": DateTime::from_millis(0),
        "owner": Bson::Null, "attempts": 0, "parked": false, "reason": Bson::Null,
    };
    app.database.collection("rc_account_outbox").insert_one(in_the_way).await.expect("inserted");
    let body = r#"{"data":{"username":"hung-up"}}"#;
    let (id, token, length) = (&person.id, &person.token, body.len());
    let headers = format!(
        "Host: h\r\nX-User-Id: {id}\r\nX-Auth-Token: {token}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n"
    );
    let mut stream = connect(&app.base);
    stream.write_all(format!("POST {ROUTE} HTTP/1.1\r\n{headers}\r\n{body}").as_bytes()).expect("sent");
    let deadline = Instant::now() + Duration::from_secs(30);
    while app.stored("plain").await.get_str("username").ok() != Some("hung-up") {
        assert!(Instant::now() < deadline, "nothing is saved");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    reset(stream);
    let told = node.told(0).await;
    let names: Vec<&str> = told.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["user.nameChanged", "watch.users"]);
    is_the_user_as_a_whole(&app, &told[1], json!({})).await;
    assert_eq!(outbox(&app).await.len(), 2, "the rename still waits");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forced_change_that_is_over_is_told_as_gone() {
    let (node, port) = Node::instance_on_tcp("node").await;
    let app = start(Eight, &[("RC_ACCOUNT_ANNOUNCE", "tcp")]).await;
    enter_instance(&app, "node", doc! {"host": "127.0.0.1", "tcpPort": port.to_string()}).await;
    app.change("forced", &json!({"newPassword": STRONG})).await.user();
    let told = node.told(0).await;
    let gone = json!({"requirePasswordChange": true, "requirePasswordChangeReason": true});
    assert_eq!(told[1].1[0]["unset"], gone);
}

#[tokio::test(flavor = "multi_thread")]
async fn values_of_every_type_arrive_as_what_they_are() {
    let (node, port) = Node::instance_on_tcp("node").await;
    let app = start(Eight, &[("RC_ACCOUNT_ANNOUNCE", "tcp")]).await;
    enter_instance(&app, "node", doc! {"host": "127.0.0.1", "tcpPort": i64::from(port)}).await;
    let bytes = Binary { subtype: BinarySubtype::Generic, bytes: vec![0, 128, 255] };
    let odd = doc! {
        "date": DateTime::from_millis(-7), "bytes": bytes, "long": 5_i64, "fraction": 0.5, "null": Bson::Null,
        "list": [{"deep": DateTime::from_millis(8)}], "noDate": {"$date": 9}, "escaped": {"$escape": {"$date": 1}},
        "utf8": "\u{1f680} \u{2028}\"", "decimal": Bson::Decimal128("1.50".parse().expect("a number")),
    };
    let id = &app.person("plain").id;
    let update = doc! {"$set": {"customFields": odd}};
    app.users().update_one(doc! {"_id": id}, update).await.expect("updated");
    app.change("plain", &json!({"bio": "odd"})).await.user();
    let told = node.told(0).await;
    let expected = json!({
        "date": {"Date": -7}, "bytes": {"Uint8Array": [0, 128, 255]}, "long": 5, "fraction": 0.5, "null": null,
        "list": [{"deep": {"Date": 8}}], "noDate": {"$date": 9}, "escaped": {"$escape": {"$date": 1}},
        "utf8": "\u{1f680} \u{2028}\"", "decimal": "1.50",
    });
    assert_eq!(told[0].1[0]["diff"]["customFields"], expected);
}
