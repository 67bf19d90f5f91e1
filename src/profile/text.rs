//! Bio and nickname. Source: `docs/behaviour/update-own-basic-info.md` section 2, steps 6 and 7.

use super::plan_input::{NoPlan, PlanInput};
use crate::ecmascript;
use crate::refusal::Refusal;
use crate::store::UserUpdate;

/// Limits in UTF-16 units, counted before trimming.
const BIO_LIMIT: usize = 260;
const NICKNAME_LIMIT: usize = 120;

pub(super) fn plan(input: &PlanInput<'_>, update: &mut UserUpdate) -> Result<(), NoPlan> {
    let empty_clears = input.workspace.release.empty_text_clears;
    let sent = |text: &'_ String| !text.is_empty() || empty_clears;
    if let Some(bio) = input.change.bio.text().filter(|bio| sent(bio)) {
        if ecmascript::length(bio) > BIO_LIMIT {
            return Err(Refusal::bio_size().into());
        }
        store("bio", bio, update);
    }
    if let Some(nickname) = input.change.nickname.text().filter(|nickname| sent(nickname)) {
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
