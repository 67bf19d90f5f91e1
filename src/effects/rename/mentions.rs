//! The text of a message that mentions a renamed user. Differs on purpose from the original, which takes the old name for
//! an unescaped pattern and also hits longer names (`docs/behaviour/side-effects.md` 2.2 A6).

/// Characters that may stand in a username, but at its end are taken for the end of a sentence or of emphasis.
const TRAILING: [char; 3] = ['.', '-', '_'];

/// The text with every mention of `old`, in any letter case, turned into one of `new`. `None` if there is none.
///
/// `mentioned`: the usernames of everyone whom the message mentions; one that only begins with `old` is left alone.
#[must_use]
pub fn rewrite(text: &str, old: &str, new: &str, mentioned: &[String]) -> Option<String> {
    let mut rewritten = String::new();
    let mut copied = 0;
    for (at, _) in text.match_indices('@') {
        if !may_begin(&text[..at]) {
            continue;
        }
        let rest = &text[at + 1..];
        let Some(end) = mention_end(rest, old) else { continue };
        if mentioned.iter().filter_map(|name| mention_end(rest, name)).any(|longer| longer > end) {
            continue;
        }
        rewritten.push_str(&text[copied..=at]);
        rewritten.push_str(new);
        copied = at + 1 + end;
    }
    (copied > 0).then(|| rewritten + &text[copied..])
}

/// Whether a mention can begin here: not in the middle of a word, an address or a path.
fn may_begin(before: &str) -> bool {
    before.chars().next_back().is_none_or(|last| !last.is_alphanumeric() && last != '/')
}

/// The length of the username with which the text begins.
fn mention_end(text: &str, name: &str) -> Option<usize> {
    let mut rest = text.chars();
    for wanted in name.chars() {
        if !rest.next()?.to_lowercase().eq(wanted.to_lowercase()) {
            return None;
        }
    }
    let rest = rest.as_str();
    let mut after = rest.trim_start_matches(TRAILING);
    // `@name:server` and `@name@server` are users of other servers.
    after = after.strip_prefix([':', '@']).unwrap_or(after);
    after.chars().next().is_none_or(|next| !next.is_alphanumeric()).then_some(text.len() - rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn renamed(text: &str) -> String {
        rewrite(text, "a.b", "New", &["a.b".to_owned(), "a.b.c".to_owned()])
            .unwrap_or_else(|| text.to_owned())
    }

    #[test]
    fn only_the_exact_mention_is_rewritten() {
        for (text, expected) in [
            ("@a.b", "@New"),
            ("hi @A.B, and (@a.b)", "hi @New, and (@New)"),
            ("@a.b. @a.b- _@a.b_ *@a.b* @a.b: @a.b's", "@New. @New- _@New_ *@New* @New: @New's"),
            ("@a.b@a.b", "@a.b@a.b"),
            ("@axb @a.bc @a.b.c @a.b-c @a.b_c @a.bü", "@axb @a.bc @a.b.c @a.b-c @a.b_c @a.bü"),
            ("@a.b:example.org @a.b@example.org", "@a.b:example.org @a.b@example.org"),
            ("mail@a.b https://x.example/@a.b a.b", "mail@a.b https://x.example/@a.b a.b"),
            ("@ @@a.b @", "@ @@New @"),
            ("", ""),
        ] {
            assert_eq!(renamed(text), expected, "{text}");
        }
    }

    #[test]
    fn a_longer_name_that_is_mentioned_too_is_left_alone() {
        let both = ["bob".to_owned(), "bob.".to_owned()];
        assert_eq!(rewrite("@bob. @bob", "bob", "x", &both).as_deref(), Some("@bob. @x"));
        assert_eq!(rewrite("@bob. @bob", "bob", "x", &both[..1]).as_deref(), Some("@x. @x"));
    }

    #[test]
    fn the_new_name_is_taken_as_it_is() {
        assert_eq!(rewrite("@bob", "bob", "$&$1", &[]).as_deref(), Some("@$&$1"));
    }

    proptest! {
        #[test]
        fn what_does_not_mention_the_name_stays(text in "[^@]*") {
            prop_assert_eq!(rewrite(&text, "bob", "x", &[]), None);
        }

        #[test]
        fn words_around_a_mention_stay(before in "[^@]*", after in "[^@]*") {
            let text = format!("{before} @bob {after}");
            prop_assert_eq!(rewrite(&text, "bob", "new.name", &[]), Some(format!("{before} @new.name {after}")));
        }
    }
}
