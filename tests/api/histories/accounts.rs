//! What changes of accounts do, one at a time: who holds a name or an address keeps it.

use super::checker::Model;

pub const FIELDS: [&str; 5] = ["username", "name", "nickname", "bio", "email"];
const USERNAME: usize = 0;
const EMAIL: usize = 4;

/// The values of [`FIELDS`]; an empty text is none.
pub type Account = [String; 5];

/// What a client asked of its account, and what it was told.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Whose account: an index into the state.
    pub account: usize,
    /// Indexes into [`FIELDS`], with the new values; nothing for a look.
    pub wanted: Vec<(usize, String)>,
    pub answer: Answer,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// 200, with the account as it is then.
    Account(Account),
    /// A refusal by a rule.
    Refused(Rule),
    /// Not done, for certain, for reasons that no rule has: 503, or too many changes at the same time.
    NotDone,
    /// No answer, or one that says so.
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    Identity,
    AddressTaken,
}

/// All accounts.
pub struct Accounts;

impl Model for Accounts {
    type State = Vec<Account>;
    type What = Asked;

    fn after(state: &Self::State, asked: &Asked) -> Vec<Self::State> {
        let changed = change(state, asked);
        match (&asked.answer, changed) {
            (Answer::Account(told), Ok(changed)) if changed[asked.account] == *told => vec![changed],
            (Answer::Refused(told), Err(rule)) if *told == rule => vec![state.clone()],
            (Answer::NotDone, _) => vec![state.clone()],
            (Answer::Unknown, changed) => changed.into_iter().chain([state.clone()]).collect(),
            _ => vec![],
        }
    }
}

fn change(state: &[Account], asked: &Asked) -> Result<Vec<Account>, Rule> {
    let mut changed = state.to_vec();
    for (field, value) in &asked.wanted {
        let own = &state[asked.account][*field];
        let is_held = |accounts: &[Account]| {
            accounts.iter().any(|account| account[*field].to_lowercase() == value.to_lowercase())
        };
        let is_taken = own.to_lowercase() != value.to_lowercase() && is_held(state);
        match *field {
            USERNAME if is_taken => return Err(Rule::Identity),
            // An address of one's own in another letter case counts as taken.
            EMAIL if own != value && is_held(state) => return Err(Rule::AddressTaken),
            _ => changed[asked.account][*field].clone_from(value),
        }
    }
    Ok(changed)
}
