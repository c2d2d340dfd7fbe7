//! The contract. Handlers describe what is their own; what holds for every operation of a kind
//! is added here, once: problems, headers, preconditions, shared components, examples.

mod examples;
mod messages;
mod operation;
mod shared;
mod words;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::cursor::{Cursor, Limit};
use super::problems::{FieldProblem, ProblemDetails};
use super::reply::ValidationResult;
use super::routes;
use crate::platform::db::Instant;
use crate::platform::id::Id;

/// The OpenAPI 3.1 document.
#[must_use]
pub fn document() -> Value {
    let mut schemas = BTreeMap::new();
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    let routes = routes::all();
    for described in routes.iter().flat_map(|routes| (routes.described)()) {
        for (name, schema) in described.schemas {
            schemas.insert(name, to_value(&schema));
        }
        let mut operation = to_value(&described.operation);
        set(&mut operation, "tags", json!(described.tags));
        for method in &described.methods {
            let method = to_value(method);
            paths.entry(described.path.clone()).or_default().insert(
                method.as_str().unwrap_or_default().to_owned(),
                operation.clone(),
            );
        }
    }
    add_schema::<ProblemDetails>(&mut schemas);
    add_schema::<FieldProblem>(&mut schemas);
    add_schema::<ValidationResult>(&mut schemas);
    // Referred to by parameters, which bring no schemas along.
    add_schema::<Id<()>>(&mut schemas);
    add_schema::<Limit>(&mut schemas);
    add_schema::<Cursor>(&mut schemas);
    add_schema::<Instant>(&mut schemas);
    schemas.insert("WebhookPing".to_owned(), messages::ping_schema());
    schemas.values_mut().for_each(lift_descriptions);
    let mut parameters = shared::parameters();
    for (name, parameter) in messages::parameters() {
        parameters.insert(name.to_owned(), parameter);
    }
    for (path, operations) in &mut paths {
        for (method, operation) in operations.iter_mut() {
            operation::complete(path, method, operation, &schemas);
            operation::hoist_parameters(operation, &mut parameters);
        }
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Brobygger",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "The service that patient-support programmes run on.",
            "description": words::INTRODUCTION,
            "contact": {"name": "The Brobygger developers", "url": "https://brobygger.example/contact"},
            "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
            "termsOfService": "https://brobygger.example/terms"
        },
        "servers": [{"url": "/v1", "description": "This service."}],
        "tags": words::TAGS.iter().map(|(name, description)| json!({"name": name, "description": description})).collect::<Vec<_>>(),
        "paths": paths,
        "webhooks": messages::webhooks(),
        "components": {
            "schemas": schemas,
            "parameters": parameters,
            "headers": shared::headers(),
            "responses": shared::responses(),
            "securitySchemes": shared::security_schemes(),
        },
    });
    drop_null_defaults(&mut document);
    examples::fill(&mut document);
    document
}

/// `#[serde(default)]` on a field that may be absent makes utoipa publish `default: null`, which
/// the field's own type does not allow.
fn drop_null_defaults(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|key, value| key != "default" || !value.is_null());
            map.values_mut().for_each(drop_null_defaults);
        }
        Value::Array(list) => list.iter_mut().for_each(drop_null_defaults),
        _ => {}
    }
}

fn add_schema<T: ToSchema>(schemas: &mut BTreeMap<String, Value>) {
    schemas.insert(T::name().into_owned(), to_value(&T::schema()));
}

/// A field that may be null is `oneOf: [T, null]`, and utoipa puts the field's description into
/// the branch of T, where readers do not look: it belongs to the field.
fn lift_descriptions(schema: &mut Value) {
    let lifted = schema
        .get_mut("oneOf")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
        .filter(|branch| branch.contains_key("$ref"))
        .find_map(|branch| branch.remove("description"));
    if let (Some(description), Value::Object(field)) = (lifted, &mut *schema) {
        field.entry("description").or_insert(description);
    }
    match schema {
        Value::Object(map) => map.values_mut().for_each(lift_descriptions),
        Value::Array(list) => list.iter_mut().for_each(lift_descriptions),
        _ => {}
    }
}

fn to_value(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

fn object(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = json!({});
    }
    match value {
        Value::Object(map) => map,
        // Just made sure of.
        _ => unreachable!("not an object"),
    }
}

fn set(value: &mut Value, key: &str, to: Value) {
    object(value).insert(key.to_owned(), to);
}
