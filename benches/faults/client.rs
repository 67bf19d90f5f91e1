//! One client: changes its user's account again and again, over either instance, and keeps what it was told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use devstack::workspace::password_digest;
use futures_util::future;
use mongodb::bson::{Document, doc};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::ledger::{Field, Ledger};
use super::people::{self, BACKUP_CODES, Proof};
use super::request::{Outcome, UNTOLD, Wish};
use super::stage::Surroundings;

const MAIL_PATIENCE: Duration = Duration::from_secs(3);
const PAUSE_MS: std::ops::Range<u64> = 5..60;

struct Client {
    surroundings: Surroundings,
    http: reqwest::Client,
    random: StdRng,
    number: usize,
    ledger: Ledger,
    wishes: usize,
    /// Of the user's backup codes: how many sets there were, and how many of this one are used.
    codes: (usize, usize),
    mailed: Option<String>,
}

/// Until it is over.
pub async fn run(number: usize, seed: u64, surroundings: Surroundings, is_over: Arc<AtomicBool>) -> Ledger {
    let ledger = Ledger::of(people::user(number));
    let random = StdRng::seed_from_u64(seed.wrapping_add(1 + number as u64));
    let http = devstack::http::client();
    let mut client =
        Client { surroundings, http, random, number, ledger, wishes: 0, codes: (0, 0), mailed: None };
    while !is_over.load(Ordering::Relaxed) {
        client.change().await;
        let pause = client.random.random_range(PAUSE_MS);
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
    client.ledger
}

impl Client {
    async fn change(&mut self) {
        let mut wish = self.wish();
        match self.random.random_range(0..10) {
            0..6 => self.one(wish).await,
            6 | 7 => {
                wish.username = Some(format!("user{}", wish.mark));
                self.one(wish).await;
            }
            _ => self.protected(wish).await,
        }
    }

    /// A change with a mark that no other has.
    fn wish(&mut self) -> Wish {
        self.wishes += 1;
        // Letters alone, so that names are sorted as their bytes are.
        let mark = format!("{}x{}", letters(self.number), letters(self.wishes));
        Wish { mark, ..Wish::default() }
    }

    async fn one(&mut self, wish: Wish) {
        let base = self.random.random_range(0..self.surroundings.bases.len());
        let outcome = self.send(base, &wish).await;
        self.note(&[(wish, outcome)]);
    }

    /// A change that needs a second factor.
    async fn protected(&mut self, mut wish: Wish) {
        match self.ledger.user.proof {
            Proof::Password => {
                if self.random.random_bool(0.5) {
                    wish.email = Some(self.address(&wish));
                } else {
                    wish.password = Some(self.new_password(&wish));
                }
                // Which one is stored may not be known.
                for password in self.ledger.password.all().cloned().collect::<Vec<_>>() {
                    let wish = Wish { current_password: Some(password_digest(&password)), ..wish.clone() };
                    let outcome = self.send(0, &wish).await;
                    let is_wrong =
                        matches!(&outcome, Outcome::Refused(body) if body.contains("totp-invalid"));
                    self.note(&[(wish, outcome)]);
                    if !is_wrong {
                        return;
                    }
                }
            }
            Proof::BackupCode => {
                wish.email = Some(self.address(&wish));
                let code = self.backup_code().await;
                self.twice(wish, "totp", &code).await;
            }
            Proof::MailedCode => {
                wish.password = Some(self.new_password(&wish));
                if let Some(code) = self.mailed_code(&wish).await {
                    self.twice(wish, "email", &code).await;
                }
            }
        }
    }

    fn address(&mut self, wish: &Wish) -> String {
        let address = format!("{}@example.org", wish.mark);
        self.ledger.addresses.insert(address.clone(), false);
        address
    }

    fn new_password(&self, wish: &Wish) -> String {
        format!("New-Passw0rd-{}", wish.mark)
    }

    /// Sends the same code to both instances at the same time, with two changes that can be told apart.
    async fn twice(&mut self, wish: Wish, method: &'static str, code: &str) {
        let mut other = self.wish();
        other.email = wish.email.as_ref().map(|_| self.address(&other));
        other.password = wish.password.as_ref().map(|_| self.new_password(&other));
        let [one, other] = [wish, other].map(|wish| Wish { factor: Some((method, code.to_owned())), ..wish });
        let outcomes = future::join(self.send(0, &one), self.send(1, &other)).await;
        let saved =
            [&outcomes.0, &outcomes.1].into_iter().filter(|outcome| matches!(outcome, Outcome::Saved(_)));
        *self.ledger.codes.entry(saved.count()).or_default() += 1;
        self.note(&[(one, outcomes.0), (other, outcomes.1)]);
        self.mailed = None;
    }

    /// The next one; when all are used, new ones are stored.
    async fn backup_code(&mut self) -> String {
        let id = self.ledger.user.id.clone();
        if self.codes.1 == BACKUP_CODES {
            self.codes = (self.codes.0 + 1, 0);
            let hashed = people::hashed(&people::backup_codes(&id, self.codes.0));
            let update = doc! {"$set": {"services.totp.hashedBackup": hashed}};
            let users = self.surroundings.database.collection::<Document>("users");
            while users.update_one(doc! {"_id": &id}, update.clone()).await.is_err() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        self.codes.1 += 1;
        people::backup_codes(&id, self.codes.0)[self.codes.1 - 1].clone()
    }

    /// Asks for one and waits for the mail; one that was mailed before and not used is used.
    async fn mailed_code(&mut self, wish: &Wish) -> Option<String> {
        let address = self.ledger.email.acknowledged.clone();
        let before = self.surroundings.sink.count_to(&address);
        let outcome = self.send(0, wish).await;
        self.note(&[(wish.clone(), outcome)]);
        let deadline = Instant::now() + MAIL_PATIENCE;
        while Instant::now() < deadline {
            if self.surroundings.sink.count_to(&address) > before {
                let mail = self.surroundings.sink.newest_to(&address)?;
                self.mailed = code(&mail.text);
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.mailed.clone()
    }

    async fn send(&self, base: usize, wish: &Wish) -> Outcome {
        wish.send(&self.http, &self.surroundings.bases[base], &self.ledger.user).await
    }

    /// What was answered to requests that were sent at the same time. What is in doubt comes first: whatever was
    /// acknowledged at the same time by the same code excludes it.
    fn note(&mut self, told: &[(Wish, Outcome)]) {
        let has_code = told.len() > 1;
        for (wish, outcome) in told {
            match outcome {
                Outcome::Doubtful(what) => {
                    self.ledger.count(what);
                    self.for_each(wish, Field::doubt);
                }
                Outcome::NothingDone => self.ledger.count("503"),
                Outcome::NotSent => self.ledger.count("not sent"),
                Outcome::Refused(body) => self.refused(wish, body, has_code),
                Outcome::Saved(_) => {}
            }
        }
        for (wish, outcome) in told {
            if let Outcome::Saved(body) = outcome {
                self.ledger.count("200");
                let user = &body["user"];
                let is_whole = user["bio"] == *wish.mark
                    && user["nickname"] == *wish.mark
                    && user["name"] == *format!("name{}", wish.mark);
                if !is_whole {
                    self.ledger.wrong.push(format!("{}: the answer holds another change", wish.mark));
                }
                self.for_each(wish, Field::acknowledge);
            }
        }
    }

    /// The only refusals that there may be are about second factors.
    fn refused(&mut self, wish: &Wish, body: &str, has_code: bool) {
        let is_challenge = body.contains("totp-required");
        let is_guess = body.contains("totp-invalid") || body == UNTOLD;
        let may_be = wish.factor.is_some() || wish.current_password.is_some() || wish.password.is_some();
        self.ledger.count(if is_challenge { "400 a factor is needed" } else { "400" });
        if !(may_be && (is_challenge || is_guess || has_code)) {
            self.ledger.wrong.push(format!("{}: refused: {body}", wish.mark));
        }
    }

    fn for_each(&mut self, wish: &Wish, note: impl Fn(&mut Field, &str)) {
        note(&mut self.ledger.mark, &wish.mark);
        let fields = [
            (&mut self.ledger.username, &wish.username),
            (&mut self.ledger.email, &wish.email),
            (&mut self.ledger.password, &wish.password),
        ];
        for (field, value) in fields {
            if let Some(value) = value {
                note(field, value);
            }
        }
        if let Some(email) = &wish.email {
            self.ledger.addresses.insert(email.clone(), true);
        }
    }
}

/// A number in letters: as many are different as there are numbers.
fn letters(mut number: usize) -> String {
    let mut text = String::new();
    loop {
        // `x` stands between two of them.
        text.push(char::from(b'a' + (number % 20) as u8));
        number /= 20;
        if number == 0 {
            return text;
        }
    }
}

/// The digits of `123-456`.
fn code(text: &str) -> Option<String> {
    let mut words = text.split_whitespace();
    let code = words.find(|word| word.len() == 7 && word.as_bytes()[3] == b'-')?;
    Some(code.replace('-', ""))
}
