//! `JSON.parse`: also numbers beyond the range of a double, and halves of surrogate pairs.

use super::Value;

/// How deep a text may be nested: more than a document of MongoDB can be.
const LEVELS: usize = 128;

/// `None` where the original throws a SyntaxError, or what is nested too deep. Half of a surrogate pair becomes U+FFFD,
/// which is what reaches the database.
#[must_use]
pub fn parse_json(text: &str) -> Option<Value> {
    let mut reader = Reader { rest: text, levels: 0 };
    let value = reader.value()?;
    reader.rest.is_empty().then_some(value)
}

struct Reader<'a> {
    rest: &'a str,
    levels: usize,
}

impl Reader<'_> {
    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn takes(&mut self, token: &str) -> bool {
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// A value with the blanks around it.
    fn value(&mut self) -> Option<Value> {
        self.skip_blanks();
        let value = match self.rest.as_bytes().first()? {
            b'"' => Value::Text(self.text()?),
            b'{' => self.nested(Reader::object)?,
            b'[' => self.nested(Reader::list)?,
            b'-' | b'0'..=b'9' => Value::Number(self.number()?),
            _ if self.takes("true") => Value::Boolean(true),
            _ if self.takes("false") => Value::Boolean(false),
            _ if self.takes("null") => Value::Null,
            _ => return None,
        };
        self.skip_blanks();
        Some(value)
    }

    fn nested(&mut self, read: fn(&mut Self) -> Option<Value>) -> Option<Value> {
        self.levels += 1;
        let value = if self.levels > LEVELS { None } else { read(self) };
        self.levels -= 1;
        value
    }

    fn list(&mut self) -> Option<Value> {
        self.items(["[", "]"], Reader::value).map(Value::List)
    }

    fn object(&mut self) -> Option<Value> {
        let member = |reader: &mut Self| {
            reader.skip_blanks();
            let key = reader.text()?;
            reader.skip_blanks();
            if reader.takes(":") { Some((key, reader.value()?)) } else { None }
        };
        self.items(["{", "}"], member).map(Value::object)
    }

    /// What stands between the brackets, with commas between.
    fn items<T>(
        &mut self,
        [open, close]: [&str; 2],
        read: impl Fn(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let mut items = Vec::new();
        self.takes(open);
        self.skip_blanks();
        if self.takes(close) {
            return Some(items);
        }
        loop {
            items.push(read(self)?);
            if self.takes(close) {
                return Some(items);
            }
            if !self.takes(",") {
                return None;
            }
        }
    }

    fn number(&mut self) -> Option<f64> {
        let bytes = self.rest.as_bytes();
        let digits = |at: usize| bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let begin = usize::from(bytes.first() == Some(&b'-'));
        let whole = digits(begin);
        if whole == 0 || (whole > 1 && bytes[begin] == b'0') {
            return None;
        }
        let mut end = begin + whole;
        if bytes.get(end) == Some(&b'.') {
            let fraction = digits(end + 1);
            end += 1 + fraction;
            if fraction == 0 {
                return None;
            }
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(end + 1), Some(b'-' | b'+')));
            let exponent = digits(end + 1 + sign);
            end += 1 + sign + exponent;
            if exponent == 0 {
                return None;
            }
        }
        let (number, rest) = self.rest.split_at(end);
        self.rest = rest;
        number.parse().ok()
    }

    fn text(&mut self) -> Option<String> {
        if !self.takes("\"") {
            return None;
        }
        let mut text = String::new();
        loop {
            let end = self.rest.find(|c: char| c == '"' || c == '\\' || c < ' ')?;
            text.push_str(&self.rest[..end]);
            self.rest = &self.rest[end..];
            if self.takes("\"") {
                return Some(text);
            }
            if !self.takes("\\") {
                return None;
            }
            text.push(self.escaped()?);
        }
    }

    /// Behind the backslash.
    fn escaped(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(match c {
            '"' | '\\' | '/' => c,
            'b' => '\u{8}',
            'f' => '\u{C}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let first = self.unit()?;
                let rest = self.rest;
                if (0xD800..0xDC00).contains(&first) && self.takes("\\u") {
                    let second = self.unit()?;
                    if let Some(Ok(c)) = char::decode_utf16([first, second]).next() {
                        return Some(c);
                    }
                    self.rest = rest;
                }
                char::from_u32(first.into()).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => return None,
        })
    }

    /// The four digits of a UTF-16 unit.
    fn unit(&mut self) -> Option<u16> {
        let digits =
            self.rest.get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        self.rest = &self.rest[4..];
        u16::from_str_radix(digits, 16).ok()
    }
}

#[cfg(test)]
mod tests;
