use super::*;

fn report(mut findings: Vec<Finding>) -> Report {
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    Report { time: DateTime::UNIX_EPOCH, database: Some("rocketchat".to_owned()), findings }
}

fn findings() -> Vec<Finding> {
    vec![
        Finding::ok("mongodb", "MongoDB 7.0.5"),
        Finding::warning("mail", "mail-not-configured", "no mail server is configured", "set SMTP_Host"),
        Finding::hint("indexes", "index-helpful", "slow", "an index"),
        Finding::error("renames", "rename-half-done", "a\nok\u{1b}[2J\u{202e}", "look")
            .details(json!({"users": ["a"]})),
    ]
}

#[test]
fn a_finding_is_one_line_with_its_remedy_below_it_and_the_worst_comes_first() {
    let expected = "\
error    renames        a\\nok\\u{1b}[2J\\u{202e}
                      → look
warning  mail           no mail server is configured
                      → set SMTP_Host
hint     indexes        slow
                      → an index
ok       mongodb        MongoDB 7.0.5
1 error, 1 warning, 1 hint
";
    assert_eq!(report(findings()).lines(Look::default()), expected);
    assert_eq!(report(Vec::new()).lines(Look::default()), "0 errors, 0 warnings, 0 hints\n");
}

#[test]
fn lines_are_as_wide_as_the_terminal_and_words_stay_whole() {
    let message = "no majority of the members confirms a write within some seconds: changes may be lost";
    let remedy = "db.rc_account_outbox.deleteOne({_id:\"0123456789abcdef01234567\"}) and-look-again";
    let report = report(vec![Finding::warning("majority", "majority-missing", message, remedy)]);
    let expected = "\
warning  majority       no majority of the members confirms a
                        write within some seconds: changes may
                        be lost
                      → db.rc_account_outbox.deleteOne({_id:\"0123456789abcdef01234567\"})
                        and-look-again
0 errors, 1 warning, 0 hints
";
    for width in [64, 10] {
        assert_eq!(report.lines(Look { width: Some(width), is_coloured: false }), expected);
    }
}

#[test]
fn colours_change_nothing_else() {
    let report = report(findings());
    let coloured = report.lines(Look { is_coloured: true, width: None });
    assert!(coloured.starts_with("\u{1b}[1m\u{1b}[31merror\u{1b}[0m    renames "), "{coloured:?}");
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), report.lines(Look::default()));
}

#[test]
fn warnings_are_no_failure() {
    assert_eq!(report(findings()[..2].to_vec()).exit_code(), 0);
    assert_eq!(report(findings()).exit_code(), 1);
}

#[test]
fn the_json_holds_every_finding_and_what_it_is_about() {
    let read: Value = serde_json::from_str(&report(findings()).json()).expect("JSON");
    let finding = |check: &str, level: &str, code: &str, message: &str, remedy: Value| json!({"check": check, "level": level, "code": code, "message": message, "remedy": remedy});
    let mut error = finding("renames", "error", "rename-half-done", "a\nok\u{1b}[2J\u{202e}", "look".into());
    error["details"] = json!({"users": ["a"]});
    let expected = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "time": "1970-01-01T00:00:00.000Z",
        "database": "rocketchat",
        "summary": {"error": 1, "warning": 1, "hint": 1, "ok": 1},
        "findings": [
            error,
            finding("mail", "warning", "mail-not-configured", "no mail server is configured", "set SMTP_Host".into()),
            finding("indexes", "hint", "index-helpful", "slow", "an index".into()),
            finding("mongodb", "ok", "ok", "MongoDB 7.0.5", Value::Null),
        ],
    });
    assert_eq!(read, expected);
}

#[test]
fn ages_are_told_in_the_unit_that_fits() {
    for (seconds, words) in
        [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7_199, "119 min"), (7_200, "2 h"), (200_000, "2 days")]
    {
        assert_eq!(in_words(Duration::from_secs(seconds)), words);
    }
}
