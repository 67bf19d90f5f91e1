//! Clients that people use, unmodified, against the service alone: the scripts of `examples/clients`. Each is installed once,
//! into the folder of build results, at the versions that are named there.

use crate::support::{Options, TestApp, six_and_eight};
use devstack::workspace::{BACKUP_CODES, TOTP_SECRET};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/clients");

#[tokio::test(flavor = "multi_thread")]
async fn the_python_client_signs_in_changes_the_profile_and_signs_out() {
    every_session_ends("Changed By Python", || {
        let mut command = Command::new(installed(&format!("{EXAMPLES}/python")).join("bin/python"));
        command.arg(format!("{EXAMPLES}/python/session.py"));
        command
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_web_clients_own_api_client_answers_challenges() {
    every_session_ends("Changed By Node", || javascript("api-client.cjs")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rest_part_of_the_ddp_client_needs_no_websocket() {
    every_session_ends("Changed By DDP Client", || javascript("ddp-client.cjs")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rest_part_of_the_sdk_for_bots_confirms_by_the_body() {
    every_session_ends("Changed By SDK", || javascript("sdk.cjs")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_is_enough() {
    every_session_ends("Changed By curl", || Command::new(format!("{EXAMPLES}/shell/session.sh"))).await;
}

/// Runs the example; its user then has that name, and no more sessions than before.
async fn every_session_ends(name: &str, command: fn() -> Command) {
    six_and_eight(async |release| {
        let app = Options::standalone().start(release).await;
        run(&app, command).await;
        assert_eq!(app.stored("plain").await.get_str("name").expect("a name"), name, "{release:?}");
        assert_eq!(app.login_tokens("plain").await.len(), 3, "{release:?}");
    })
    .await;
}

/// Runs the script, off the runtime that the service runs on.
async fn run(app: &TestApp, command: fn() -> Command) {
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
    ];
    let script = move || {
        // Nothing stands between a client and the service.
        succeed(command().envs(environment).env("NO_PROXY", "127.0.0.1"));
    };
    tokio::task::spawn_blocking(script).await.expect("the client's script");
}

fn javascript(script: &str) -> Command {
    let folder = format!("{EXAMPLES}/javascript");
    let mut command = Command::new("node");
    // Where it looks for what is not installed beside the script.
    command.env("NODE_PATH", installed(&folder).join("node_modules")).arg(format!("{folder}/{script}"));
    command
}

/// The folder with the client, installed if it is not there yet. Another list of versions is another folder.
pub fn installed(sources: &str) -> PathBuf {
    let sources = Path::new(sources);
    let client = sources.file_name().expect("a name").to_string_lossy();
    let requirements = sources.join("requirements.txt");
    let is_python = requirements.exists();
    let list = if is_python { requirements } else { sources.join("package-lock.json") };
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
        if is_python {
            succeed(Command::new("python3").args(["-m", "venv"]).arg(&folder));
            let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
            succeed(Command::new(folder.join("bin/python")).args(pip).arg(&list));
        } else {
            fs::create_dir_all(&folder).expect("a folder");
            for file in ["package.json", "package-lock.json"] {
                fs::copy(sources.join(file), folder.join(file)).expect("copied");
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
