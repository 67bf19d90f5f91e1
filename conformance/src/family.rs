//! One row for each of many cases that say the same of different values.
//!
//! A table of a case file with `each` (a list of rows) or `across` (a list of lists of rows, each with each) stands for
//! one case per row; `%name%` in any text of it is that row's value.

use anyhow::Context;
use toml::{Table, Value};

/// The cases that the table stands for: itself, if it has no rows.
///
/// # Errors
/// Rows that are no tables.
pub fn expand(mut table: Table) -> anyhow::Result<Vec<Table>> {
    let each = table.remove("each").map(|rows| vec![rows]);
    let across = table.remove("across").map(|lists| lists.as_array().cloned().context("across: no list"));
    let mut rows = vec![Table::new()];
    for list in each.into_iter().chain(across.transpose()?).flatten() {
        let list = list.as_array().cloned().context("each: no list of rows")?;
        let mut longer = Vec::new();
        for row in &rows {
            for next in &list {
                let mut row = row.clone();
                row.extend(next.as_table().context("each: a row is no table")?.clone());
                longer.push(row);
            }
        }
        rows = longer;
    }
    Ok(rows.iter().map(|row| filled(&table, row)).collect())
}

/// The table with each `%name%` replaced by the row's value.
pub fn filled(table: &Table, row: &Table) -> Table {
    table.iter().map(|(key, value)| (fill_text(key, row), fill(value, row))).collect()
}

fn fill_text(text: &str, row: &Table) -> String {
    row.iter()
        .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("%{name}%"), &as_text(value)))
}

fn fill(value: &Value, row: &Table) -> Value {
    match value {
        Value::String(text) => Value::String(fill_text(text, row)),
        Value::Array(items) => Value::Array(items.iter().map(|item| fill(item, row)).collect()),
        Value::Table(table) => Value::Table(filled(table, row)),
        other => other.clone(),
    }
}

fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_crossed_and_texts_filled() {
        let text = "id = '%a%-%b%'\nstep = [{send = '%3C %b%'}]\nacross = [[{a = 1}, {a = 2}], [{b = 'x'}]]";
        let cases = expand(text.parse().unwrap()).unwrap();
        let ids: Vec<_> = cases.iter().map(|case| case["id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["1-x", "2-x"]);
        assert_eq!(cases[0]["step"][0]["send"].as_str(), Some("%3C x"));
        assert_eq!(expand("id = 'one'".parse().unwrap()).unwrap().len(), 1);
    }
}
