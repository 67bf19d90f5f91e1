//! What a server answers.

use std::fmt;

/// A reply of one or more lines. `Debug` shows the code alone: servers repeat names and addresses.
pub struct Reply {
    pub code: u16,
    /// Without their codes, the bytes that are not UTF-8 replaced.
    pub lines: Vec<String>,
}

/// One line: the code, whether more lines follow, and the text.
pub(super) struct ReplyLine {
    pub code: u16,
    pub more: bool,
    pub text: String,
}

impl ReplyLine {
    /// `None`: that is not SMTP.
    pub fn parse(line: &[u8]) -> Option<ReplyLine> {
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end_matches(['\r', '\n']);
        let code: u16 = line.get(..3)?.parse().ok().filter(|code| (200..600).contains(code))?;
        let rest = line.get(3..)?;
        match rest.chars().next() {
            None => Some(ReplyLine { code, more: false, text: String::new() }),
            Some('-') => Some(ReplyLine { code, more: true, text: rest[1..].to_owned() }),
            Some(' ' | '\t') => Some(ReplyLine { code, more: false, text: rest[1..].to_owned() }),
            Some(_) => None,
        }
    }
}

impl Reply {
    pub fn is_positive(&self) -> bool {
        self.code / 100 == 2
    }

    /// The text of the last line.
    pub fn text(&self) -> &str {
        self.lines.last().map_or("", String::as_str)
    }

    /// The enhanced status code of RFC 2034, such as `5.7.8`, where the server gives one.
    pub fn enhanced(&self) -> Option<&str> {
        let first = self.lines.first()?.split([' ', '\t']).next()?;
        let mut parts = first.split('.');
        let class = parts.next()?;
        let is_number =
            |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|c| c.is_ascii_digit());
        let is_one = matches!(class, "2" | "4" | "5") && parts.clone().count() == 2 && parts.all(is_number);
        is_one.then_some(first)
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").field("code", &self.code).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_is_read_whether_or_not_it_has_a_text() {
        for (line, code, more, text) in [
            (&b"220 sink ESMTP\r\n"[..], 220, false, "sink ESMTP"),
            (b"250-PIPELINING\r\n", 250, true, "PIPELINING"),
            (b"250\r\n", 250, false, ""),
            (b"250-\n", 250, true, ""),
            (b"250 \xff\r\n", 250, false, "\u{fffd}"),
        ] {
            let read = ReplyLine::parse(line).expect("a line");
            assert_eq!((read.code, read.more, read.text.as_str()), (code, more, text));
        }
        for line in [
            &b""[..],
            b"\r\n",
            b"25",
            b"HTTP/1.1 400 Bad Request\r\n",
            b"999 x",
            b"250x",
            b"\xc3\xa4\xc3\xa4",
        ] {
            assert!(ReplyLine::parse(line).is_none(), "{line:?}");
        }
    }

    #[test]
    fn an_enhanced_code_is_told_from_a_text() {
        let enhanced = |text: &str| {
            let reply = Reply { code: 550, lines: vec![text.to_owned()] };
            reply.enhanced().map(str::to_owned)
        };
        assert_eq!(enhanced("5.7.1 Relay access denied").as_deref(), Some("5.7.1"));
        assert_eq!(enhanced("4.2.2").as_deref(), Some("4.2.2"));
        for text in ["", "no", "192.0.2.1 is listed", "5.7", "5.7.x", "5.7.1.2 x"] {
            assert_eq!(enhanced(text), None, "{text}");
        }
    }

    #[test]
    fn debug_shows_nothing_that_a_server_said() {
        let reply = Reply { code: 535, lines: vec!["hunter2 is wrong".to_owned()] };
        assert!(!format!("{reply:?}").contains("hunter2"));
    }

    proptest! {
        #[test]
        fn no_line_panics(line in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = ReplyLine::parse(&line);
        }
    }
}
