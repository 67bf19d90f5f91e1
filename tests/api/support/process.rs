//! The real program as a child process.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const TIMEOUT: Duration = Duration::from_secs(60);

/// A fresh folder below cargo's target folder.
pub fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// The program with these arguments and nothing else in its environment, in a folder without configuration. Without an
/// operations listener unless the environment says otherwise: many of them run at a time.
pub fn program(arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rc-account"));
    command.args(arguments).env_clear().env("RC_ACCOUNT_OPS_BIND", "").envs(environment.iter().copied());
    command.current_dir(env!("CARGO_TARGET_TMPDIR"));
    command
}

/// Runs it to its end.
pub fn run(mut command: Command) -> Output {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    wait(child.expect("started")).wait_with_output().expect("its output")
}

/// Waits for the end; a program that does not end is killed, and fails the test.
fn wait(mut child: Child) -> Child {
    let deadline = Instant::now() + TIMEOUT;
    while child.try_wait().expect("a state").is_none() {
        if Instant::now() > deadline {
            child.kill().expect("killed");
            panic!("still running: {:?}", child.wait_with_output());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child
}

/// `rc-account serve`, ready for requests. Killed when dropped.
pub struct Service {
    child: Option<Child>,
    pub base: String,
    /// Where the operations listener is, if there is one.
    pub operations: Option<String>,
    /// What it logged until it was ready.
    pub beginning: Vec<String>,
    /// What it logged when it was ready.
    pub ready: String,
    /// What it has logged since.
    pub log: Arc<Mutex<Vec<String>>>,
}

/// Resident memory of a process in bytes, as Linux counts it.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    pub now: u64,
    pub peak: u64,
}

impl Service {
    /// Starts it and waits until it says where it listens.
    pub fn start(environment: &[(&str, &str)]) -> Service {
        Service::run(program(&["serve"], environment))
    }

    /// The same with a command of one's own.
    pub fn run(mut command: Command) -> Service {
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = child.expect("started");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let mut service = Service {
            child: Some(child),
            base: String::new(),
            operations: None,
            beginning: Vec::new(),
            ready: String::new(),
            log: Arc::default(),
        };
        let mut lines = lines.map(|line| line.expect("text"));
        for line in lines.by_ref() {
            if line.contains("is ready") {
                service.ready = line;
                break;
            }
            service.beginning.push(line);
        }
        assert!(!service.ready.is_empty(), "not ready: {:?}", service.beginning);
        // Of a line of either form.
        let base = |key: &str| {
            let (text, json) = (format!(" {key}="), format!(r#""{key}":""#));
            let rest = service.ready.split(&text).nth(1).or_else(|| service.ready.split(&json).nth(1));
            Some(format!("http://{}", rest?.split([' ', '"']).next()?))
        };
        (service.base, service.operations) = (base("address").expect("an address"), base("ops"));
        // A full pipe would stop the program.
        let log = Arc::clone(&service.log);
        std::thread::spawn(move || lines.for_each(|line| log.lock().expect("the log").push(line)));
        service
    }

    /// Starts it on that database, on a free port and without limits; `environment` adds to this or changes it.
    pub fn on(mongo_url: &str, environment: &[(&str, &str)]) -> Service {
        let usual = [
            ("MONGO_URL", mongo_url),
            ("PORT", "0"),
            ("BIND_IP", "127.0.0.1"),
            ("RC_ACCOUNT_RATE_LIMIT", "off"),
            ("RC_ACCOUNT_GUESS_BUDGET", "off"),
        ];
        Service::start(&[&usual, environment].concat())
    }

    /// Sends a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let id = self.id();
        // The shell's own `kill` is there even where no program of that name is.
        let kill = format!("kill -{name} {id}");
        assert!(Command::new("sh").args(["-c", &kill]).status().expect("sh").success());
    }

    /// Kills it, as a crash does, and waits until it is gone.
    pub fn kill(mut self) {
        let mut child = self.child.take().expect("running");
        child.kill().expect("killed");
        child.wait().expect("its end");
    }

    pub fn id(&self) -> u32 {
        self.child.as_ref().expect("running").id()
    }

    /// The lines that it has logged since it was ready and that hold this text.
    pub fn logged(&self, text: &str) -> Vec<String> {
        let log = self.log.lock().expect("the log");
        log.iter().filter(|line| line.contains(text)).cloned().collect()
    }

    /// Waits for a line that holds this text and is such a one: lines are written behind what they tell of.
    pub async fn says(&self, text: &str, is_such: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            if let Some(line) = self.logged(text).into_iter().find(|line| is_such(line)) {
                return line;
            }
            assert!(Instant::now() < deadline, "never said: {text}; but {:?}", self.logged(""));
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// How much memory its process has now, and how much it had at most.
    pub fn memory(&self) -> Memory {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).expect("its status");
        let bytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a line");
            let kibibytes = line.trim_start_matches(':').trim().trim_end_matches(" kB");
            kibibytes.parse::<u64>().expect("a number") * 1024
        };
        Memory { now: bytes("VmRSS"), peak: bytes("VmHWM") }
    }

    /// From now on [`Service::memory`] tells the peak since now.
    pub fn forget_memory_peak(&self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.id()), "5").expect("the peak is forgotten");
    }

    /// Waits for its end and returns the exit code and what it said on stderr.
    pub fn end(mut self) -> (Option<i32>, String) {
        let child = self.child.take().expect("running");
        let ended = wait(child).wait_with_output().expect("its output");
        (ended.status.code(), String::from_utf8_lossy(&ended.stderr).into_owned())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
