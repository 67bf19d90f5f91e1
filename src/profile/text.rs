//! Bio and nickname. Source: `docs/behaviour/update-own-basic-info.md` section 2, steps 6 and 7.

use super::change::Sent;
use super::plan::{Case, Stop};
use super::planned::Plan;
use crate::ecmascript;
use crate::refusal::Refusal;

/// Limits in UTF-16 units, counted before trimming.
const BIO_LIMIT: usize = 260;
const NICKNAME_LIMIT: usize = 120;

pub(super) fn plan(case: &Case<'_>, draft: &mut Plan) -> Result<(), Stop> {
    let change = case.change;
    if change.bio == Sent::Null && case.release.null_bio_refused {
        return Err(Refusal::bio_type().into());
    }
    if let Some(bio) = change.bio.text() {
        if ecmascript::length(bio) > BIO_LIMIT {
            return Err(Refusal::bio_size().into());
        }
        store("bio", bio, draft);
    }
    let nickname = match change.nickname.text() {
        Some(empty) if empty.is_empty() && !case.release.empty_nickname_clears => None,
        nickname => nickname,
    };
    if let Some(nickname) = nickname {
        if ecmascript::length(nickname) > NICKNAME_LIMIT {
            return Err(Refusal::nickname_size().into());
        }
        store("nickname", nickname, draft);
    }
    Ok(())
}

fn store(path: &str, text: &str, draft: &mut Plan) {
    match ecmascript::trim(text) {
        "" => draft.unset(path),
        trimmed => draft.set(path, trimmed),
    }
}
