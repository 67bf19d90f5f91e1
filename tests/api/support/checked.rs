use super::{Options, TestApp, program, run};
use devstack::workspace::Release;
use serde_json::Value;

/// What `rc-account check --json` said.
pub struct Checked {
    pub code: Option<i32>,
    /// All but the findings.
    pub report: Value,
    pub findings: Vec<Value>,
    /// Everything that it printed.
    pub said: String,
}

/// A workspace on which no service is running.
pub async fn resting(options: Options, release: Release) -> TestApp {
    let mut app = options.start(release).await;
    app.stop().await;
    app
}

/// Checks the app's workspace.
pub fn check(app: &TestApp) -> Checked {
    check_with(&[("MONGO_URL", app.mongo_url())])
}

/// Checks with this environment and nothing else.
pub fn check_with(environment: &[(&str, &str)]) -> Checked {
    check_asked(&[], environment)
}

/// The same with further arguments.
pub fn check_asked(arguments: &[&str], environment: &[(&str, &str)]) -> Checked {
    let ended = run(program(&[&["check", "--json"], arguments].concat(), environment));
    let said = String::from_utf8(ended.stdout).expect("UTF-8");
    let complaint = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(complaint, "", "{said}");
    let mut report: Value = serde_json::from_str(&said).expect("one JSON document");
    let Value::Array(findings) = report["findings"].take() else { panic!("no findings: {said}") };
    Checked { code: ended.status.code(), report, findings, said }
}

impl Checked {
    /// Level and message of each finding of that check.
    pub fn of(&self, check: &str) -> Vec<(&str, &str)> {
        let findings = self.findings.iter().filter(|finding| finding["check"] == check);
        findings.map(|finding| (text(finding, "level"), text(finding, "message"))).collect()
    }

    /// The only finding of that check that is neither ok nor a hint. It has a remedy and a code.
    #[track_caller]
    pub fn defect(&self, check: &str) -> &Value {
        let is_defect = |finding: &Value| finding["level"] != "ok" && finding["level"] != "hint";
        let mut defects =
            self.findings.iter().filter(|finding| finding["check"] == check && is_defect(finding));
        let defect = defects.next().unwrap_or_else(|| panic!("no defect of {check}: {}", self.said));
        assert!(defects.next().is_none(), "several of {check}: {}", self.said);
        assert!(!text(defect, "remedy").is_empty() && text(defect, "code") != "ok", "{defect}");
        defect
    }

    /// There is that one defect, and it decides about the exit code.
    #[track_caller]
    pub fn has(&self, check: &str, level: &str, message: &str) -> &Value {
        let defect = self.defect(check);
        assert_eq!(text(defect, "level"), level, "{defect}");
        assert!(text(defect, "message").contains(message), "{message:?} is not in {defect}");
        assert_eq!(self.code, Some(i32::from(level == "error")), "{}", self.said);
        defect
    }

    /// It says so, at whatever level.
    #[track_caller]
    pub fn is_told(&self, check: &str, message: &str) {
        let found = self.of(check);
        assert!(found.iter().any(|(_, text)| text.contains(message)), "{message:?} is not in {found:?}");
    }

    /// The check has nothing to complain about, but perhaps a hint.
    #[track_caller]
    pub fn is_ok(&self, check: &str, message: &str) {
        let found = self.of(check);
        assert!(found.iter().all(|(level, _)| ["ok", "hint"].contains(level)), "{found:?}");
        assert!(found.iter().any(|(_, text)| text.contains(message)), "{message:?} is not in {found:?}");
    }
}

fn text<'a>(finding: &'a Value, key: &str) -> &'a str {
    finding[key].as_str().unwrap_or_default()
}
