//! The three rules by which a text of the settings becomes the text of a mail. Source: `docs/behaviour/email.md` section 3.
//!
//! Values are inserted literally: JavaScript's `$` patterns, which the original interprets in them, mean nothing here.

use super::texts;

/// What every text may contain.
#[derive(Debug, Clone, Copy)]
pub struct Template<'a> {
    pub site_name: &'a str,
    pub site_url: &'a str,
    /// Into which `{Key}` is translated.
    pub language: &'a str,
}

/// A key and what stands in for `[key]` and `__key__`, in any letter case.
pub type Value<'a> = (&'a str, &'a str);

impl Template<'_> {
    /// Translations first, then the site's values, then `data`. A later value is also looked for in the earlier ones,
    /// so what a user chose belongs at the end.
    #[must_use]
    pub fn replace(&self, text: &str, data: &[Value<'_>]) -> String {
        self.fill(text, self.site_name, data)
    }

    /// [`replace`](Self::replace) for HTML: every value is escaped, except the site's address.
    #[must_use]
    pub fn replace_escaped(&self, text: &str, data: &[Value<'_>]) -> String {
        let escaped: Vec<(&str, String)> = data.iter().map(|(key, value)| (*key, escape(value))).collect();
        let data: Vec<Value<'_>> = escaped.iter().map(|(key, value)| (*key, value.as_str())).collect();
        self.fill(text, &escape(self.site_name), &data)
    }

    fn fill(&self, text: &str, site_name: &str, data: &[Value<'_>]) -> String {
        let slash = format!("{}/", self.site_url.trim_end_matches('/'));
        let site =
            [("Site_Name", site_name), ("Site_URL", self.site_url), ("Site_URL_Slash", slash.as_str())];
        let translated = translate(text, self.language);
        site.iter().chain(data).fold(translated, |text, (key, value)| insert(&text, key, value))
    }
}

/// Every occurrence of `[key]` and `__key__`, in any letter case, replaced by the value.
#[must_use]
pub fn insert(text: &str, key: &str, value: &str) -> String {
    let forms = [format!("[{key}]"), format!("__{key}__")];
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, length)) = forms.iter().filter_map(|form| find(rest, form)).min() {
        filled.push_str(&rest[..at]);
        filled.push_str(value);
        rest = &rest[at + length..];
    }
    filled.push_str(rest);
    filled
}

/// Where an ASCII text occurs first, in any letter case, and its length.
fn find(text: &str, form: &str) -> Option<(usize, usize)> {
    let same = |window: &[u8]| window.eq_ignore_ascii_case(form.as_bytes());
    text.as_bytes().windows(form.len()).position(same).map(|at| (at, form.len()))
}

/// `{ Key whatever else }` becomes the translation of the key.
fn translate(text: &str, language: &str) -> String {
    let mut translated = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (before, inside) = rest.split_at(open);
        translated.push_str(before);
        let end = inside[1..].find(['{', '}']).map(|end| end + 1);
        let key = end.filter(|end| inside.as_bytes()[*end] == b'}').and_then(|end| {
            let key = inside[1..end].trim_start_matches(' ').split(' ').next();
            key.filter(|key| !key.is_empty()).map(|key| (key, end + 1))
        });
        let (replaced, length) =
            key.map_or(("{", 1), |(key, length)| (texts::translate(language, key), length));
        translated.push_str(replaced);
        rest = &inside[length..];
    }
    translated.push_str(rest);
    translated
}

/// Escapes the characters that have a meaning in HTML.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// HTML without its tags. The end of a block becomes the end of a line, where the original runs the blocks together.
#[must_use]
pub fn strip_tags(html: &str) -> String {
    const BLOCKS: [&str; 8] = ["</p", "</h1", "</h2", "</h3", "</div", "</li", "</tr", "<br"];
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        text.push_str(&rest[..open]);
        let tag = &rest[open..];
        let Some(close) = tag.find('>').filter(|close| *close > 1) else {
            text.push('<');
            rest = &tag[1..];
            continue;
        };
        let name = tag[..close].trim_end_matches('/').trim_end().to_ascii_lowercase();
        if BLOCKS.contains(&name.as_str()) {
            text.push('\n');
        }
        rest = &tag[close + 1..];
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ACME: Template<'static> =
        Template { site_name: "Acme & Co", site_url: "https://chat.example/team", language: "en" };

    #[test]
    fn keys_in_braces_are_translated_and_unknown_ones_stand_for_themselves() {
        for (text, expected) in [
            ("{Hi},", "Hi,"),
            ("{ Hi }", "Hi"),
            ("{Login now please}", "Login"),
            ("{No_such_key whatever}", "No_such_key"),
            ("{}", "{}"),
            ("{ }", "{ }"),
            ("{Hi", "{Hi"),
            ("{Hi{Login}", "{HiLogin"),
            ("a } b {Hi} c", "a } b Hi c"),
        ] {
            assert_eq!(ACME.replace(text, &[]), expected, "{text}");
        }
        let german = Template { language: "de", ..ACME };
        assert_eq!(german.replace("{Hi} {No_such_key}", &[]), "Hallo No_such_key");
    }

    #[test]
    fn placeholders_have_two_spellings_and_any_letter_case() {
        let text = "[Site_Name] __site_name__ [SITE_URL] [Site_Url_Slash]x [Code] __CODE__ [other]";
        let expected =
            "Acme & Co Acme & Co https://chat.example/team https://chat.example/team/x 1 1 [other]";
        assert_eq!(ACME.replace(text, &[("code", "1")]), expected);
        let slash = Template { site_url: "https://chat.example/", ..ACME };
        assert_eq!(slash.replace("[Site_URL_Slash]", &[]), "https://chat.example/");
    }

    #[test]
    fn values_are_inserted_as_they_are_and_later_ones_see_earlier_ones() {
        assert_eq!(ACME.replace("[a]", &[("a", "$& $1 {Hi} [Site_Name]")]), "$& $1 {Hi} [Site_Name]");
        assert_eq!(ACME.replace("[a]", &[("a", "[b]"), ("b", "x")]), "x");
    }

    #[test]
    fn html_values_are_escaped_except_the_sites_address() {
        let site = Template { site_url: "https://x/?a&b", ..ACME };
        let html = site.replace_escaped("[Site_Name] [Site_Url] [v]", &[("v", "<b>\"'&")]);
        assert_eq!(html, "Acme &amp; Co https://x/?a&b &lt;b&gt;&quot;&#39;&amp;");
    }

    #[test]
    fn tags_are_taken_out() {
        assert_eq!(strip_tags("<h2>Hi,</h2><p>a <b>c</b></p><a href=\"x\">d</a>"), "Hi,\na c\nd");
        // As in the original, whatever stands between angle brackets counts as a tag.
        assert_eq!(strip_tags("1 < 2 > 3<br/>4 <> 5 <"), "1  3\n4 <> 5 <");
    }

    proptest! {
        #[test]
        fn nothing_panics_and_an_escaped_value_opens_no_tag(text in "[\\[\\]{}_a-cé<>/ ]{0,60}", value in "(?s).{0,40}") {
            let _ = ACME.replace(&text, &[("a", &value)]);
            let _ = strip_tags(&text);
            let html = ACME.replace_escaped("[v]", &[("v", &value)]);
            prop_assert!(!html.contains(['<', '>', '"', '\'']));
        }

        #[test]
        fn a_last_value_is_never_read_again(value in "[\\[\\]{}_a-zA-Z ]{0,40}") {
            prop_assert_eq!(ACME.replace("[v]", &[("v", &value)]), value);
        }
    }
}
