//! The document itself: put together from its parts, valid, and true to itself.

#![expect(
    clippy::disallowed_methods,
    reason = "a test: it reads and writes files, and the developer's environment"
)]

use contract::{Contract, Operation, Schemas, committed, put_together, resolve, root, schemas_of};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;

/// The official schema of OpenAPI 3.1, of 2022-10-07.
const META: &str = include_str!("../schema/openapi-3.1.json");

#[test]
fn the_committed_document_is_what_its_parts_make() {
    let file = root().join("docs/openapi.json");
    let made = serde_json::to_string_pretty(&put_together()).expect("JSON") + "\n";
    if std::env::var_os("RC_UPDATE_OPENAPI").is_some() {
        fs::write(&file, &made).expect("written");
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    assert!(kept == made, "docs/openapi.json is stale: RC_UPDATE_OPENAPI=1 writes it anew");
}

#[test]
fn it_is_openapi_3_1() {
    let meta: Value = serde_json::from_str(META).expect("JSON");
    let schemas = Schemas::of(meta, &[String::new()]).expect("the official schema");
    schemas.validate("", &put_together()).unwrap_or_else(|error| panic!("{error}"));
    let mut broken = put_together();
    broken["paths"]["/health"]["get"]["responses"]["200"] = Value::from("yes");
    schemas.validate("", &broken).expect_err("no response");
}

#[test]
fn every_schema_is_one_and_every_example_is_as_its_schema_says() {
    let document = put_together();
    let pointers = schemas_of(&document);
    let schemas = Schemas::of(document.clone(), &pointers).unwrap_or_else(|error| panic!("{error}"));
    let mut examples = 0;
    for pointer in &pointers {
        let Some(content) = pointer.strip_suffix("/schema") else { continue };
        let content = document.pointer(content).expect("a place");
        for (name, example) in content["examples"].as_object().into_iter().flatten() {
            let checked = schemas.validate(pointer, &example["value"]);
            checked.unwrap_or_else(|error| panic!("{pointer}: the example {name}: {error}"));
            examples += 1;
        }
    }
    assert!(examples > 20, "{examples}");
}

#[test]
fn every_reference_leads_somewhere_and_nothing_is_left_over() {
    let document = put_together();
    let mut named = BTreeSet::new();
    references(&document, &mut named);
    for reference in &named {
        let pointer = reference.strip_prefix('#').expect("a place in this document");
        assert!(resolve(&document, pointer).is_some(), "{reference} leads nowhere");
    }
    for (kind, members) in document["components"].as_object().expect("components") {
        for (name, _) in members.as_object().expect("members") {
            let is_used = named.contains(&format!("#/components/{kind}/{name}"));
            assert!(is_used || kind == "securitySchemes", "nothing uses {kind}/{name}");
        }
    }
}

fn references(value: &Value, named: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            named.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| references(member, named));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, named)),
        _ => {}
    }
}

#[test]
fn operations_have_names_of_their_own_tags_that_are_there_and_the_parameters_of_their_paths() {
    let document = put_together();
    let tags: BTreeSet<&str> =
        document["tags"].as_array().expect("tags").iter().filter_map(|tag| tag["name"].as_str()).collect();
    let (mut ids, mut used) = (BTreeSet::new(), BTreeSet::new());
    for Operation { method, path, pointer, value, .. } in Operation::all(&document) {
        let case = format!("{method} {path}");
        let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
        assert!(!text("summary").is_empty() && ids.insert(text("operationId")), "{case}");
        for tag in value["tags"].as_array().expect("tags") {
            let tag = tag.as_str().expect("a tag");
            assert!(tags.contains(tag), "{case}: {tag}");
            used.insert(tag.to_owned());
        }
        for (scheme, _) in
            value["security"].as_array().into_iter().flatten().filter_map(Value::as_object).flatten()
        {
            assert!(document["components"]["securitySchemes"].get(scheme).is_some(), "{case}: {scheme}");
        }
        let count = value["parameters"].as_array().map_or(0, Vec::len);
        let given =
            (0..count).map(|at| resolve(&document, &format!("{pointer}/parameters/{at}")).expect("one").1);
        let given: BTreeSet<&str> =
            given.filter(|given| given["in"] == "path").filter_map(|given| given["name"].as_str()).collect();
        let wanted: BTreeSet<&str> =
            path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        assert_eq!(given, wanted, "{case}");
    }
    assert_eq!(used.len(), tags.len(), "a tag is used by nothing");
}

#[test]
fn it_has_the_version_of_the_program() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("a manifest");
    let version = committed()["info"]["version"].as_str().expect("a version").to_owned();
    assert!(manifest.contains(&format!("version = \"{version}\"\n")), "{version}");
}

#[test]
fn all_of_it_can_be_held_against_answers() {
    assert!(Contract::committed().operations().len() > 30);
}
