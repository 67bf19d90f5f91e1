//! Puts together, for one request, what the domain works with.

use super::Api;
use crate::profile::Saving;
use crate::workspace::Workspace;
use bson::Document;

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
}
