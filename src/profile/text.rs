//! Bio and nickname. Source: `docs/behaviour/update-own-basic-info.md` section 2, steps 6 and 7.

use super::change::Sent;
use super::plan_input::{NoPlan, PlanInput};
use crate::ecmascript;
use crate::refusal::Refusal;
use crate::store::UserUpdate;

/// Limits in UTF-16 units, counted before trimming.
const BIO_LIMIT: usize = 260;
const NICKNAME_LIMIT: usize = 120;

pub(super) fn plan(input: &PlanInput<'_>, update: &mut UserUpdate) -> Result<(), NoPlan> {
    let change = input.change;
    if change.bio == Sent::Null && input.release.null_bio_refused {
        return Err(Refusal::bio_type().into());
    }
    if let Some(bio) = change.bio.text() {
        if ecmascript::length(bio) > BIO_LIMIT {
            return Err(Refusal::bio_size().into());
        }
        store("bio", bio, update);
    }
    let nickname = match change.nickname.text() {
        Some(empty) if empty.is_empty() && !input.release.empty_nickname_clears => None,
        nickname => nickname,
    };
    if let Some(nickname) = nickname {
        if ecmascript::length(nickname) > NICKNAME_LIMIT {
            return Err(Refusal::nickname_size().into());
        }
        store("nickname", nickname, update);
    }
    Ok(())
}

fn store(path: &str, text: &str, update: &mut UserUpdate) {
    match ecmascript::trim(text) {
        "" => update.unset(path),
        trimmed => update.set(path, trimmed),
    }
}
