//! An example for every JSON body of the contract. Types may bring their own; what has none is
//! composed from the examples of its fields, so that an example never contradicts its schema.

use serde_json::{Map, Value, json};

/// How deep schemas are followed: deeper than any of ours, so that a cycle ends.
const DEPTH: usize = 32;

/// Gives every media type of every operation an example.
pub fn fill(document: &mut Value) {
    let components = document.get("components").cloned().unwrap_or_default();
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else {
        return;
    };
    for operation in paths
        .values_mut()
        .filter_map(Value::as_object_mut)
        .flat_map(|operations| operations.values_mut())
    {
        if let Some(content) = operation.pointer_mut("/requestBody/content") {
            fill_content(content, &components);
        }
        for response in operation
            .get_mut("responses")
            .and_then(Value::as_object_mut)
            .into_iter()
            .flat_map(|responses| responses.values_mut())
        {
            if let Some(content) = response.get_mut("content") {
                fill_content(content, &components);
            }
        }
    }
}

fn fill_content(content: &mut Value, components: &Value) {
    for media in content
        .as_object_mut()
        .into_iter()
        .flat_map(|content| content.values_mut())
        .filter_map(Value::as_object_mut)
    {
        if media.contains_key("example") || media.contains_key("examples") {
            continue;
        }
        if let Some(example) = media
            .get("schema")
            .and_then(|schema| example(schema, components, DEPTH))
        {
            media.insert("example".to_owned(), example);
        }
    }
}

/// An example that fits `schema`.
fn example(schema: &Value, components: &Value, depth: usize) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let target = components.pointer(reference.strip_prefix("#/components")?)?;
        return example(target, components, depth);
    }
    let own = schema
        .get("example")
        .or_else(|| schema.get("examples")?.as_array()?.first())
        .or_else(|| schema.get("default"))
        .or_else(|| schema.get("enum")?.as_array()?.first());
    if let Some(own) = own {
        return Some(own.clone());
    }
    if let Some(branches) = schema
        .get("oneOf")
        .or_else(|| schema.get("anyOf"))
        .and_then(Value::as_array)
    {
        return branches
            .iter()
            .filter(|branch| branch.get("type") != Some(&"null".into()))
            .find_map(|branch| example(branch, components, depth));
    }
    if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
        let mut whole = Map::new();
        for part in parts {
            if let Some(Value::Object(part)) = example(part, components, depth) {
                whole.extend(part);
            }
        }
        return Some(Value::Object(whole));
    }
    match kind(schema) {
        "object" => {
            let mut object = Map::new();
            for (name, property) in schema
                .get("properties")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
            {
                if let Some(value) = example(property, components, depth) {
                    object.insert(name.clone(), value);
                }
            }
            Some(Value::Object(object))
        }
        "array" => Some(Value::Array(
            schema
                .get("items")
                .and_then(|items| example(items, components, depth))
                .into_iter()
                .collect(),
        )),
        "boolean" => Some(json!(false)),
        "integer" | "number" => Some(schema.get("minimum").cloned().unwrap_or(json!(1))),
        "string" => Some(json!(text(schema))),
        _ => None,
    }
}

/// The type, where it may be null too.
fn kind(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => kinds
            .iter()
            .filter_map(Value::as_str)
            .find(|kind| *kind != "null")
            .unwrap_or("null"),
        _ if schema.get("properties").is_some() => "object",
        _ => "any",
    }
}

fn text(schema: &Value) -> &'static str {
    match schema.get("format").and_then(Value::as_str) {
        Some("uuid") => "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70",
        Some("date-time") => "2026-03-27T09:15:00Z",
        Some("date") => "2026-04-13",
        Some("uri" | "uri-reference") => "/v1/patients",
        Some("email") => "team@example.org",
        _ => "text",
    }
}
