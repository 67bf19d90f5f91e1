use super::*;

#[test]
fn each_row_changes_in_the_order_of_versions_and_to_something_else() {
    for row in ROWS {
        let mut last = (Version::OLDEST, row.first);
        for (version, value) in row.changes {
            assert!(*version > last.0 && *value != last.1, "{}: {version}", row.name);
            last = (*version, value);
        }
    }
}

#[test]
fn a_column_holds_what_the_version_before_the_threshold_does_not() {
    let at = |major, minor, patch| Release::at(Version::new(major, minor, patch));
    assert_eq!(at(6, 5, 0).email_codes, EmailCodeForm::List);
    assert_eq!(at(6, 5, 1).email_codes, EmailCodeForm::Object);
    assert_eq!(at(7, 9, 9).second_factor, SecondFactorRule::Always);
    assert_eq!(at(7, 10, 0).second_factor, SecondFactorRule::WhenProtecting);
    assert_eq!(at(8, 5, 9).body_types, BodyTypes::Strict);
    assert_eq!((at(8, 2, 9).body_types, at(8, 6, 0).body_types), (BodyTypes::Coerced, BodyTypes::Coerced));
    assert_eq!(at(12, 0, 0), Release { version: Version::new(12, 0, 0), ..at(9, 1, 0) });
}
