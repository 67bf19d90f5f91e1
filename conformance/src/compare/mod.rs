//! The same requests to an original and to a candidate, each with a database of its own cloned from one dump; answers, mails
//! and whole databases compared. A second original, on a third clone, says what is noise: what differs between the two.
//!
//! [`order`] says what is asked for and refuses what must not be changed, [`play`] what is sent, [`side`] sends it to one
//! server, [`snapshot`] reads whole databases, [`gather`] puts together what became of each case, [`tree`] and [`shape`]
//! compare, [`report`] tells, [`mask`] keeps secrets out of that.

pub mod gather;
pub mod mask;
pub mod order;
pub mod play;
pub mod recorded;
pub mod report;
pub mod shape;
pub mod side;
pub mod snapshot;
pub mod tree;

use anyhow::Context;
use futures_util::future;
use mongodb::bson::DateTime;

use self::gather::Gathered;
use self::order::Order;
use self::play::Plays;
use self::report::{Case, Report};
use self::side::Pass;
use self::snapshot::Snapshot;

/// One of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sides<T> {
    pub original: T,
    /// The original once more.
    pub repeat: T,
    pub candidate: T,
}

impl<T> Sides<T> {
    pub fn map<'a, U>(&'a self, mut make: impl FnMut(&'a T) -> U) -> Sides<U> {
        let Sides { original, repeat, candidate } = self;
        Sides { original: make(original), repeat: make(repeat), candidate: make(candidate) }
    }

    pub fn as_array(&self) -> [&T; 3] {
        [&self.original, &self.repeat, &self.candidate]
    }

    pub fn from_array([original, repeat, candidate]: [T; 3]) -> Sides<T> {
        Sides { original, repeat, candidate }
    }

    /// The same of all three, at the same time.
    ///
    /// # Errors
    /// The first.
    pub async fn each<'a, U, F>(&'a self, work: impl FnMut(&'a T) -> F) -> anyhow::Result<Sides<U>>
    where
        F: Future<Output = anyhow::Result<U>>,
    {
        let Sides { original, repeat, candidate } = self.map(work);
        let (original, repeat, candidate) = future::try_join3(original, repeat, candidate).await?;
        Ok(Sides { original, repeat, candidate })
    }
}

/// Runs everything.
///
/// # Errors
/// It could not be run: the databases are not equal, are not to be changed, or a server is away.
pub async fn run(order: &Order) -> anyhow::Result<Report> {
    let sides = side::connect(order).await?;
    let own = order.own.as_slice();
    let before = sides.each(|side| Snapshot::take(&side.database, own)).await?;
    snapshot::refuse_unequal(&before)?;
    let plays = Plays::choose(order, &sides).await?;
    let now = DateTime::now();
    let mut passes = Vec::new();
    // One after the other: so whatever goes by the clock differs between the two runs of the original, and is learnt.
    for side in sides.as_array() {
        passes.push(side.perform(&plays, now, order.jobs).await.with_context(|| side.name)?);
    }
    let passes: [Pass; 3] = passes.try_into().map_err(|_| anyhow::anyhow!("not three passes"))?;
    let gathered = Gathered::of(&sides, &before, own, &plays, &Sides::from_array(passes)).await?;
    Ok(report(&plays, &gathered))
}

fn report(plays: &Plays, gathered: &Gathered) -> Report {
    let mut noise = tree::Noise::default();
    for found in &gathered.cases {
        noise.learn(&found.trees.original, &found.trees.repeat);
    }
    let mut cases = Vec::new();
    for (n, found) in gathered.cases.iter().enumerate() {
        let (id, says, names) = plays.about(n);
        let differences = noise.compare(&found.trees, &found.begun);
        let differences = differences.into_iter().map(|difference| report::shown(&names, difference));
        cases.push(Case { id, says, differences: differences.collect() });
    }
    Report {
        cases,
        requests: plays.requests(),
        left_out: plays.left_out.clone(),
        noise: noise.places,
        background: gathered.background.clone(),
    }
}
