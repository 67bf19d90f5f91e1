//! Every option of MongoDB's driver for Node.js, versions 3 to 6, in a connection string or as an object.

mod list;
mod why;

pub use list::KNOWN;

/// What becomes of an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It has the effect that it has for Rocket.Chat.
    Taken,
    /// It has no effect, and a line says so.
    Ignored,
    /// Nothing is started with it.
    Refused,
}

/// One option.
#[derive(Debug)]
pub struct Known {
    /// As the driver's documentation writes it; letter case does not matter.
    pub name: &'static str,
    /// The only key in which it may stand.
    pub(super) only: Option<&'static str>,
    pub(super) rule: Rule,
}

#[derive(Debug)]
pub(super) enum Rule {
    /// Passed on as it is: a boolean.
    Flag,
    /// Taken, in a way of its own.
    Special,
    /// Without effect, and without a word where it says what is so anyway.
    Ignored {
        why: &'static str,
        unless: &'static [&'static str],
    },
    Refused {
        why: &'static str,
        unless_false: bool,
    },
}

impl Known {
    #[must_use]
    pub fn fate(&self) -> Fate {
        match self.rule {
            Rule::Flag | Rule::Special => Fate::Taken,
            Rule::Ignored { .. } => Fate::Ignored,
            Rule::Refused { .. } => Fate::Refused,
        }
    }

    /// Why it has no effect, or is refused.
    #[must_use]
    pub fn why(&self) -> Option<&'static str> {
        match self.rule {
            Rule::Flag | Rule::Special => None,
            Rule::Ignored { why, .. } | Rule::Refused { why, .. } => Some(why),
        }
    }
}

/// Letter case does not matter.
pub(super) fn find(name: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.name.eq_ignore_ascii_case(name))
}

/// Ends the names of options that Meteor itself understands.
pub(super) const ASSET: &str = "Asset";
