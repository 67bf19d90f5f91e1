//! `decodeURI`.

/// `decodeURI`: `None` where the original throws a URIError.
///
/// Escapes of the reserved characters `;/?:@&=+$,#` stay as they are.
#[must_use]
pub fn decode_uri(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'%' {
            decoded.push(bytes[at]);
            at += 1;
            continue;
        }
        let first = escaped_byte(bytes, at)?;
        if first.is_ascii() {
            if b";/?:@&=+$,#".contains(&first) {
                decoded.extend_from_slice(&bytes[at..at + 3]);
            } else {
                decoded.push(first);
            }
            at += 3;
            continue;
        }
        let mut sequence = vec![first];
        for n in 1..utf8_length(first)? {
            sequence.push(escaped_byte(bytes, at + 3 * n)?);
        }
        decoded.extend_from_slice(std::str::from_utf8(&sequence).ok()?.as_bytes());
        at += 3 * sequence.len();
    }
    String::from_utf8(decoded).ok()
}

fn escaped_byte(bytes: &[u8], at: usize) -> Option<u8> {
    let escape = bytes.get(at..at + 3)?;
    if escape[0] != b'%' {
        return None;
    }
    let digit = |byte: u8| (byte as char).to_digit(16);
    u8::try_from(digit(escape[1])? * 16 + digit(escape[2])?).ok()
}

fn utf8_length(first: u8) -> Option<usize> {
    match first {
        0xC2..=0xDF => Some(2),
        0xE0..=0xEF => Some(3),
        0xF0..=0xF4 => Some(4),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ecmascript::node;
    use proptest::prelude::*;
    use serde_json::Value;

    #[test]
    fn reserved_escapes_stay_and_broken_ones_are_refused_as_by_node() {
        let texts = [
            "a%20b%3C",
            "%2F%2f%23",
            "%E2%82%AC",
            "100%",
            "%4",
            "%zz",
            "%80",
            "%C3",
            "%C3x",
            "%C3%28",
            "%E0%80%80",
            "%ED%A0%80",
            "%+1",
            "%F4%90%80%80",
            "%F0%9F%98%80",
            "%EF%BB%BF",
            "%00",
            "%5C",
            "%c0%af",
            "é%C3%A9",
            "%25",
            "%%",
        ]
        .map(Value::from);
        let decode = "(text) => { try { return decodeURI(text) } catch { return null } }";
        for (text, expected) in texts.iter().zip(node::evaluate(decode, &texts)) {
            assert_eq!(text.as_str().and_then(decode_uri).as_deref(), expected.as_str(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_text_without_percent_decodes_to_itself(text in "[^%]*") {
            prop_assert_eq!(decode_uri(&text), Some(text));
        }

        #[test]
        fn what_was_percent_encoded_is_decoded(text in "[^%;/?:@&=+$,#]*") {
            let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
            prop_assert_eq!(decode_uri(&encoded), Some(text));
        }

        #[test]
        fn any_text_is_decoded_or_refused_without_a_panic(text in any::<String>()) {
            let _ = decode_uri(&text);
        }
    }
}
