//! Puts together, for one request, what the domain works with.

use super::Api;
use crate::profile::{Saved, Saving};
use crate::second_factor::Gate;
use crate::workspace::{Settings, Workspace};
use bson::{Document, RawDocumentBuf};

impl Api {
    /// What asks for a second factor.
    pub(super) fn gate<'a>(&'a self, settings: &'a Settings) -> Gate<'a> {
        Gate {
            store: &self.store,
            settings,
            hashing: &self.hashing,
            code_mail: &self.code_mail,
            guesses: &self.guesses,
            totp_replay_allowed: self.totp_replay_allowed,
            now: (self.clock)(),
        }
    }

    /// What a change of the profile is saved with; `projection`: what of the new document the reply needs.
    pub(super) fn saving<'a>(&'a self, workspace: &'a Workspace, projection: Document) -> Saving<'a> {
        Saving {
            gate: self.gate(&workspace.settings),
            workspace,
            release: self.release,
            mail_domains: self.mail_domains.as_ref(),
            projection,
        }
    }

    /// The new document, once a new name is everywhere, or when the operator's patience ends: then it goes on behind
    /// the answer.
    pub(super) async fn settled(&self, saved: Saved) -> RawDocumentBuf {
        if let Some(rename) = saved.rename {
            rename.wait(self.rename_wait.min(self.deadline.left())).await;
        }
        saved.user
    }
}
