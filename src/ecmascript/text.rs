//! Texts: white space, length, letter case, lists in one text.

/// `String.prototype.trim`: ECMAScript white space and line terminators.
///
/// Differs from Rust's: U+FEFF is trimmed, U+0085 is not.
#[must_use]
pub fn trim(text: &str) -> &str {
    text.trim_matches(is_white_space)
}

fn is_white_space(c: char) -> bool {
    matches!(
        c,
        '\u{9}'..='\u{D}' | ' ' | '\u{A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}'
            | '\u{2028}' | '\u{2029}' | '\u{202F}' | '\u{205F}' | '\u{3000}' | '\u{FEFF}'
    )
}

/// `String.prototype.length`: UTF-16 code units.
#[must_use]
pub fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// `slice(0, units)`. A surrogate pair cut in half leaves U+FFFD, which is what reaches the database.
#[must_use]
pub fn truncate(text: &str, units: usize) -> String {
    let cut: Vec<u16> = text.encode_utf16().take(units).collect();
    String::from_utf16_lossy(&cut)
}

/// Whether a pattern that is this text matches the other one with the flag `i`: each unit in upper case, unless that is
/// longer than one unit, or ASCII where the unit is not.
#[must_use]
pub fn is_same_ignoring_case(a: &str, b: &str) -> bool {
    a.encode_utf16().map(upper_case).eq(b.encode_utf16().map(upper_case))
}

fn upper_case(unit: u16) -> u16 {
    let Some(c) = char::from_u32(unit.into()) else { return unit };
    let mut upper = c.to_uppercase();
    match (upper.next().and_then(|upper| u16::try_from(u32::from(upper)).ok()), upper.next()) {
        (Some(upper), None) if unit < 128 || upper >= 128 => upper,
        _ => unit,
    }
}

/// `list.split(',').map(trim)`
pub fn split_list(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(trim)
}

/// `list.split(',').filter(Boolean).map(trim)`: what is empty goes, what is only white space becomes empty and stays.
pub fn split_filled_list(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').filter(|item| !item.is_empty()).map(trim)
}

/// `escapeHTML` of `@rocket.chat/string-helpers` 0.32.
#[must_use]
pub fn escape_html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        let name = match c {
            '¢' => "cent",
            '£' => "pound",
            '¥' => "yen",
            '€' => "euro",
            '©' => "copy",
            '®' => "reg",
            '™' => "trade",
            '<' => "lt",
            '>' => "gt",
            '"' => "quot",
            '&' => "amp",
            '\'' => "#39",
            _ => {
                escaped.push(c);
                continue;
            }
        };
        escaped.push('&');
        escaped.push_str(name);
        escaped.push(';');
    }
    escaped
}

#[cfg(test)]
mod tests;
