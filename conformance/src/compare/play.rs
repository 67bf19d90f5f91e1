//! What is sent: the kit's cases, each with people of its own, or the requests of a recording, each user a case.

use std::collections::BTreeMap;

use serde_json::Value;

use super::mask::Names;
use super::order::Order;
use super::side::Side;
use super::{Sides, recorded};
use crate::case::{Book, Case};
use crate::person::Person;
use crate::run;

/// One case, the same for all sides.
#[derive(Debug, Clone)]
pub struct Play {
    pub case: Case,
    pub people: BTreeMap<String, Person>,
    pub address: String,
    /// The users are in the databases already, and are only given a session and a password that are known.
    pub is_recorded: bool,
}

pub struct Plays {
    pub all: Vec<Play>,
    /// The settings that every case starts from, without those of the mail server.
    pub workspace: toml::Table,
    /// Cases that cannot be compared, and why.
    pub left_out: Vec<(String, &'static str)>,
}

/// Several answers at the same time have no order in which they could be compared.
const AT_ONCE: &str = "it sends several requests at the same time";

impl Plays {
    /// What the order asks for.
    ///
    /// # Errors
    /// A recording that cannot be read.
    pub async fn choose(order: &Order, sides: &Sides<Side>) -> anyhow::Result<Plays> {
        match &order.recorded {
            Some(file) => recorded::plays(file, &sides.original.database).await,
            None => Plays::of_the_kit(&order.only),
        }
    }

    fn of_the_kit(only: &[String]) -> anyhow::Result<Plays> {
        let Book { cases, workspace, .. } = Book::open(None)?;
        let seed = mongodb::bson::DateTime::now().timestamp_millis();
        let (mut all, mut left_out) = (Vec::new(), Vec::new());
        for case in cases {
            let is_asked_for = only.is_empty() || only.iter().any(|text| case.id.contains(text));
            if is_asked_for && case.steps.iter().any(|step| step.at_once.is_some()) {
                left_out.push((case.id, AT_ONCE));
            } else if is_asked_for {
                let people = run::people(&case, &format!("{seed} {}", case.id));
                let address = run::address(all.len());
                all.push(Play { case, people, address, is_recorded: false });
            }
        }
        Ok(Plays { all, workspace, left_out })
    }

    /// Cases that need the same settings, by their numbers.
    pub fn groups(&self) -> Vec<(BTreeMap<String, Value>, Vec<usize>)> {
        let mut groups: BTreeMap<String, (BTreeMap<String, Value>, Vec<usize>)> = BTreeMap::new();
        for (n, play) in self.all.iter().enumerate() {
            let settings = &play.case.settings;
            let key = Value::from_iter(settings.clone()).to_string();
            groups.entry(key).or_insert_with(|| (settings.clone(), Vec::new())).1.push(n);
        }
        groups.into_values().collect()
    }

    /// Id, what it says, and what its people are called. The last number is what belongs to no case.
    pub fn about(&self, number: usize) -> (String, String, Names) {
        match self.all.get(number) {
            Some(play) => (play.case.id.clone(), play.case.says.clone(), Names::of(&play.people)),
            None => {
                ("elsewhere".to_owned(), "What belongs to no case".to_owned(), Names::of(&BTreeMap::new()))
            }
        }
    }

    pub fn requests(&self) -> usize {
        self.all.iter().map(|play| play.case.steps.len()).sum()
    }
}
