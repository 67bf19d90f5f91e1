//! What a guard says of a stored value: that it would be read now as it was read then, whatever is stored.
//!
//! These are expressions, not filters. To a filter a list is each of its elements, also a list on the way to the value;
//! `null` is also what is missing, and a number is also one of another type. So a value of a type that nobody expects would
//! never match again what it was read as, and its owner could never change anything.

use bson::{Bson, DateTime, Document, bson, doc};

/// How a stored value was read.
#[derive(Clone, Copy)]
pub enum Stored<'a> {
    /// This text; `None`: an empty one, or anything else than a text.
    Text(Option<&'a str>),
    /// Exactly `true`, or anything else.
    True(bool),
    /// As true, or as false, as JavaScript takes it.
    Truthy(bool),
    /// This date; `None`: anything else than a date.
    Date(Option<DateTime>),
    /// Not there at all.
    Absent,
}

impl<'a> From<Option<&'a str>> for Stored<'a> {
    fn from(text: Option<&'a str>) -> Self {
        Stored::Text(text)
    }
}

impl<'a> From<&'a str> for Stored<'a> {
    fn from(text: &'a str) -> Self {
        Stored::Text(Some(text))
    }
}

impl Stored<'_> {
    /// True where this value, an expression, is still read so.
    pub(super) fn condition(self, value: &Bson) -> Document {
        match self {
            Stored::Text(None | Some("")) => {
                doc! {"$or": [is_not(value, "string"), {"$eq": [value, ""]}]}
            }
            // A symbol is equal to the text.
            Stored::Text(Some(text)) => {
                doc! {"$and": [is(value, "string"), {"$eq": [value, {"$literal": text}]}]}
            }
            Stored::True(true) => doc! {"$eq": [value, true]},
            Stored::True(false) => doc! {"$ne": [value, true]},
            Stored::Truthy(true) => doc! {"$not": [is_falsy(value)]},
            Stored::Truthy(false) => is_falsy(value),
            Stored::Date(Some(date)) => doc! {"$eq": [value, date]},
            Stored::Date(None) => is_not(value, "date"),
            Stored::Absent => is(value, "missing"),
        }
    }
}

/// The value at the path of a user, as an expression. As in `Caller`, what is below anything but a document is missing.
pub(super) fn value_at(path: &str) -> Bson {
    let field = Bson::from(format!("${path}"));
    match path.rsplit_once('.') {
        // Of a list on the way, the expression would make a list of the values in its elements.
        Some((parent, _)) => {
            bson!({"$cond": [is(&format!("${parent}").into(), "object"), field, "$$REMOVE"]})
        }
        None => field,
    }
}

/// The address of the first of a user's e-mail addresses, as `Caller::email` reads it.
pub(super) fn first_address() -> Bson {
    let documents = doc! {"$filter": {
        "input": {"$cond": [{"$isArray": "$emails"}, "$emails", []]},
        "cond": is(&"$$this".into(), "object"),
    }};
    bson!({"$let": {"vars": {"first": {"$first": documents}}, "in": "$$first.address"}})
}

fn is(value: &Bson, kind: &str) -> Document {
    doc! {"$eq": [{"$type": value}, kind]}
}

fn is_not(value: &Bson, kind: &str) -> Document {
    doc! {"$ne": [{"$type": value}, kind]}
}

/// As `Caller` takes it.
fn is_falsy(value: &Bson) -> Document {
    let values: [Bson; 4] = [false.into(), 0.into(), "".into(), f64::NAN.into()];
    doc! {"$or": [
        {"$in": [{"$type": value}, ["missing", "null", "undefined"]]},
        // Their zero and their empty text are equal to others, and are objects to JavaScript.
        {"$and": [
            {"$not": [{"$in": [{"$type": value}, ["decimal", "symbol"]]}]},
            {"$in": [value, values.to_vec()]},
        ]},
    ]}
}
