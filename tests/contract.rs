//! The rules of the contract (`openapi/openapi.json`), over everything in it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use brobygger::platform::http::routes;
use serde_json::{Value, json};

use crate::support::contract::{document, operations, resolve, validator, walk};
use crate::support::seed::Seeded;
use crate::support::{TestApp, snapshot};

#[track_caller]
fn none(found: Vec<String>) {
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

/// Words of other standards, with their own way of writing: RFC 6749 and RFC 7517.
const FOREIGN: &[&str] = &[
    "TokenRequest",
    "TokenResponse",
    "TokenError",
    "JsonWebKeySet",
];

fn media(what: &Value) -> impl Iterator<Item = (&String, &Value)> {
    what["content"].as_object().into_iter().flatten()
}

#[test]
fn the_committed_document_is_the_one_that_is_served() {
    let mut text = serde_json::to_string_pretty(document()).unwrap();
    text.push('\n');
    snapshot("openapi/openapi.json", &text);
    let app = TestApp::sqlite();
    assert_eq!(&app.nobody().get("/openapi.json").expect(200), document());
}

#[test]
fn every_operation_is_described() {
    let tags: BTreeSet<&str> = document()["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["name"].as_str().unwrap())
        .collect();
    let mut ids = BTreeSet::new();
    let mut found = Vec::new();
    for operation in operations() {
        let (id, value) = (&operation.id, &operation.value);
        let mut must = |holds: bool, what: &str| {
            if !holds {
                found.push(format!(
                    "{} {} ({id}): {what}",
                    operation.method, operation.path
                ));
            }
        };
        must(ids.insert(id.clone()), "the operationId is not unique");
        must(
            is_snake_case(id),
            "the operationId is not a function's name",
        );
        let summary = value["summary"].as_str().unwrap_or_default();
        must(
            !summary.is_empty() && summary.len() <= 80 && !summary.ends_with('.'),
            "no short summary",
        );
        must(
            !value["description"].as_str().unwrap_or_default().is_empty(),
            "no description",
        );
        let own = value["tags"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        must(
            own.len() == 1 && own[0].as_str().is_some_and(|tag| tags.contains(tag)),
            "not one tag of the list",
        );
        must(
            value["security"].is_array(),
            "security is not said, not even that there is none",
        );
        for parameter in operation.parameters() {
            let name = parameter["name"].as_str().unwrap_or_default();
            must(
                !parameter["description"]
                    .as_str()
                    .unwrap_or_default()
                    .is_empty(),
                &format!("{name} has no description"),
            );
            must(
                parameter["schema"].is_object(),
                &format!("{name} has no schema"),
            );
            if parameter["in"] == "path" {
                must(
                    operation.path_parameters.iter().any(|known| known == name),
                    &format!("{name} is not in the path"),
                );
                must(
                    parameter["required"] == true,
                    &format!("{name} is not required"),
                );
            }
        }
        for name in &operation.path_parameters {
            let described = operation
                .parameters()
                .any(|parameter| parameter["in"] == "path" && parameter["name"] == name.as_str());
            must(described, &format!("{{{name}}} is not described"));
        }
        let success = value["responses"]
            .as_object()
            .unwrap()
            .keys()
            .any(|status| status.starts_with('2'));
        must(success, "no success");
    }
    none(found);
    assert!(ids.len() > 4);
}

#[test]
fn every_tag_is_used_and_described() {
    let used: BTreeSet<String> = operations()
        .iter()
        .map(|operation| operation.value["tags"][0].as_str().unwrap().to_owned())
        .collect();
    let mut found = Vec::new();
    for tag in document()["tags"].as_array().unwrap() {
        let name = tag["name"].as_str().unwrap();
        if !used.contains(name) {
            found.push(format!("nothing has the tag {name}"));
        }
        if tag["description"].as_str().unwrap_or_default().is_empty() {
            found.push(format!("the tag {name} has no description"));
        }
    }
    none(found);
}

#[test]
fn every_reference_leads_somewhere_and_every_component_is_referred_to() {
    let mut found = Vec::new();
    let mut referred = BTreeSet::new();
    // A component that only refers to itself is not used: references are followed from the paths and
    // the messages.
    let mut open: Vec<&Value> = vec![&document()["paths"], &document()["webhooks"]];
    while let Some(value) = open.pop() {
        walk(value, "", &mut |pointer, value| {
            if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
                match document().pointer(reference.trim_start_matches('#')) {
                    None => found.push(format!("{reference} in {pointer} leads nowhere")),
                    Some(target) if referred.insert(reference.to_owned()) => open.push(target),
                    Some(_) => {}
                }
            }
        });
    }
    for (kind, components) in document()["components"].as_object().unwrap() {
        if kind == "securitySchemes" {
            continue;
        }
        for name in components.as_object().unwrap().keys() {
            if !referred.contains(&format!("#/components/{kind}/{name}")) {
                found.push(format!("nothing refers to {kind}/{name}"));
            }
        }
    }
    let schemes = &document()["components"]["securitySchemes"];
    for operation in operations() {
        for need in operation.value["security"].as_array().into_iter().flatten() {
            for (scheme, scopes) in need.as_object().unwrap() {
                if schemes.get(scheme).is_none() {
                    found.push(format!("{}: there is no scheme {scheme}", operation.id));
                }
                for scope in scopes.as_array().unwrap() {
                    let known = &schemes["oauth2"]["flows"]["clientCredentials"]["scopes"];
                    if known.get(scope.as_str().unwrap()).is_none() {
                        found.push(format!("{}: there is no scope {scope}", operation.id));
                    }
                }
            }
        }
    }
    none(found);
}

#[test]
fn every_example_fits_its_schema() {
    let mut found = Vec::new();
    // Thousands of answers share a few hundred schemas, and to make a validator takes long.
    let mut validators = HashMap::new();
    let mut check = |place: &str, schema: &Value, example: &Value| {
        let validator = validators
            .entry(schema.to_string())
            .or_insert_with(|| validator(schema));
        for error in validator.iter_errors(example) {
            found.push(format!("{place}{}: {error}", error.instance_path()));
        }
    };
    let mut missing = Vec::new();
    let mut check_media = |place: &str, what: &Value| {
        for (kind, media) in media(what) {
            let examples: Vec<&Value> = media
                .get("example")
                .into_iter()
                .chain(
                    media["examples"]
                        .as_object()
                        .into_iter()
                        .flatten()
                        .map(|(_, example)| &example["value"]),
                )
                .collect();
            if examples.is_empty() && kind.contains("json") {
                missing.push(format!("{place} {kind}: no example"));
            }
            for example in examples {
                check(&format!("{place} {kind}"), &media["schema"], example);
            }
        }
    };
    for operation in operations() {
        check_media(
            &format!("{} request", operation.id),
            &operation.value["requestBody"],
        );
        for (status, response) in operation.value["responses"].as_object().unwrap() {
            check_media(&format!("{} {status}", operation.id), resolve(response));
        }
    }
    for (name, schema) in document()["components"]["schemas"].as_object().unwrap() {
        if let Some(example) = schema.get("example") {
            check(name, schema, example);
        }
    }
    for (name, parameter) in document()["components"]["parameters"].as_object().unwrap() {
        if let Some(example) = parameter.get("example") {
            check(name, &parameter["schema"], example);
        }
    }
    none(found);
    none(missing);
}

/// Whoever tries an example as it stands is not told that its time has passed. A talk is planned a
/// year ahead at most, a time two years: those examples are good until then, the others for long.
#[test]
fn no_example_of_what_is_to_come_lies_in_the_past() {
    let app = TestApp::sqlite();
    app.until("2026-12-01T09:15:00Z");
    let mut seeded = Seeded::new(&app);
    let ward = json!({"partOf": seeded.ids["organisationId"], "kind": "ward", "name": "Afsnit"});
    let ward = seeded.maker.post("/organisations", &ward).expect(201);
    let ward = ward["id"].as_str().unwrap().parse().unwrap();
    seeded.ids.insert("wardId".to_owned(), ward);
    let example = |id: &str| {
        let operation = operations().into_iter().find(|known| known.id == id);
        let operation = operation.unwrap();
        let body = seeded.at_home(operation.json_body().unwrap().1);
        (operation, body)
    };
    let call = |id: &str| {
        let (operation, body) = example(id);
        operation.call_with(&seeded.maker, &seeded.ids, &[], Some(&body))
    };
    let done = |id: &str| {
        let answer = call(id);
        assert!(answer.status < 300, "{id}: {}", answer.text());
        answer.json()
    };
    for id in ["create_slot", "change_call_session", "take_leave"] {
        done(id);
    }
    for (plan, change, path) in [
        ("plan_meeting", "change_meeting", "meetings"),
        ("plan_ward_shift", "change_ward_shift", "ward-shifts"),
    ] {
        let path = format!("/{path}/{}", done(plan)["id"].as_str().unwrap());
        let (_, change) = example(change);
        seeded.maker.patch(&path, "*", &change).expect(200);
    }
    // Refused for what else is there, but not for their times.
    for id in ["plan_call_session", "complete_call_session"] {
        let text = call(id).text();
        assert!(
            !text.contains("tooEarly") && !text.contains("tooLate"),
            "{id}: {text}"
        );
    }
    done("pause_course");
}

#[test]
fn every_error_is_a_shared_problem_document() {
    let mut found = Vec::new();
    for operation in operations() {
        for (status, response) in operation.value["responses"].as_object().unwrap() {
            if !(status.starts_with('4') || status.starts_with('5')) {
                continue;
            }
            let place = format!("{} {status}", operation.id);
            // The token endpoint's own errors have the form of RFC 6749, section 5.2.
            if operation.id == "issue_token" && matches!(&**status, "400" | "401") {
                continue;
            }
            if response["$ref"] != format!("#/components/responses/Problem{status}") {
                found.push(format!("{place} is not the shared response"));
            }
            let kinds: Vec<&String> = media(resolve(response)).map(|(kind, _)| kind).collect();
            if kinds != ["application/problem+json"] {
                found.push(format!("{place} is {kinds:?}"));
            }
        }
        let declared = |status: &str| operation.value["responses"].get(status).is_some();
        let mut wanted = vec!["406", "500", "503"];
        if !operation.is_public() {
            wanted.extend(["400", "401", "403", "429"]);
            if operation.path.contains('{') {
                wanted.push("404");
            }
            if operation.json_body().is_some() {
                wanted.extend(["413", "415"]);
            }
            if matches!(&*operation.method, "PATCH" | "PUT" | "DELETE") {
                wanted.extend(["412", "428"]);
            }
            if operation.method == "POST" && operation.path.contains('{') {
                wanted.push("412");
            }
        }
        for status in wanted {
            if !declared(status) {
                found.push(format!("{} does not say {status}", operation.id));
            }
        }
    }
    none(found);
}

#[test]
fn names_are_written_in_one_way() {
    let mut found = Vec::new();
    for operation in operations() {
        for part in operation.path.split('/').skip(1) {
            let fits = match part
                .strip_prefix('{')
                .and_then(|part| part.strip_suffix('}'))
            {
                Some(name) => is_camel_case(name),
                None => is_kebab_case(part),
            };
            if !fits {
                found.push(format!("{}: {part}", operation.path));
            }
        }
        for parameter in operation.parameters() {
            let name = parameter["name"].as_str().unwrap();
            let fits = match parameter["in"].as_str() {
                Some("header") => name
                    .split('-')
                    .all(|part| part.chars().next().is_some_and(char::is_uppercase)),
                _ => is_camel_case(name),
            };
            if !fits {
                found.push(format!("{}: {name}", operation.id));
            }
        }
    }
    for (name, schema) in document()["components"]["schemas"].as_object().unwrap() {
        if !name.chars().next().is_some_and(char::is_uppercase) || name.contains('_') {
            found.push(format!("schema {name}"));
        }
        if FOREIGN.contains(&&**name) {
            continue;
        }
        for property in schema["properties"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name)
        {
            if !is_camel_case(property) {
                found.push(format!("{name}.{property}"));
            }
        }
        for word in schema["enum"].as_array().into_iter().flatten() {
            // A system of identifiers is named by its URI, a country by its ISO 3166 code.
            let uri = word
                .as_str()
                .is_some_and(|word| word.contains(':') || name == "Country");
            let words = |word: &str| match name.as_str() {
                // A subject and what happened to it.
                "EventType" => word.split('.').all(is_camel_case),
                _ => is_camel_case(word),
            };
            if !uri && !word.as_str().is_some_and(words) {
                found.push(format!("{name}: {word}"));
            }
        }
    }
    none(found);
}

#[test]
fn every_schema_and_field_is_described() {
    let mut found = Vec::new();
    for (name, schema) in document()["components"]["schemas"].as_object().unwrap() {
        // Formats that say it all: an id, a time, a cursor, a page size.
        if !matches!(&**name, "Id" | "Instant" | "Cursor" | "Limit")
            && schema["description"]
                .as_str()
                .unwrap_or_default()
                .is_empty()
        {
            found.push(format!("{name} has no description"));
        }
        for (field, property) in schema["properties"].as_object().into_iter().flatten() {
            if property["description"]
                .as_str()
                .unwrap_or_default()
                .is_empty()
            {
                found.push(format!("{name}.{field} has no description"));
            }
            // One place for each closed set and each item: a component with a name.
            if property.get("enum").is_some() {
                found.push(format!("{name}.{field} writes its words in place"));
            }
        }
        walk(schema, &format!("/{name}"), &mut |pointer, value| {
            if value.get("enum").is_some()
                && value["description"].as_str().unwrap_or_default().is_empty()
            {
                found.push(format!("{pointer}: words without a description"));
            }
            for key in ["items", "additionalProperties"] {
                if value[key].get("properties").is_some() {
                    found.push(format!("{pointer}/{key} describes an object in place"));
                }
            }
        });
        walk_properties(schema, &format!("/{name}"), &mut found);
    }
    none(found);
}

/// Objects within objects are components of their own too.
fn walk_properties(schema: &Value, place: &str, found: &mut Vec<String>) {
    for (field, property) in schema["properties"].as_object().into_iter().flatten() {
        if property.get("properties").is_some() {
            found.push(format!("{place}/{field} describes an object in place"));
        }
    }
}

#[test]
fn bodies_are_components_and_requests_are_bounded() {
    let mut found = Vec::new();
    let mut requests: BTreeMap<String, &Value> = BTreeMap::new();
    for operation in operations() {
        let bodies = std::iter::once(&operation.value["requestBody"]).chain(
            operation.value["responses"]
                .as_object()
                .unwrap()
                .values()
                .map(resolve),
        );
        for body in bodies {
            for (kind, media) in media(body) {
                // Lines of JSON are a file, whose columns the templates of imports describe.
                let named = media["schema"].get("$ref").is_some();
                if kind.contains("json") && kind != "application/x-ndjson" && !named {
                    found.push(format!("{}: a body of {kind} without a name", operation.id));
                }
            }
        }
        let media = operation
            .value
            .pointer("/requestBody/content/application~1json/schema/$ref");
        if let Some(reference) = media.and_then(Value::as_str) {
            // `operations()` makes copies; the document lives as long as the process.
            let mut open = vec![reference.to_owned()];
            while let Some(reference) = open.pop() {
                let target = document()
                    .pointer(reference.trim_start_matches('#'))
                    .unwrap();
                if requests.insert(reference, target).is_none() {
                    walk(target, "", &mut |_, value| {
                        if let Some(next) = value.get("$ref").and_then(Value::as_str) {
                            open.push(next.to_owned());
                        }
                    });
                }
            }
        }
    }
    let mut unbounded = Vec::new();
    for (name, schema) in &requests {
        let closed = schema["type"] != "object" || schema["additionalProperties"] == false;
        if !closed {
            unbounded.push(format!("{name} takes unknown fields"));
        }
        walk(schema, name, &mut |pointer, value| {
            let kinds = |word: &str| {
                value["type"] == word
                    || value["type"]
                        .as_array()
                        .is_some_and(|kinds| kinds.iter().any(|kind| kind == word))
            };
            let bounded_text = ["maxLength", "format", "enum", "pattern", "const"]
                .iter()
                .any(|key| value.get(key).is_some());
            if kinds("string") && !bounded_text {
                unbounded.push(format!("{pointer}: text without a length"));
            }
            if kinds("array") && value.get("maxItems").is_none() {
                unbounded.push(format!("{pointer}: a list without a length"));
            }
        });
    }
    none(found);
    none(unbounded);
}

#[test]
fn one_name_is_one_schema() {
    let mut known: BTreeMap<String, (String, Value)> = BTreeMap::new();
    let mut found = Vec::new();
    for described in routes::all().iter().flat_map(|routes| (routes.described)()) {
        for (name, schema) in &described.schemas {
            let schema = serde_json::to_value(schema).unwrap();
            let (first, before) = known
                .entry(name.clone())
                .or_insert_with(|| (described.path.clone(), schema.clone()));
            if *before != schema {
                found.push(format!(
                    "{name} is one thing in {first} and another in {}",
                    described.path
                ));
            }
        }
    }
    none(found);
}

#[test]
fn lists_are_pages() {
    let mut found = Vec::new();
    for operation in operations() {
        let Some(schema) = operation
            .value
            .pointer("/responses/200/content/application~1json/schema")
        else {
            continue;
        };
        let schema = resolve(schema);
        if schema["type"] == "array" {
            found.push(format!("{} answers a bare list", operation.id));
        }
        if schema.pointer("/properties/nextCursor").is_some() {
            let has = |name: &str| {
                operation
                    .parameters()
                    .any(|parameter| parameter["name"] == name)
            };
            let paged = schema.pointer("/properties/items/type") == Some(&"array".into());
            if !(paged && (operation.method == "POST" || has("limit") && has("cursor"))) {
                found.push(format!("{} is half a page", operation.id));
            }
        }
    }
    none(found);
}

#[test]
fn safe_writes_are_declared() {
    let mut found = Vec::new();
    for operation in operations() {
        if operation.is_public() {
            continue;
        }
        let has = |name: &str| {
            operation
                .parameters()
                .any(|parameter| parameter["name"] == name)
        };
        let needs: &[&str] = match &*operation.method {
            "POST" => &["Idempotency-Key", "Access-Purpose"],
            "PATCH" | "PUT" | "DELETE" => &["If-Match", "Access-Purpose"],
            _ => &["Access-Purpose"],
        };
        for name in needs {
            if !has(name) {
                found.push(format!("{} has no {name}", operation.id));
            }
        }
        if operation.value.pointer("/responses/201").is_some() && !has("validateOnly") {
            found.push(format!("{} has no validateOnly", operation.id));
        }
    }
    none(found);
}

fn is_camel_case(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
}

fn is_snake_case(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn is_kebab_case(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}
