use super::*;

fn check_options(arguments: &[&str]) -> Result<Options, clap::error::ErrorKind> {
    let arguments = ["rc-account", "check"].iter().chain(arguments);
    match Arguments::try_parse_from(arguments) {
        Ok(Arguments { command: Some(Command::Check(arguments)) }) => Ok(arguments.into()),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error.kind()),
    }
}

#[test]
fn the_definition_is_sound() {
    Arguments::command().debug_assert();
}

#[test]
fn check_takes_each_option_once() {
    let options = |json, repair, mail_to: Option<&str>| {
        Ok(Options { json, repair, mail_to: mail_to.map(str::to_owned), ..Options::default() })
    };
    assert_eq!(check_options(&[]), options(false, false, None));
    assert_eq!(check_options(&["--json"]), options(true, false, None));
    assert_eq!(check_options(&["--repair", "--json"]), options(true, true, None));
    assert_eq!(check_options(&["--mail-to", "a@b", "--json"]), options(true, false, Some("a@b")));
    assert_eq!(check_options(&["--mail-to=a@b"]), options(false, false, Some("a@b")));
    for arguments in [
        &["json"][..],
        &["--json=1"],
        &["--json", "--json"],
        &["--json", ""],
        &["--mail-to"],
        &["--mail-to=a", "--mail-to", "b"],
        &["--only", "post"],
    ] {
        assert!(check_options(arguments).is_err(), "{arguments:?}");
    }
    let only = check_options(&["--only", "mail,effects", "--only", "clock"]).expect("valid");
    assert_eq!(only.only, ["mail", "effects", "clock"]);
}

#[test]
fn every_command_has_a_manual_page() {
    for command in Arguments::command().get_subcommands() {
        let page = manual(Some(command.get_name())).expect("written").expect("known");
        assert!(String::from_utf8_lossy(&page).contains(".TH"), "{}", command.get_name());
    }
    assert_eq!(manual(Some("nothing")).expect("written"), None);
}
