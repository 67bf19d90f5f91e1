//! Users' documents as ten years leave them: null, nothing, or a value of another type, wherever a call reads or writes.
//!
//! `RC_DEV_DOCUMENTS` is the number of cases for each release, `RC_DEV_SEED` where they begin.

mod bytes;
mod calls;
mod examples;
mod fields;

use crate::support::{Answer, TestApp, is_delivered};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use calls::{Call, app, calls, is_signed_in, raw};
use devstack::smtp::Sink;
use devstack::workspace::Release::{self, Eight, Six};
use fields::{FIELDS, replace};
use mongodb::bson::{Bson, Document, RawDocumentBuf, doc};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Reported together; more would only hide the first.
const MOST_FAULTS: usize = 12;
/// What a user is told who is changed all the time. Nobody changes them here.
const CHANGED_MEANWHILE: &str = "changed by other requests";

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect("a number"))
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_stored_the_answer_is_no_failure_and_the_rest_keeps_its_bytes() {
    let (cases, seed) = (number("RC_DEV_DOCUMENTS", 150), number("RC_DEV_SEED", 1));
    let (six, eight) = tokio::join!(
        tokio::spawn(try_cases(Six, cases, seed)),
        tokio::spawn(try_cases(Eight, cases, seed + (1 << 32))),
    );
    let (six, eight) = (six.expect("no panic"), eight.expect("no panic"));
    println!("{} cases of documents, {} with 200", six.cases + eight.cases, six.successes + eight.successes);
    let faults: Vec<String> = six.faults.into_iter().chain(eight.faults).collect();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n\n"));
}

#[derive(Default)]
struct Outcome {
    cases: u64,
    successes: u64,
    faults: Vec<String>,
}

async fn try_cases(release: Release, cases: u64, first_seed: u64) -> Outcome {
    let mails = Sink::start().await;
    let app = app(release, &mails).await;
    let calls = calls(release);
    let mut ordinary = BTreeMap::new();
    for call in &calls {
        ordinary.insert(call.handle, app.stored(call.handle).await);
    }
    // One in twelve of the cases makes a call that takes a while.
    let (costly, cheap): (Vec<&Call>, Vec<&Call>) = calls.iter().partition(|call| call.is_costly());
    let mut outcome = Outcome::default();
    for seed in first_seed..first_seed + cases {
        let mut random = StdRng::seed_from_u64(seed);
        let some = if random.random_range(0..12) == 0 { &costly } else { &cheap };
        let call = some[random.random_range(0..some.len())];
        let mut user = ordinary[call.handle].clone();
        let replaced: Vec<_> =
            (0..random.random_range(1..=3)).filter_map(|_| replace(&mut random, &mut user)).collect();
        // Not every value can stand under an index, such as a symbol under one without letter case.
        let id = doc! {"_id": user.get("_id")};
        if app.users().replace_one(id, &user).await.is_err() {
            continue;
        }
        let before = raw(&app, call.handle).await;
        let was_signed_in = is_signed_in(&app, call.handle, &hashed_token(&app, call)).await;
        let answer = call.request(&app).send().await;
        let after = raw(&app, call.handle).await;
        outcome.cases += 1;
        outcome.successes += u64::from(answer.status == 200);
        if let Some(fault) = fault(call, &before, &after, was_signed_in, &answer) {
            outcome.faults.push(format!("{release:?}, seed {seed}: {}: {fault}\n  {replaced:?}", call.name));
            if outcome.faults.len() == MOST_FAULTS {
                break;
            }
        }
        // Everybody else's document is whole for the next case.
        app.put(&ordinary[call.handle]).await;
    }
    is_delivered(&app).await;
    outcome
}

fn hashed_token(app: &TestApp, call: &Call) -> String {
    STANDARD.encode(Sha256::digest(&app.person(call.handle).token))
}

/// What is wrong with the answer, or with what it has left.
fn fault(
    call: &Call,
    before: &RawDocumentBuf,
    after: &RawDocumentBuf,
    was_signed_in: bool,
    answer: &Answer,
) -> Option<String> {
    let said = answer.line();
    if answer.status >= 500 || ![200, 400, 401, 403].contains(&answer.status) {
        return Some(said);
    }
    if said.contains(CHANGED_MEANWHILE) {
        return Some(said);
    }
    if call.signed_in && was_signed_in == (answer.status == 401) {
        return Some(format!("signed in: {was_signed_in}, but {said}"));
    }
    // A method says within a success that it has failed.
    if call.always && was_signed_in && (answer.status != 200 || said.contains(r#"\"error\""#)) {
        return Some(format!("refused: {said}"));
    }
    let mut touched = vec!["_updatedAt"];
    touched.extend(call.counts);
    if answer.status == 200 {
        touched.extend(call.changes);
    }
    bytes::first_other(before, after, &touched).map(|path| format!("{path} was touched by {said}"))
}

/// The table is what the cases are made from: a field that is missing there is never tried.
#[tokio::test(flavor = "multi_thread")]
async fn every_field_that_is_read_or_written_is_in_the_table() {
    let without_numbers = |path: &str| -> String {
        let is_name = |segment: &&str| segment.parse::<u32>().is_err() && !segment.starts_with('$');
        path.split('.').filter(is_name).collect::<Vec<_>>().join(".")
    };
    let known: BTreeSet<String> = FIELDS.iter().map(|path| without_numbers(path)).collect();
    let mut unknown = BTreeSet::new();
    let mut seen = 0;
    for release in [Six, Eight] {
        let mails = Sink::start().await;
        let app = app(release, &mails).await;
        app.record_user_commands();
        for call in calls(release) {
            let before = app.stored(call.handle).await;
            call.request(&app).send().await;
            app.put(&before).await;
        }
        for command in app.take_user_commands() {
            for path in paths(&command) {
                seen += 1;
                let path = without_numbers(&path);
                if path != "_id" && !known.contains(&path) {
                    unknown.insert(path);
                }
            }
        }
    }
    assert!(seen > 1000, "{seen} paths were seen");
    assert!(unknown.is_empty(), "not in the table: {unknown:?}");
}

/// The paths that a command on `users` reads or writes. A field that a projection leaves out is neither.
fn paths(command: &Document) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    for key in ["filter", "query"] {
        command.get_document(key).into_iter().for_each(|filter| in_filter(filter, &mut paths));
    }
    for key in ["projection", "fields"] {
        for (path, shown) in command.get_document(key).into_iter().flatten() {
            match shown {
                Bson::Int32(0) => {}
                Bson::Int32(_) => drop(paths.insert(path.clone())),
                expression => in_expression(expression, &mut paths),
            }
        }
    }
    command.get("update").into_iter().for_each(|update| in_update(update, &mut paths));
    for statement in command.get_array("updates").into_iter().flatten().filter_map(Bson::as_document) {
        statement.get_document("q").into_iter().for_each(|filter| in_filter(filter, &mut paths));
        statement.get("u").into_iter().for_each(|update| in_update(update, &mut paths));
    }
    paths
}

fn in_filter(filter: &Document, paths: &mut BTreeSet<String>) {
    for (key, value) in filter {
        match value {
            _ if key == "$expr" => in_expression(value, paths),
            Bson::Array(filters) if key.starts_with('$') => {
                filters.iter().filter_map(Bson::as_document).for_each(|filter| in_filter(filter, paths));
            }
            _ => drop(paths.insert(key.clone())),
        }
    }
}

fn in_update(update: &Bson, paths: &mut BTreeSet<String>) {
    match update {
        Bson::Document(operators) => {
            let fields = operators.values().filter_map(Bson::as_document);
            paths.extend(fields.flat_map(|fields| fields.keys().cloned()));
        }
        Bson::Array(stages) => {
            let fields = stages.iter().filter_map(|stage| stage.as_document()?.get_document("$set").ok());
            paths.extend(fields.flat_map(|fields| fields.keys().cloned()));
            in_expression(update, paths);
        }
        _ => {}
    }
}

fn in_expression(expression: &Bson, paths: &mut BTreeSet<String>) {
    match expression {
        Bson::String(text) if text.starts_with('$') && !text.starts_with("$$") => {
            paths.insert(text[1..].to_owned());
        }
        Bson::Array(parts) => parts.iter().for_each(|part| in_expression(part, paths)),
        Bson::Document(parts) => parts
            .iter()
            .filter(|(key, _)| *key != "$literal")
            .for_each(|(_, part)| in_expression(part, paths)),
        _ => {}
    }
}
