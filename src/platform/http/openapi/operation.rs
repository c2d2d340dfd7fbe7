//! What holds for every operation of a kind: the parameters it takes, the problems it can answer
//! and the headers of its answers.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::shared::RATE_LIMIT;
use super::{object, set};

/// Adds to one operation what holds for all of its kind.
pub fn complete(
    path: &str,
    method: &str,
    operation: &mut Value,
    schemas: &BTreeMap<String, Value>,
) {
    if operation.get("description").is_none() {
        let summary = operation.get("summary").cloned().unwrap_or_default();
        set(operation, "description", summary);
    }
    let secured = operation
        .get("security")
        .and_then(Value::as_array)
        .is_some_and(|needs| needs.iter().any(|need| need.get("oauth2").is_some()));
    let creates = operation.pointer("/responses/201").is_some();
    // What has a tag without being a resource of its own says so: a chart.
    let tagged = operation.pointer("/responses/304").is_some();
    let single = path.ends_with('}') || tagged;
    let mut refs: Vec<&str> = Vec::new();
    let mut problems = vec![406, 500, 503];
    if secured {
        if let Some(needs) = operation.get_mut("security").and_then(Value::as_array_mut) {
            needs.push(json!({"bearer": []}));
        }
        refs.push("AccessPurpose");
        problems.extend([400, 401, 403, 429]);
        if path.contains('{') {
            problems.push(404);
        }
        match method {
            "get" if single => refs.push("IfNoneMatch"),
            "post" => {
                refs.push("IdempotencyKey");
                problems.extend([404, 409, 422]);
                if path.contains('{') {
                    refs.push("IfMatchOptional");
                    problems.push(412);
                }
                if creates {
                    refs.push("validateOnly");
                }
            }
            "patch" | "put" | "delete" => {
                refs.push("IfMatch");
                problems.extend([409, 412, 428]);
            }
            _ => {}
        }
        if operation.get("requestBody").is_some() {
            problems.extend([413, 415]);
        }
    }
    if let Some(parameters) = object(operation)
        .entry("parameters")
        .or_insert_with(|| json!([]))
        .as_array_mut()
    {
        parameters.extend(
            refs.iter()
                .map(|name| json!({"$ref": format!("#/components/parameters/{name}")})),
        );
    }
    let Some(responses) = operation
        .get_mut("responses")
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    if secured && method == "get" && single {
        responses.insert(
            "304".to_owned(),
            json!({"description": "You have the current version."}),
        );
    }
    if secured && creates && !responses.contains_key("200") {
        responses.insert("200".to_owned(), json!({
            "description": "With `validateOnly=true`: every check has passed, nothing was written.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ValidationResult"}}}
        }));
    }
    for (status, response) in responses.iter_mut() {
        let tag = (status == "304" && single) || (status == "200" && tagged);
        own_headers(status, response, (tag, secured), method, schemas);
        one_object_a_line(response);
    }
    for status in problems {
        responses
            .entry(status.to_string())
            .or_insert_with(|| json!({"$ref": format!("#/components/responses/Problem{status}")}));
    }
    responses.sort_keys();
}

/// The headers of an answer that is the operation's own: `tag`, it has an `ETag` whatever its body;
/// `limited`, the caller is known and has a rate.
fn own_headers(
    status: &str,
    response: &mut Value,
    (tag, limited): (bool, bool),
    method: &str,
    schemas: &BTreeMap<String, Value>,
) {
    let mut headers = vec![("Request-Id", "RequestId")];
    if limited {
        headers.extend(RATE_LIMIT);
    }
    let body = response
        .pointer("/content/application~1json/schema/$ref")
        .and_then(Value::as_str)
        .and_then(|reference| reference.rsplit('/').next())
        .and_then(|name| schemas.get(name));
    let has = |field: &str| {
        body.is_some_and(|schema| schema.pointer(&format!("/properties/{field}")).is_some())
    };
    match status {
        "201" | "202" => headers.extend([
            ("Location", "Location"),
            ("Idempotency-Replayed", "IdempotencyReplayed"),
        ]),
        "200" if method == "post" => headers.push(("Idempotency-Replayed", "IdempotencyReplayed")),
        // The token endpoint's: elsewhere it is a shared problem.
        "401" => headers.push(("WWW-Authenticate", "WwwAuthenticateBasic")),
        _ => {}
    }
    if tag || (status.starts_with('2') && has("version")) {
        headers.push(("ETag", "ETag"));
    }
    if has("nextCursor") {
        headers.push(("Link", "Link"));
    }
    let headers: Map<String, Value> = headers
        .into_iter()
        .map(|(name, component)| {
            (
                name.to_owned(),
                json!({"$ref": format!("#/components/headers/{component}")}),
            )
        })
        .collect();
    set(response, "headers", Value::Object(headers));
}

/// A schema of NDJSON is that of the whole text, as a generated client reads it; that of a line
/// stands within, where JSON Schema has the content of a text.
fn one_object_a_line(response: &mut Value) {
    if let Some(schema) = response.pointer_mut("/content/application~1x-ndjson/schema") {
        *schema = json!({
            "type": "string",
            "format": "binary",
            "contentMediaType": "application/x-ndjson",
            "contentSchema": schema.take(),
        });
    }
}

/// The same parameter in several operations becomes one component.
pub fn hoist_parameters(operation: &mut Value, shared: &mut BTreeMap<String, Value>) {
    let Some(parameters) = operation
        .get_mut("parameters")
        .and_then(Value::as_array_mut)
    else {
        return;
    };
    for parameter in parameters {
        let Some(name) = parameter
            .get("name")
            .and_then(Value::as_str)
            .map(str::to_owned)
        else {
            continue;
        };
        let known = shared
            .entry(name.clone())
            .or_insert_with(|| parameter.clone());
        if known == parameter {
            *parameter = json!({"$ref": format!("#/components/parameters/{name}")});
        }
    }
}
