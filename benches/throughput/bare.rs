//! The limit: the driver alone, reading a user by id and token and changing the bio, in a process of its own.
//!
//! The program starts itself anew for this. Each line of its input is a count of tasks and a span in milliseconds; it
//! answers with how long it took and the time of each pair, in microseconds.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;
use mongodb::bson::{DateTime, Document, doc};
use mongodb::options::ReturnDocument;
use mongodb::{Client, Collection};

use super::load::Outcome;
use super::people::{LAST, ORDINARY, User};

/// The argument that makes the program this process; the URL and the database follow.
pub const COMMAND: &str = "bare";

pub struct Bare {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Bare {
    pub fn start(url: &str) -> anyhow::Result<Bare> {
        let mut command = Command::new(std::env::current_exe()?);
        let command = command.args([COMMAND, url]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let input = child.stdin.take().context("its input")?;
        let output = BufReader::new(child.stdout.take().context("its output")?);
        Ok(Bare { child, input, output })
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Pairs of commands over that many tasks.
    pub fn run(&mut self, connections: usize, span: Duration) -> anyhow::Result<Outcome> {
        writeln!(self.input, "{connections} {}", span.as_millis())?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        let mut numbers = line.split_whitespace().map(str::parse);
        let took: u64 = numbers.next().context("the driver's process ended")??;
        let times: Result<Vec<u64>, _> = numbers.collect();
        let times = times?.into_iter().map(Duration::from_micros).collect();
        Ok(Outcome::new(times, Duration::from_micros(took)))
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The process itself.
pub async fn serve(url: &str) -> anyhow::Result<()> {
    let client = Client::with_uri_str(url).await?;
    let collection: Collection<Document> =
        client.default_database().context("the URL names a database")?.collection("users");
    for line in std::io::stdin().lines() {
        let line = line?;
        let (connections, span) = line.split_once(' ').context("two numbers")?;
        let (connections, span): (usize, u64) = (connections.parse()?, span.parse()?);
        let began = Instant::now();
        let end = began + Duration::from_millis(span);
        let users = (0..connections).map(|number| User::new(ORDINARY, LAST - number));
        let tasks: Vec<_> = users.map(|user| tokio::spawn(pairs(collection.clone(), user, end))).collect();
        let mut times = Vec::new();
        for task in tasks {
            times.extend(task.await??);
        }
        let mut answer = began.elapsed().as_micros().to_string();
        for time in times {
            answer.push_str(&format!(" {}", time.as_micros()));
        }
        println!("{answer}");
    }
    Ok(())
}

async fn pairs(
    users: Collection<Document>,
    user: User,
    end: Instant,
) -> mongodb::error::Result<Vec<Duration>> {
    let filter = doc! { "_id": &user.id, "services.resume.loginTokens.hashedToken": user.hashed_token() };
    let mut times = Vec::new();
    while Instant::now() < end {
        let sent = Instant::now();
        users.find_one(filter.clone()).await?;
        let bio = format!("bare {} {}", times.len(), end.elapsed().as_nanos());
        let change = doc! { "$set": { "bio": bio, "_updatedAt": DateTime::now() } };
        users.find_one_and_update(filter.clone(), change).return_document(ReturnDocument::After).await?;
        times.push(sent.elapsed());
    }
    Ok(times)
}
