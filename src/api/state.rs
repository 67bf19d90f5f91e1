//! What every request can use, and what one has of its own.

use super::background::Background;
use super::body_budget::BodyBudget;
use super::extract::Proxies;
use super::patience::Patience;
use super::rate_limit::RateLimiter;
use super::reply::ReplyStyle;
use crate::announce::Announcer;
use crate::clock::Clock;
use crate::deadline::Deadline;
use crate::hashing::{Hashing, Work};
use crate::mail_limit::MailLimiter;
use crate::profile::MailDomains;
use crate::readiness::Readiness;
use crate::record::Recorder;
use crate::second_factor::{AttemptBudget, CodeMail, Enrolment, Gate, GuessedAt};
use crate::store::Store;
use crate::workspace::{LiveWorkspace, Workspace};
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

/// What one request works with.
pub struct Api {
    pub(super) shared: Data<Shared>,
    /// The workspace's database, by the request's deadline. What goes on behind the answer takes the shared one.
    pub(super) store: Store,
    pub(super) deadline: Deadline,
}

/// The workspace's database over the connections of one worker.
pub struct WorkerStore(pub Store);

/// Shared by all workers.
pub struct Shared {
    pub store: Store,
    pub announcer: Announcer,
    pub workspace: Arc<LiveWorkspace>,
    pub hashing: Hashing,
    pub mail_domains: Box<dyn MailDomains>,
    pub code_mail: Arc<dyn CodeMail>,
    pub mail_limit: MailLimiter,
    pub attempts: AttemptBudget,
    pub totp_replay_allowed: bool,
    /// `RC_ACCOUNT_REMEMBER_USER_AGENT`; `None`: as the release does.
    pub remembers_user_agent: Option<bool>,
    pub limiter: RateLimiter,
    /// `RC_ACCOUNT_REPLY` is `masked`.
    pub masked_reply: bool,
    /// `ROOT_URL`, without trailing slash.
    pub root_url: Arc<str>,
    /// Without a Rocket.Chat beside it.
    pub standalone: bool,
    /// Who says where a request comes from.
    pub proxies: Proxies,
    pub body_budget: Arc<BodyBudget>,
    pub patience: Patience,
    /// `MAX_RESUME_LOGIN_TOKENS`
    pub max_login_tokens: usize,
    /// How long an answer waits for a new name to be everywhere.
    pub rename_wait: Duration,
    /// How long a request may take.
    pub request_timeout: Duration,
    pub readiness: Arc<Readiness>,
    /// `RC_ACCOUNT_RECORD`
    pub recorder: Option<Recorder>,
    pub background: Background,
    pub clock: Clock,
}

impl Deref for Api {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

impl Api {
    /// How users are shown in this state of the workspace.
    pub(super) fn reply(&self, workspace: &Workspace) -> ReplyStyle {
        let version = workspace.version.as_deref();
        ReplyStyle::new(&workspace.release, self.masked_reply, version, Arc::clone(&self.root_url))
    }

    /// What asks for a second factor. `work`: whose hashing that causes.
    pub(super) fn gate<'a>(
        &'a self,
        workspace: &'a Workspace,
        guessed_at: GuessedAt,
        work: Work,
        now: DateTime<Utc>,
    ) -> Gate<'a> {
        Gate {
            store: &self.store,
            settings: &workspace.settings,
            release: &workspace.release,
            hashing: self.hashing.on_behalf_of(work),
            code_mail: &self.code_mail,
            mail_limit: &self.mail_limit,
            attempts: &self.attempts,
            guessed_at,
            totp_replay_allowed: self.totp_replay_allowed,
            now,
        }
    }

    /// What a request manages second factors with.
    pub(super) fn enrolment<'a>(&'a self, workspace: &'a Workspace, work: Work) -> Enrolment<'a> {
        let now = (self.clock)();
        Enrolment { gate: self.gate(workspace, GuessedAt::Session, work, now), store: &self.store, now }
    }
}
