//! Schemas by their place in a document, compiled once.

use boon::{Compiler, SchemaIndex};
use serde_json::Value;
use std::collections::HashMap;

/// Not an address: nothing is fetched.
const DOCUMENT: &str = "contract:///document.json";

/// The schemas of one document.
pub struct Schemas {
    compiled: boon::Schemas,
    indexes: HashMap<String, SchemaIndex>,
}

impl Schemas {
    /// The schemas at these JSON pointers, each held against the schema of schemas.
    ///
    /// # Errors
    /// One of them is broken.
    pub fn of(document: Value, pointers: &[String]) -> Result<Schemas, String> {
        let mut compiler = Compiler::new();
        compiler.enable_format_assertions();
        compiler.enable_content_assertions();
        compiler.add_resource(DOCUMENT, document).map_err(|error| format!("{error:#}"))?;
        let mut schemas = Schemas { compiled: boon::Schemas::new(), indexes: HashMap::new() };
        for pointer in pointers {
            let fragment = pointer.replace('%', "%25").replace('{', "%7B").replace('}', "%7D");
            let index = compiler.compile(&format!("{DOCUMENT}#{fragment}"), &mut schemas.compiled);
            schemas.indexes.insert(pointer.clone(), index.map_err(|error| format!("{pointer}: {error:#}"))?);
        }
        Ok(schemas)
    }

    /// Holds a value against the schema at that pointer.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn validate(&self, pointer: &str, value: &Value) -> Result<(), String> {
        let index = self.indexes.get(pointer).ok_or_else(|| format!("{pointer} is no schema"))?;
        self.compiled.validate(value, *index).map_err(|error| format!("{error:#}"))
    }
}
