//! Puts together, for one request, what the domain works with.

use super::Api;
use crate::profile::{Saved, Saving};
use crate::workspace::Workspace;
use bson::{Document, RawDocumentBuf};

impl Api {
    /// What a change of the profile is saved with; `projection`: what of the new document the reply needs.
    pub(super) fn saving<'a>(&'a self, workspace: &'a Workspace, projection: Document) -> Saving<'a> {
        Saving {
            store: &self.store,
            workspace,
            release: self.release,
            hashing: &self.hashing,
            mail_domains: self.mail_domains.as_ref(),
            code_mail: self.code_mail.as_ref(),
            guesses: &self.guesses,
            totp_replay_allowed: self.totp_replay_allowed,
            projection,
            now: (self.clock)(),
        }
    }

    /// The new document, once a new name is everywhere, or when the operator's patience ends: then it goes on behind
    /// the answer.
    pub(super) async fn settled(&self, saved: Saved) -> RawDocumentBuf {
        if let Some(rename) = saved.rename {
            rename.wait(self.rename_wait).await;
        }
        saved.user
    }
}
