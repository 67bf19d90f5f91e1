use super::lists::Of;
use super::*;

#[test]
fn an_ordinary_list_is_in_order_and_one_that_matches_less_than_it_seems_is_not() {
    for (list, of) in [
        ("", Of::Domains),
        ("example.com, example.org,", Of::Domains),
        ("boss,root ", Of::Names),
        (r"john\.doe", Of::Names),
        ("admin,administrator,system,user", Of::NamesAsWritten),
        ("*", Of::Origins),
        ("https://a.example, http://b.example:3000", Of::Origins),
        ("127.0.0.1, ::1", Of::Addresses),
    ] {
        assert_eq!(lists::doubts(list, of), [], "{list:?} {of:?}");
    }
    for (list, of, part) in [
        (",", Of::Domains, "nothing but commas"),
        (" , ", Of::Domains, "no domain is"),
        ("example.com\nexample.org", Of::Domains, "match nothing"),
        ("a.example;b.example", Of::Domains, "match nothing"),
        ("@example.com", Of::Domains, "match nothing"),
        ("Example.com,b.example c.example", Of::Domains, "and 1 others"),
        ("john.doe", Of::Names, "does not block \"john.doe\""),
        ("admin, system", Of::NamesAsWritten, "\" system\""),
        ("https://a.example/", Of::Origins, "match nothing"),
        ("10.0.0.0/8", Of::Addresses, "match nothing"),
    ] {
        let doubts = lists::doubts(list, of);
        assert!(doubts.len() == 1 && doubts[0].0.contains(part), "{list:?}: {doubts:?}");
    }
}

#[test]
fn fields_that_are_not_what_they_seem_are_named() {
    let doubts = |setting: &str| doubts_of_fields(&Definition::parse(setting));
    assert_eq!(doubts(""), []);
    assert_eq!(
        doubts(r#"{"a": {"type": "select", "options": ["x"], "maxLength": "5", "minLength": ""}}"#),
        []
    );
    for (setting, part) in [
        ("{", "no JSON"),
        ("null", "is null"),
        (r#"{"a": null}"#, "\"a\" as null"),
        (r#"{"a": {"type": "select", "options": "x, y"}}"#, "in one text"),
        (r#"{"a": {"type": "select"}}"#, "without a list"),
        (r#"{"a": {"maxLength": "five"}}"#, "a maxLength that is no number"),
    ] {
        let doubts = doubts(setting);
        assert!(doubts.len() == 1 && doubts[0].0.contains(part), "{setting}: {doubts:?}");
    }
}
