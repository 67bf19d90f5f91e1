//! One setting: its type, its default in each release, and its document.

use mongodb::bson::{Array, Bson, DateTime, Document, doc};

use super::Release;
use super::credentials::meteor_id;

/// Settings that stand together in the administration, with the name of their place in each release.
pub(super) struct Section {
    pub group: Option<&'static str>,
    pub six: Option<&'static str>,
    pub eight: Option<&'static str>,
    pub settings: &'static [Setting],
}

/// One setting with its default.
#[derive(Clone, Copy)]
pub(super) struct Setting {
    id: &'static str,
    default: Kind,
    /// Where release 6 had another.
    in_six: Option<Kind>,
    public: bool,
    hidden: bool,
    secret: bool,
}

/// The setting type together with the default value.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Boolean(bool),
    Int(i32),
    Timespan(i32),
    Text(&'static str),
    /// A generated text, different for each setting that has one.
    RandomId,
    Code(&'static str),
    Password(&'static str),
    Language(&'static str),
    Select(&'static str, &'static [&'static str]),
}

impl Setting {
    pub(super) const fn new(id: &'static str, default: Kind) -> Self {
        Self { id, default, in_six: None, public: false, hidden: false, secret: false }
    }

    /// Readable for clients that are not signed in.
    pub(super) const fn public(self) -> Self {
        Self { public: true, ..self }
    }

    pub(super) const fn hidden(self) -> Self {
        Self { hidden: true, ..self }
    }

    pub(super) const fn secret(self) -> Self {
        Self { secret: true, ..self }
    }

    /// What release 6 had instead.
    pub(super) const fn six(self, default: Kind) -> Self {
        Self { in_six: Some(default), ..self }
    }

    fn of(&self, release: Release) -> Kind {
        self.in_six.filter(|_| release == Release::Six).unwrap_or(self.default)
    }

    pub(super) fn document(&self, section: &Section, release: Release, now: DateTime) -> Document {
        let kind = self.of(release);
        let value = kind.value(self.id);
        let mut document = doc! {
            "_id": self.id,
            "type": kind.name(),
            "packageValue": value.clone(),
            "value": value,
            "valueSource": "packageValue",
            "public": self.public,
            "hidden": self.hidden,
            "blocked": false,
            "secret": self.secret,
            "enterprise": false,
            "autocomplete": true,
            "env": false,
            "sorter": 0,
            "i18nLabel": self.id,
            "i18nDescription": format!("{}_Description", self.id),
        };
        let place = match release {
            Release::Six => section.six,
            Release::Eight => section.eight,
        };
        document.extend(section.group.map(|group| ("group".to_owned(), group.into())));
        document.extend(place.map(|place| ("section".to_owned(), place.into())));
        if let Kind::Select(_, values) = kind {
            let values: Array =
                values.iter().map(|key| doc! { "key": key, "i18nLabel": key }.into()).collect();
            document.insert("values", values);
        }
        for date in ["ts", "createdAt", "_updatedAt"] {
            document.insert(date, now);
        }
        document
    }
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Boolean(_) => "boolean",
            Self::Int(_) => "int",
            Self::Timespan(_) => "timespan",
            Self::Text(_) | Self::RandomId => "string",
            Self::Code(_) => "code",
            Self::Password(_) => "password",
            Self::Language(_) => "language",
            Self::Select(..) => "select",
        }
    }

    fn value(self, id: &str) -> Bson {
        match self {
            Self::Boolean(value) => value.into(),
            Self::Int(value) | Self::Timespan(value) => value.into(),
            Self::RandomId => meteor_id(id).into(),
            Self::Text(value) | Self::Code(value) | Self::Password(value) | Self::Language(value) => {
                value.into()
            }
            Self::Select(value, _) => value.into(),
        }
    }
}
