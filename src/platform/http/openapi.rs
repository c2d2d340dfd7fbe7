//! The contract. Handlers describe what is their own; what holds for every operation of a kind
//! is added here, once: problems, headers, preconditions, shared components, examples.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::cursor::{Cursor, Limit};
use super::examples;
use super::messages;
use super::problems::{FieldProblem, ProblemDetails};
use super::reply::ValidationResult;
use super::routes;
use crate::platform::access::Action;
use crate::platform::db::Instant;
use crate::platform::error::ProblemCode;
use crate::platform::id::Id;

/// The tags in the order of reading, with what they are for.
const TAGS: &[(&str, &str)] = &[
    (
        "Sign-in",
        "Access tokens for systems (OAuth 2.0 client credentials).",
    ),
    (
        "Patients",
        "The persons supported (patient, borger), their relatives (pårørende), and who has looked at their records.",
    ),
    (
        "Consents",
        "What a patient agreed to (samtykke), in which form, when; and its withdrawal with everything that stood on it.",
    ),
    (
        "Referrals",
        "Requests that a programme takes a patient (henvisning), their clock of working days, and the decision on them.",
    ),
    (
        "Call sessions",
        "Talks (samtale) with their call attempts, agenda, topics and notes.",
    ),
    (
        "Courses",
        "The support itself (forløb), from the first conversation to the closing note.",
    ),
    (
        "Worklists",
        "What is due: first calls and coming talks; in governance evaluations, delegations, documents, measurements.",
    ),
    (
        "Bookings",
        "Who has booked which time (booking / bokning): hold, confirm, move, cancel, attendance. A booking site needs the scopes `slots.read`, `bookings.read` and `bookings.write`, and sees what it made and nothing else.",
    ),
    (
        "Time books",
        "Time types, time books (tidbog / tidbok) with the availability of their owners, and the times in them; the search for free times.",
    ),
    (
        "Waiting list",
        "Who waits for a time (venteliste / väntelista), and is offered one that becomes free.",
    ),
    (
        "Enquiries",
        "Questions, leaflet orders and visit requests (henvendelse), answered within working days.",
    ),
    (
        "Candidate checks",
        "Lists from a record system checked against criteria; nothing of them is kept.",
    ),
    (
        "Volunteers",
        "Peer supporters (frivillig patientstøtte): onboarding, leave, departure, and what the public may see of them.",
    ),
    (
        "Matches",
        "Which volunteers fit a need (match / matchning), why, and what stopped the others.",
    ),
    (
        "Ward shifts",
        "Volunteers walk wards in shifts (vagt / pass), in pairs; talks on wards are counted and never named.",
    ),
    (
        "Feedback",
        "What patients, relatives and staff say afterwards (tilbagemelding / återkoppling), and whether it may be quoted.",
    ),
    (
        "Activity figures",
        "Talks and shifts in numbers (aktivitetstal / aktivitetssiffror), as JSON and CSV, with small counts suppressed.",
    ),
    (
        "Events",
        "What has happened (hændelse / händelse), in commit order: read, long-polled or streamed.",
    ),
    (
        "Webhooks",
        "Events pushed to an address of your own: endpoints, what became of each delivery, and the messages themselves.",
    ),
    (
        "Steering groups",
        "Who governs (styregruppe): groups with their policy, seats and periods, and their year plan.",
    ),
    (
        "Health agreements",
        "Agreements between a region and its municipalities (sundhedsaftale), their indicators and measurements, with status, trend, chart, and comparison across mergers of regions.",
    ),
    (
        "Delegations",
        "Tasks that one sector gives to another (delegering, opgaveflytning), with the three principles answered.",
    ),
    (
        "Evaluations",
        "Evaluations (evaluering) of agreements and groups: when they are due, and what came of them.",
    ),
    (
        "Governing documents",
        "Routines, forms and guidelines (styrande dokument / styrende dokument), with versions of which one is valid.",
    ),
    (
        "Working groups",
        "Groups that a steering group sets up with a mandate and an end (arbejdsgruppe).",
    ),
    (
        "Units",
        "Units of a centre (enhed), and who belongs to them with which share of full time.",
    ),
    (
        "Support offers",
        "The overview of everything that supports patients (støttetilbud), by unit and sector.",
    ),
    (
        "Meetings",
        "Meetings of steering groups (møde): agendas, minutes with remarks and approval by the clock, decisions, tasks, deadlines.",
    ),
    (
        "Function descriptions",
        "Documents for approval by a steering group (funktionsbeskrivelse, opgavebeskrivelse), version by version.",
    ),
    (
        "Programmes",
        "Support offers (indsats) with their policy and calendar.",
    ),
    (
        "Organisations",
        "Data controllers and their parts (organisation), and places.",
    ),
    (
        "Staff",
        "The people who work in the programmes (personale).",
    ),
    (
        "Imports",
        "Many rows at once (import / indlæsning): a CSV or NDJSON file becomes a job, with one result for each row.",
    ),
];

const INTRODUCTION: &str = "\
Brobygger (\"bridge builder\") is the service that patient-support programmes in Denmark and Sweden run on.

**Sign in.** `POST /oauth/token` with a client's id and secret gives a bearer token; in Swagger UI press *Authorize*. Each operation names the scope it needs.

**Safe writes.** Send `Idempotency-Key` with a POST and it can be repeated. Changes (PATCH, PUT, DELETE) need `If-Match` with the `ETag` that was read. `validateOnly=true` on a POST that creates runs every check and writes nothing.

**Errors** are problem documents (RFC 9457); `type` leads to a page that says what to do, `errors` names every wrong field at once.

**Lists** are pages: follow `nextCursor` (or `Link: rel=\"next\"`) until there is none.

**Events.** Every state change is an event: read them in order (`GET /events`), stream them, or have them pushed to you (*Webhooks*).

**Time** is RFC 3339; any offset is accepted, UTC is answered. Durations are ISO 8601.

**Personal data** never belongs in a URL: look people up with `POST /patients/search`. Every read and write that touches a patient is recorded; say why in `Access-Purpose`.

**Clients** can be generated: openapi-typescript, openapi-python-client and openapi-generator are tried with every change of this document. openapi-generator needs `--global-property apis,models,supportingFiles`, or it takes the webhooks for operations.";

/// The OpenAPI 3.1 document.
#[must_use]
pub fn document() -> Value {
    let routes = routes::all();
    let mut schemas = BTreeMap::new();
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for described in routes.iter().flat_map(|routes| &routes.described) {
        for (name, schema) in &described.schemas {
            schemas.insert(name.clone(), to_value(schema));
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
    let mut parameters = shared_parameters();
    for (name, parameter) in messages::parameters() {
        parameters.insert(name.to_owned(), parameter);
    }
    for (path, operations) in &mut paths {
        for (method, operation) in operations.iter_mut() {
            complete(path, method, operation, &schemas);
            hoist_parameters(operation, &mut parameters);
        }
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Brobygger",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "The service that patient-support programmes run on.",
            "description": INTRODUCTION,
            "contact": {"name": "The Brobygger developers", "url": "https://brobygger.example/contact"},
            "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
            "termsOfService": "https://brobygger.example/terms"
        },
        "servers": [{"url": "/v1", "description": "This service."}],
        "tags": TAGS.iter().map(|(name, description)| json!({"name": name, "description": description})).collect::<Vec<_>>(),
        "paths": paths,
        "webhooks": messages::webhooks(),
        "components": {
            "schemas": schemas,
            "parameters": parameters,
            "headers": shared_headers(),
            "responses": shared_responses(),
            "securitySchemes": security_schemes(),
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

fn security_schemes() -> Value {
    let scopes: Map<String, Value> = Action::ALL
        .iter()
        .map(|action| (action.scope().to_owned(), action.meaning().trim().into()))
        .collect();
    json!({
        "oauth2": {
            "type": "oauth2",
            "description": "For systems. The id and secret come from `brobygger client create`.",
            "flows": {"clientCredentials": {"tokenUrl": "/v1/oauth/token", "scopes": scopes}}
        },
        "bearer": {
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "An access token that you have already: of a system, a person or a patient."
        }
    })
}

fn shared_parameters() -> BTreeMap<String, Value> {
    // No `example`: Swagger UI would send it with every request that somebody tries.
    let header = |name: &str, max: u64, description: &str| {
        json!({"name": name, "in": "header", "required": false, "description": description,
               "schema": {"type": "string", "minLength": 1, "maxLength": max, "pattern": "^[ -~]+$"}})
    };
    let named = [
        (
            "IdempotencyKey",
            header(
                "Idempotency-Key",
                128,
                "Makes the request safe to repeat for 24 hours: the same key with the same body replays the first answer. A fresh UUID is a good key.",
            ),
        ),
        (
            "IfMatch",
            header(
                "If-Match",
                1000,
                "The `ETag` of the version that this change replaces, as in `\"3\"` (RFC 9110). Without it the answer is 428, with another version 412.",
            ),
        ),
        (
            "IfMatchOptional",
            header(
                "If-Match",
                1000,
                "The `ETag` of the record in the path, where the step is meant for that version alone: with another version the answer is 412, and nothing is done.",
            ),
        ),
        (
            "IfNoneMatch",
            header(
                "If-None-Match",
                1000,
                "The `ETag` that you have, as in `\"3\"`: the answer is 304 when it is still the current one.",
            ),
        ),
        (
            "AccessPurpose",
            header(
                "Access-Purpose",
                200,
                "Why a patient's data are read or changed, as in `Preparing the first conversation`; kept in the access log. No personal data, please.",
            ),
        ),
        (
            "validateOnly",
            json!({"name": "validateOnly", "in": "query", "required": false,
                   "description": "`true` runs every check, writes nothing and answers 200.",
                   "schema": {"type": "boolean", "default": false}}),
        ),
    ];
    named
        .into_iter()
        .map(|(name, parameter)| (name.to_owned(), parameter))
        .collect()
}

fn shared_headers() -> Value {
    let text = |description: &str, example: &str| json!({"description": description, "schema": {"type": "string"}, "example": example});
    json!({
        "RequestId": text("The id of the request, for support and the access log.", "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70"),
        "ETag": text("The version of the resource.", "\"3\""),
        "Location": text("Where the new resource is.", "/v1/patients/01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70"),
        "Link": text("`rel=\"next\"`: the next page, where there is one (RFC 8288).", "</v1/patients?cursor=AAZ>; rel=\"next\""),
        "IdempotencyReplayed": text("`true` when this is the stored answer to an earlier request with the same key.", "true"),
        "RetryAfter": json!({"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}, "example": 1}),
        "WwwAuthenticate": text("How to authenticate.", "Bearer realm=\"brobygger\""),
    })
}

/// One response for each status that has a problem, with each code as an example.
fn shared_responses() -> Value {
    let mut by_status: BTreeMap<u16, Vec<ProblemCode>> = BTreeMap::new();
    for code in ProblemCode::ALL {
        // A method that a path does not have is no operation that could declare it.
        if *code != ProblemCode::MethodNotAllowed {
            by_status.entry(code.status()).or_default().push(*code);
        }
    }
    let responses: Map<String, Value> = by_status
        .into_iter()
        .map(|(status, codes)| (format!("Problem{status}"), problem_response(status, &codes)))
        .collect();
    Value::Object(responses)
}

fn problem_response(status: u16, codes: &[ProblemCode]) -> Value {
    let description = codes
        .iter()
        .map(|code| format!("`{code}`: {}", code.title()))
        .collect::<Vec<_>>()
        .join("; ");
    let examples: Map<String, Value> = codes
        .iter()
        .map(|code| {
            let mut problem = json!({
                "type": format!("/problems/{code}"), "title": code.title(), "status": status,
                "detail": code.help(), "instance": "/v1/patients", "code": code.as_str(),
                "requestId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "errors": [],
            });
            if *code == ProblemCode::StateConflict {
                set(&mut problem, "state", "closed".into());
                set(&mut problem, "allowed", json!([]));
            }
            (
                code.as_str().to_owned(),
                json!({"summary": code.title(), "value": problem}),
            )
        })
        .collect();
    let mut headers = json!({"Request-Id": {"$ref": "#/components/headers/RequestId"}});
    if matches!(status, 429 | 503) {
        set(
            &mut headers,
            "Retry-After",
            json!({"$ref": "#/components/headers/RetryAfter"}),
        );
    }
    if status == 401 {
        set(
            &mut headers,
            "WWW-Authenticate",
            json!({"$ref": "#/components/headers/WwwAuthenticate"}),
        );
    }
    json!({
        "description": description,
        "headers": headers,
        "content": {"application/problem+json": {
            "schema": {"$ref": "#/components/schemas/ProblemDetails"},
            "examples": examples,
        }}
    })
}

/// Adds to one operation what holds for all of its kind.
fn complete(path: &str, method: &str, operation: &mut Value, schemas: &BTreeMap<String, Value>) {
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
        success_headers(status, response, tag, method, schemas);
        one_object_a_line(response);
    }
    for status in problems {
        responses
            .entry(status.to_string())
            .or_insert_with(|| json!({"$ref": format!("#/components/responses/Problem{status}")}));
    }
    responses.sort_keys();
}

fn success_headers(
    status: &str,
    response: &mut Value,
    tag: bool,
    method: &str,
    schemas: &BTreeMap<String, Value>,
) {
    let mut headers = vec![("Request-Id", "RequestId")];
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

/// The same parameter in several operations becomes one component.
fn hoist_parameters(operation: &mut Value, shared: &mut BTreeMap<String, Value>) {
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
