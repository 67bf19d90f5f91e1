//! `rc-account outbox`: what is still to happen, seen and looked after by an operator.

use super::Ended;
use super::arguments::OutboxCommand;
use crate::check::report::{in_words, one_line};
use crate::config::Config;
use crate::store::{ListedEffect, ListedState, Store, Wish};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

/// So many are listed.
const MOST: usize = 1000;

pub async fn run(command: OutboxCommand) -> Ended {
    let config = Config::load()?;
    let store = Store::connect(&config.mongo_url, None).await?;
    match command {
        OutboxCommand::List { parked, json } => list(&store, parked, json).await,
        OutboxCommand::Retry { all: true, .. } => {
            let number = store.retry_parked().await?;
            let _ = writeln!(std::io::stdout(), "{number} given up before, to be tried again");
            Ok(ExitCode::SUCCESS)
        }
        OutboxCommand::Retry { ids, .. } => {
            let mut all_done = true;
            for id in ids {
                all_done &= say(&id, store.retry_effect(&id).await?, "is tried again");
            }
            Ok(exit_code(all_done))
        }
        OutboxCommand::Drop { ids } => {
            let mut all_done = true;
            for id in ids {
                all_done &= say(&id, store.drop_effect(&id).await?, "is deleted and will not happen");
            }
            Ok(exit_code(all_done))
        }
    }
}

async fn list(store: &Store, only_parked: bool, as_json: bool) -> Ended {
    let limit = i64::try_from(MOST + 1).unwrap_or(i64::MAX);
    let mut effects = store.listed_effects(only_parked, limit).await?;
    let are_more = effects.len() > MOST;
    effects.truncate(MOST);
    let text = if as_json {
        let effects: Vec<Value> = effects.iter().map(as_value).collect();
        format!("{:#}\n", json!({"effects": effects, "more": are_more}))
    } else {
        lines(&effects, are_more)
    };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn lines(effects: &[ListedEffect], are_more: bool) -> String {
    if effects.is_empty() {
        return "nothing is waiting, and nothing was given up\n".to_owned();
    }
    let mut text =
        format!("{:<24}  {:<13}  {:<17}  {:<12}  {:<8}  ATTEMPTS\n", "ID", "KIND", "USER", "STATE", "AGE");
    for effect in effects {
        let ListedEffect { id, kind, user_id, state, age, attempts, reason } = effect;
        let (id, kind, user_id) = (one_line(id), one_line(kind), one_line(user_id));
        let (state, age) = (state_name(*state), in_words(*age));
        // Writing into a text cannot fail.
        let _ = writeln!(text, "{id:<24}  {kind:<13}  {user_id:<17}  {state:<12}  {age:<8}  {attempts}");
        if let Some(reason) = reason {
            let _ = writeln!(text, "    {}", one_line(reason));
        }
    }
    if are_more {
        let _ = writeln!(text, "… and more; these are the {MOST} oldest");
    }
    text
}

fn as_value(effect: &ListedEffect) -> Value {
    let ListedEffect { id, kind, user_id, state, age, attempts, reason } = effect;
    let due = match state {
        ListedState::Waiting(wait) => json!(wait.as_secs()),
        _ => Value::Null,
    };
    json!({
        "_id": id, "kind": kind, "userId": user_id, "state": state_name(*state), "dueInSeconds": due,
        "ageSeconds": age.as_secs(), "attempts": attempts, "reason": reason,
    })
}

fn state_name(state: ListedState) -> &'static str {
    match state {
        ListedState::Parked => "given-up",
        ListedState::InProgress => "in-progress",
        ListedState::Behind => "behind-other",
        ListedState::Waiting(_) => "waiting",
    }
}

/// Whether the wish is fulfilled.
fn say(id: &str, wish: Wish, done: &str) -> bool {
    let (is_fulfilled, what) = match wish {
        Wish::Done => (true, done),
        Wish::Needless => (true, "is due already"),
        Wish::InProgress => (false, "is being carried out at this moment: look again in a minute"),
        Wish::Gone => (false, "is not in the outbox: it has happened, or the id is wrong"),
    };
    let line = one_line(&format!("{id} {what}"));
    // What is left is done also where nobody reads any more.
    let _ = if is_fulfilled {
        writeln!(std::io::stdout(), "{line}")
    } else {
        writeln!(std::io::stderr(), "{line}")
    };
    is_fulfilled
}

fn exit_code(all_done: bool) -> ExitCode {
    if all_done { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
