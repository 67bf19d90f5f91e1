//! A name in the letters of a username, as the library `limax` of the original makes it. Source:
//! `docs/behaviour/own-account.md` section 4.2.

use deunicode::deunicode_char;
use pinyin::ToPinyin;

/// Lower case, words separated by a dot; what is left are letters, digits, `-`, `_` and `.`.
pub fn slug(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len());
    let characters: Vec<char> = text.chars().collect();
    for (at, c) in characters.iter().enumerate() {
        let is_letter = |at: Option<usize>| {
            at.and_then(|at| characters.get(at)).is_some_and(|c| c.is_ascii_alphanumeric() || *c == '_')
        };
        // An apostrophe within a word is nothing.
        if ['\'', '\u{2019}'].contains(c) && is_letter(at.checked_sub(1)) && is_letter(Some(at + 1)) {
            continue;
        }
        push(&mut spaced, *c);
    }
    let lower = spaced.to_ascii_lowercase();
    let words = lower.split(|c: char| c == '.' || c.is_whitespace()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(".")
}

fn push(spaced: &mut String, c: char) {
    match c {
        'Ä' | 'ä' => spaced.push_str("ae"),
        'Ö' | 'ö' => spaced.push_str("oe"),
        'Ü' | 'ü' => spaced.push_str("ue"),
        '&' => spaced.push_str(" and "),
        '|' => spaced.push_str(" or "),
        '<' => spaced.push_str(" less "),
        '>' => spaced.push_str(" greater "),
        c if c.is_ascii_alphanumeric() || "-_".contains(c) => spaced.push(c),
        c if c.is_ascii() || c.is_whitespace() => spaced.push(' '),
        c => match (c.to_pinyin(), deunicode_char(c)) {
            (Some(syllable), _) => {
                spaced.push(' ');
                spaced.push_str(syllable.with_tone_num_end());
                spaced.push(' ');
            }
            (None, Some(ascii)) => {
                spaced.extend(ascii.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' }));
            }
            (None, None) => spaced.push(' '),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_all_scripts_become_letters() {
        for (name, expected) in [
            ("Zoë Müller-Straße", "zoe.mueller-strasse"),
            ("中文 名字", "zhong1.wen2.ming2.zi4"),
            ("Plain User", "plain.user"),
            ("O'Brien & Sons", "obrien.and.sons"),
            ("  a__b  ", "a__b"),
            ("Ёлка", "iolka"),
            ("...", ""),
        ] {
            assert_eq!(slug(name), expected, "{name}");
        }
    }
}
