//! The kinds of faults: what breaks, and how it is put in order again.

use std::time::Duration;

use devstack::breaking_proxy::{Direction, Mode};
use devstack::smtp::Behaviour;
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use super::stage::Stage;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    PrimaryStepsDown,
    PrimaryStandsStill,
    PrimaryStandsStillForLong,
    PrimaryIsKilled,
    PrimaryLinesReset,
    PrimaryLinesStall,
    PrimaryAnswersCut,
    PrimaryRequestsCut,
    PrimaryLinesDribble,
    PrimaryLinesLate,
    ServiceIsKilled,
    ServiceStandsStill,
    ClientLinesReset,
    ClientAnswersCut,
    ClientAnswersHeld,
    ClientsRefused,
    MailHangs,
    MailIsAway,
    MailDropsData,
    MailSaysLater,
}

use Kind::*;

/// How long the members wait before they elect another primary.
pub const ELECTION_TIMEOUT: Duration = Duration::from_secs(2);
/// For so long a primary that made way does not come back.
const STEP_DOWN_SECONDS: i32 = 2;

/// By part, with how likely each kind is among those of its part.
const DATABASE: &[(Kind, usize)] = &[
    (PrimaryStepsDown, 8),
    (PrimaryStandsStill, 12),
    (PrimaryStandsStillForLong, 1),
    (PrimaryIsKilled, 1),
    (PrimaryLinesReset, 16),
    (PrimaryLinesStall, 12),
    (PrimaryAnswersCut, 16),
    (PrimaryRequestsCut, 12),
    (PrimaryLinesDribble, 6),
    (PrimaryLinesLate, 6),
];
const SERVICE: &[(Kind, usize)] = &[(ServiceIsKilled, 1), (ServiceStandsStill, 1)];
const CLIENTS: &[(Kind, usize)] =
    &[(ClientLinesReset, 1), (ClientAnswersCut, 1), (ClientAnswersHeld, 1), (ClientsRefused, 1)];
const MAIL: &[(Kind, usize)] = &[(MailHangs, 1), (MailIsAway, 1), (MailDropsData, 1), (MailSaysLater, 1)];

impl Kind {
    /// At most one of each part, and at least one.
    pub fn some(random: &mut StdRng) -> Vec<Kind> {
        loop {
            let mut kinds = Vec::new();
            for (part, likely) in [(DATABASE, 0.6), (SERVICE, 0.4), (CLIENTS, 0.6), (MAIL, 0.5)] {
                if random.random_bool(likely) {
                    let kind = part.choose_weighted(random, |(_, weight)| *weight);
                    kinds.extend(kind.map(|(kind, _)| *kind));
                }
            }
            if !kinds.is_empty() {
                return kinds;
            }
        }
    }

    /// How long it lasts at least.
    pub fn least(self) -> Duration {
        match self {
            PrimaryStandsStillForLong => ELECTION_TIMEOUT + Duration::from_millis(1500),
            PrimaryIsKilled => ELECTION_TIMEOUT,
            _ => Duration::ZERO,
        }
    }

    pub fn in_words(self) -> &'static str {
        match self {
            PrimaryStepsDown => "MongoDB's primary steps down",
            PrimaryStandsStill => "the primary stands still (SIGSTOP), shorter than an election waits",
            PrimaryStandsStillForLong => "the primary stands still, longer than that",
            PrimaryIsKilled => "the primary is killed (SIGKILL) and started again",
            PrimaryLinesReset => "lines to the primary are reset",
            PrimaryLinesStall => "lines to the primary are a black hole",
            PrimaryAnswersCut => "the primary's answers are cut in the middle",
            PrimaryRequestsCut => "commands to the primary are cut in the middle",
            PrimaryLinesDribble => "lines to the primary pass single bytes",
            PrimaryLinesLate => "lines to the primary are 50 ms late",
            ServiceIsKilled => "an instance is killed (SIGKILL) and started again",
            ServiceStandsStill => "an instance stands still (SIGSTOP)",
            ClientLinesReset => "lines of clients are reset",
            ClientAnswersCut => "answers to clients are cut",
            ClientAnswersHeld => "answers to clients are held back",
            ClientsRefused => "clients cannot connect",
            MailHangs => "the mail server hangs",
            MailIsAway => "the mail server is away",
            MailDropsData => "the mail server hangs up after a mail, without keeping it",
            MailSaysLater => "the mail server says 421",
        }
    }
}

/// One that is there now.
pub struct Fault {
    pub kind: Kind,
    /// The member of the replica set, or the instance.
    which: usize,
}

impl Fault {
    pub async fn begin(kind: Kind, stage: &mut Stage, random: &mut StdRng) -> anyhow::Result<Fault> {
        let which = match kind {
            ServiceIsKilled | ServiceStandsStill | ClientLinesReset | ClientAnswersCut
            | ClientAnswersHeld | ClientsRefused => random.random_range(0..stage.instances.len()),
            MailHangs | MailIsAway | MailDropsData | MailSaysLater => 0,
            _ => stage.nodes.primary().await?,
        };
        let after = random.random_range(0..2_000);
        let cut = |direction| Mode::Cut { direction, after };
        match kind {
            PrimaryStepsDown => drop(stage.nodes.step_down_for(STEP_DOWN_SECONDS).await?),
            PrimaryStandsStill | PrimaryStandsStillForLong => stage.nodes.freeze(which)?,
            PrimaryIsKilled => stage.nodes.kill(which).await?,
            PrimaryLinesReset => stage.nodes.proxy(which).reset_open(),
            PrimaryLinesStall => stage.nodes.proxy(which).behave(Mode::Stall),
            PrimaryAnswersCut => stage.nodes.proxy(which).behave(cut(Direction::ToClient)),
            PrimaryRequestsCut => stage.nodes.proxy(which).behave(cut(Direction::ToServer)),
            PrimaryLinesDribble => {
                stage.nodes.proxy(which).behave(Mode::ByteByByte { pause: Duration::from_micros(50) });
            }
            PrimaryLinesLate => {
                let late = Duration::from_millis(25);
                stage.nodes.proxy(which).behave(Mode::Delay { to_server: late, to_client: late });
            }
            ServiceIsKilled => stage.instances[which].program.kill().await?,
            ServiceStandsStill => stage.instances[which].program.signal("STOP")?,
            ClientLinesReset => stage.instances[which].line.reset_open(),
            ClientAnswersCut => stage.instances[which].line.behave(cut(Direction::ToClient)),
            ClientAnswersHeld => stage.instances[which].line.behave(Mode::HoldAnswers),
            ClientsRefused => stage.instances[which].line.behave(Mode::RefuseNew),
            MailHangs => stage.sink.behave(Behaviour::Hang),
            MailIsAway => stage.sink.behave(Behaviour::Absent),
            MailDropsData => stage.sink.behave(Behaviour::DropAfterData),
            MailSaysLater => stage.sink.behave(Behaviour::Greet(421)),
        }
        Ok(Fault { kind, which })
    }

    pub async fn end(self, stage: &mut Stage) -> anyhow::Result<()> {
        match self.kind {
            PrimaryStandsStill | PrimaryStandsStillForLong => stage.nodes.thaw(self.which)?,
            PrimaryIsKilled => stage.nodes.restart(self.which).await?,
            PrimaryStepsDown | PrimaryLinesReset => {}
            PrimaryLinesStall | PrimaryAnswersCut | PrimaryRequestsCut | PrimaryLinesDribble
            | PrimaryLinesLate => stage.nodes.proxy(self.which).behave(Mode::Pass),
            ServiceIsKilled => stage.instances[self.which].program.restart().await?,
            ServiceStandsStill => stage.instances[self.which].program.signal("CONT")?,
            ClientLinesReset => {}
            ClientAnswersCut | ClientAnswersHeld | ClientsRefused => {
                stage.instances[self.which].line.behave(Mode::Pass);
            }
            MailHangs | MailIsAway | MailDropsData | MailSaysLater => stage.sink.behave(Behaviour::Accept),
        }
        Ok(())
    }
}
