use super::*;

#[tokio::test]
async fn a_hash_is_of_rocket_chats_form_and_matches_its_digest_only() {
    let hashing = Hashing::default();
    let digest = PasswordDigest::of_password(&SecretString::from("passw0rd"));
    let hash = hashing.hash(digest.clone()).await.expect("hash");
    assert!(hash.starts_with("$2b$10$"), "{}", &hash[..7]);
    assert!(hashing.matches(digest.clone(), hash.clone().into()).await.expect("compare"));
    let other = PasswordDigest::from_client("ABC");
    assert!(!hashing.matches(other, hash.into()).await.expect("compare"));
    assert!(!hashing.matches(digest, "no hash".to_owned().into()).await.expect("compare"));
}

#[tokio::test]
async fn a_run_that_nobody_waits_for_any_more_still_holds_its_place() {
    let hashing = Hashing::with_places(1);
    let (started, has_started) = tokio::sync::oneshot::channel();
    let (finish, may_finish) = std::sync::mpsc::channel::<()>();
    let run = hashing.clone();
    let request = tokio::spawn(async move {
        run.run(move |_| {
            let _ = started.send(());
            let _ = may_finish.recv();
        })
        .await
    });
    has_started.await.expect("the work has begun");
    request.abort();
    assert!(request.await.is_err_and(|error| error.is_cancelled()));
    assert_eq!(hashing.shared.gate.load(Class::Stranger), (0, 1));
    finish.send(()).expect("the work still runs");
    hashing.run(|_| ()).await.expect("its place is free again");
}

#[tokio::test]
async fn a_hash_that_costs_days_is_not_compared_and_a_failure_costs_one_run_whatever_is_stored() {
    let hashing = Hashing::default();
    let digest = PasswordDigest::of_password(&SecretString::from("passw0rd"));
    let rest = "n1.FV8S2mxz7GzXA392V5OaDa5X0WR1DQ4eGGFKI/wpdhS9sVIC6S";
    let stored = ["10", "04", "09", "15", "31", "03"].map(|cost| format!("$2b${cost}${rest}"));
    let others = ["no hash", "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA", ""].map(str::to_owned);
    for hash in stored.into_iter().chain(others).map(Some).chain([None]) {
        let (before, hash) = (hashing.runs(), hash.map(SecretString::from));
        assert!(!hashing.matches_account(digest.clone(), hash.as_ref()).await.expect("compare"));
        assert_eq!(hashing.runs(), before + 1, "{:?}", hash.map(|hash| hash.expose_secret().to_owned()));
    }
}

#[tokio::test]
async fn a_list_costs_one_run_for_each_hash_and_none_where_one_is_blank() {
    let requests = Hashing::with_places(3);
    let digest = PasswordDigest::of_password(&SecretString::from("passw0rd"));
    let own = requests.hash(digest.clone()).await.expect("hash");
    let other = |n| format!("$2b$04$n1.FV8S2mxz7GzXA392V5OaDa5X0WR1DQ4eGGFKI/wpdhS9sVI{n}6S");
    let others: Vec<String> = (0..7).map(other).collect();
    let with = |hash: &str| others.iter().cloned().chain([hash.to_owned()]).collect();
    for (hashes, found, runs) in [
        (Vec::new(), false, 0..=0),
        (others.clone(), false, 7..=7),
        (with(&own), true, 1..=8),
        (with(" "), true, 0..=0),
        (vec![own.clone(); 20], true, 1..=3),
    ] {
        let hashing = requests.on_behalf_of(Work::of_user("u"));
        let (before, hashes) = (hashing.runs(), hashes.into_iter().map(SecretString::from).collect());
        assert_eq!(hashing.matches_any(digest.clone(), hashes).await.expect("compared"), found);
        assert!(runs.contains(&(hashing.runs() - before)), "{runs:?}");
    }
}

#[tokio::test]
async fn a_request_hashes_and_compares_nothing_twice() {
    let hashing = Hashing::default();
    let request = hashing.on_behalf_of(Work::of_user("u"));
    let [present, new] = ["Secret-1", "Secret-2"].map(|text| PasswordDigest::of_password(&text.into()));
    let stored = SecretString::from(hashing.hash(present.clone()).await.expect("hash"));
    let mut hashes = Vec::new();
    for expected in [3, 0] {
        let before = hashing.runs();
        assert!(request.matches_account(present.clone(), Some(&stored)).await.expect("compared"));
        assert!(request.matches(present.clone(), stored.clone()).await.expect("compared"));
        assert!(!request.matches_any(new.clone(), vec![stored.clone()]).await.expect("compared"));
        hashes.push(request.hash(new.clone()).await.expect("hash"));
        assert_eq!(hashing.runs() - before, expected);
    }
    assert_eq!(hashes[0], hashes[1]);
    let another = hashing.on_behalf_of(Work::of_user("u"));
    assert_ne!(another.hash(new.clone()).await.expect("hash"), hashes[0]);
    // What belongs to no request remembers nothing.
    assert_ne!(hashing.hash(new.clone()).await.expect("hash"), hashing.hash(new).await.expect("hash"));
    assert!(!format!("{request:?}").contains(stored.expose_secret()));
}

#[tokio::test]
async fn a_request_remembers_so_much_and_compares_the_rest_again() {
    let hashing = Hashing::default();
    let request = hashing.on_behalf_of(Work::of_user("u"));
    let digest = PasswordDigest::of_password(&"Secret-1".into());
    let rest = "n1.FV8S2mxz7GzXA392V5OaDa5X0WR1DQ4eGGFKI/wpdhS9sVI";
    let hashes: Vec<SecretString> = (10..80).map(|n| format!("$2b$04${rest}{n}S").into()).collect();
    for expected in [70, 6] {
        let before = hashing.runs();
        assert!(!request.matches_any(digest.clone(), hashes.clone()).await.expect("compared"));
        assert_eq!(hashing.runs() - before, expected);
    }
}

#[test]
fn a_clients_digest_may_be_in_upper_case() {
    let password = SecretString::from("passw0rd");
    let digest = PasswordDigest::of_password(&password);
    let sent = digest.as_str().to_uppercase();
    assert!(PasswordDigest::from_client(&sent) == digest);
}

#[test]
fn a_digest_does_not_show_itself() {
    let digest = PasswordDigest::from_client("c0ffee");
    assert!(!format!("{digest:?}").contains("c0ffee"));
}
