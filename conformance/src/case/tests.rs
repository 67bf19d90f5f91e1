use super::*;
use semver::Version;

/// The folder of the cases as it is now, and what is built in, are the same.
#[test]
fn every_file_of_cases_is_built_in() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let ids = |book: Book| book.cases.into_iter().map(|case| case.id).collect::<Vec<_>>();
    let (built_in, found) = (ids(Book::open(None).unwrap()), ids(Book::open(Some(&folder)).unwrap()));
    assert_eq!(built_in, found);
    assert!(found.len() >= 300, "{}", found.len());
}

/// The shapes that a case names exist at every version at which the case holds.
#[test]
fn every_case_can_be_judged_at_each_of_its_versions() {
    let book = Book::open(None).unwrap();
    for text in ["6.4.0", "6.13.0", "7.7.1", "7.10.0", "8.3.0", "8.6.0", "9.0.0"] {
        let version = Version::parse(text).unwrap();
        for case in book.cases.iter().filter(|case| case.versions.matches(&version)) {
            for answer in case.steps.iter().filter_map(|step| step.answer.as_ref()) {
                let expected =
                    book.shapes.at(&version, answer).unwrap_or_else(|error| panic!("{}: {error}", case.id));
                let texts = [expected.body, expected.text];
                assert!(texts.iter().flatten().all(|text| !text.contains("%text%")), "{}", case.id);
            }
        }
    }
}

/// A source is a file of this project, with a section that it has.
#[test]
fn every_source_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for case in Book::open(None).unwrap().cases {
        let (file, section) = case.source.split_once([' ', ',']).unwrap_or((&case.source, ""));
        let text =
            std::fs::read_to_string(root.join(file)).unwrap_or_else(|_| panic!("{}: no {file}", case.id));
        let mut headings = text.lines().filter(|line| line.starts_with('#'));
        let is_number = section.starts_with(|c: char| c.is_ascii_digit());
        let found = headings.any(|line| {
            line.trim_start_matches('#')
                .split_whitespace()
                .next()
                .is_some_and(|word| word.trim_end_matches('.') == section)
        });
        assert!(found || !is_number, "{}: {file} has no section {section}", case.id);
    }
}
