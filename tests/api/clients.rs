//! Clients that people use, unmodified, against the service alone. Each is installed once, into the folder of build
//! results, at the versions that `tests/clients` names; the scripts there say what they do.

use crate::support::{Options, TestApp, six_and_eight};
use devstack::workspace::{BACKUP_CODES, Release, TOTP_SECRET};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

pub const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients");

#[tokio::test(flavor = "multi_thread")]
async fn the_python_client_signs_in_changes_the_profile_and_signs_out() {
    six_and_eight(async |release| {
        let app = Options::standalone().start(release).await;
        run(&app, release, "python", python).await;
        let plain = app.stored("plain").await;
        assert_eq!(plain.get_str("name").expect("a name"), "Changed By Python");
        assert_eq!(app.login_tokens("plain").await.len(), 3, "the client's own session has ended");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_web_clients_own_api_client_answers_challenges() {
    six_and_eight(async |release| {
        let app = Options::standalone().start(release).await;
        run(&app, release, "node", node).await;
        let plain = app.stored("plain").await;
        assert_eq!(plain.get_str("name").expect("a name"), "Changed By Node");
        assert_eq!(app.login_tokens("plain").await.len(), 0, "a new password ends all other sessions");
    })
    .await;
}

/// Runs the client's script, off the runtime that the service runs on.
async fn run(app: &TestApp, release: Release, client: &'static str, command: fn(&Path) -> Command) {
    let (plain, totp) = (app.person("plain"), app.person("totp"));
    let known = |text: &Option<String>| text.clone().expect("known");
    let environment = [
        ("SERVER", app.base.clone()),
        ("USER_NAME", known(&plain.username)),
        ("USER_PASSWORD", known(&plain.password)),
        ("TOTP_NAME", known(&totp.username)),
        ("TOTP_PASSWORD", known(&totp.password)),
        ("TOTP_SECRET", TOTP_SECRET.to_owned()),
        ("TOTP_BACKUP_CODE", BACKUP_CODES[0].to_owned()),
        ("LOGOUT_HAS_BODY", if release == Release::Six { "yes" } else { "" }.to_owned()),
    ];
    let script = move || {
        let mut command = command(&installed(client));
        // Nothing stands between a client and the service.
        succeed(command.envs(environment).env("NO_PROXY", "127.0.0.1"));
    };
    tokio::task::spawn_blocking(script).await.expect("the client's script");
}

fn python(installed: &Path) -> Command {
    let mut command = Command::new(installed.join("bin/python"));
    command.arg(format!("{SOURCES}/python/session.py"));
    command
}

fn node(installed: &Path) -> Command {
    let mut command = Command::new("node");
    command.arg(format!("{SOURCES}/node/session.cjs")).env("INSTALLED", installed);
    command
}

/// The folder with the client, installed if it is not there yet. Another list of versions is another folder.
pub fn installed(client: &str) -> PathBuf {
    let list = if client == "python" { "requirements.txt" } else { "package-lock.json" };
    let list = Path::new(SOURCES).join(client).join(list);
    let versions = hex::encode(Sha256::digest(fs::read(&list).expect("a list of versions")));
    let clients = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients");
    fs::create_dir_all(&clients).expect("a folder");

    // Tests run at the same time, perhaps in several processes.
    let lock = fs::File::create(clients.join(format!("{client}.lock"))).expect("a lock file");
    lock.lock().expect("a lock");
    let folder = clients.join(format!("{client}-{}", &versions[..12]));
    let complete = folder.join("complete");
    if !complete.exists() {
        let _ = fs::remove_dir_all(&folder);
        if client == "python" {
            succeed(Command::new("python3").args(["-m", "venv"]).arg(&folder));
            let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
            succeed(Command::new(folder.join("bin/python")).args(pip).arg(&list));
        } else {
            fs::create_dir_all(&folder).expect("a folder");
            for file in ["package.json", "package-lock.json"] {
                fs::copy(Path::new(SOURCES).join(client).join(file), folder.join(file)).expect("copied");
            }
            let npm = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
            succeed(Command::new("npm").args(npm).current_dir(&folder));
        }
        fs::write(complete, "").expect("written");
    }
    folder
}

fn succeed(command: &mut Command) {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => panic!(
            "{program} cannot be run ({error}). The tests of real clients need Python 3 with venv and Node.js 20 \
             with npm, and on their first run the registries of both; on Debian: \
             apt-get install python3 python3-venv nodejs npm"
        ),
    };
    assert!(
        output.status.success(),
        "{program}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
