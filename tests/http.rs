//! What every operation does with requests that are not as they should be, and the HTTP that all
//! of them share.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::support::contract::{self, Operation, document, resolve};
use crate::support::seed::Seeded;
use crate::support::{Answer, Caller, TestApp};

/// Something that no answer may repeat.
const ECHO: &str = "Qx7zEcho";

/// Operations with a JSON body, with an example of it.
fn with_body() -> Vec<(Operation, Value)> {
    contract::operations()
        .into_iter()
        .filter_map(|operation| {
            let example = operation.json_body()?.1.clone();
            Some((operation, example))
        })
        .collect()
}

/// A 4xx problem that repeats nothing of what was sent.
#[track_caller]
fn assert_refused(answer: &Answer, what: &str) {
    let (request, text) = (&answer.request, answer.text());
    assert!(
        (400..500).contains(&answer.status),
        "{request}, {what}: {} {text}",
        answer.status
    );
    assert_eq!(
        answer.header("content-type"),
        Some("application/problem+json"),
        "{request}, {what}"
    );
    assert!(!text.contains(ECHO), "{request}, {what}: {text}");
    for (name, value) in &answer.headers {
        assert!(!value.contains(ECHO), "{request}, {what}: {name}: {value}");
    }
    let problem = answer.json();
    assert!(
        problem["title"].is_string() && problem["detail"].is_string(),
        "{problem}"
    );
    assert_eq!(
        problem["type"],
        format!("/problems/{}", problem["code"].as_str().unwrap())
    );
}

fn raw(caller: &Caller, operation: &Operation, ids: &Ids, kind: &str, body: &[u8]) -> Answer {
    let mut headers = vec![("content-type", kind)];
    if matches!(&*operation.method, "PATCH" | "PUT" | "DELETE") {
        headers.push(("if-match", "*"));
    }
    caller.raw(
        &operation.method,
        &format!("/v1{}", operation.filled(ids)),
        &headers,
        body,
    )
}

type Ids = BTreeMap<String, uuid::Uuid>;

/// The top-level properties of an operation's request.
fn properties(operation: &Operation) -> Vec<(String, &'static Value)> {
    let reference = operation.json_body().unwrap().0["$ref"]
        .as_str()
        .unwrap()
        .to_owned();
    document()
        .pointer(reference.trim_start_matches('#'))
        .unwrap()["properties"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, schema)| (name.clone(), schema))
        .collect()
}

/// The schema behind references and `oneOf: [T, null]`.
fn essence(schema: &'static Value) -> &'static Value {
    let schema = resolve(schema);
    match schema["oneOf"].as_array() {
        Some(branches) => branches
            .iter()
            .map(resolve)
            .find(|branch| branch["type"] != "null")
            .unwrap_or(schema),
        None => schema,
    }
}

fn is_type(schema: &Value, word: &str) -> bool {
    schema["type"] == word
        || schema["type"]
            .as_array()
            .is_some_and(|kinds| kinds.iter().any(|kind| kind == word))
}

/// Values that a field of this schema does not take.
fn wrong_values(schema: &Value) -> Vec<(&'static str, Value)> {
    let mut wrong = Vec::new();
    if is_type(schema, "string") {
        wrong.push(("a number for text", json!(17)));
        wrong.push(("an object for text", json!({ECHO: ECHO})));
        if let Some(max) = schema["maxLength"].as_u64() {
            let long = ECHO.repeat(usize::try_from(max).unwrap() / ECHO.len() + 1);
            wrong.push(("one character too many", json!(long)));
        }
        if schema["minLength"].as_u64().is_some_and(|min| min > 0) {
            wrong.push(("nothing", json!("")));
            wrong.push(("white space only", json!("   ")));
        }
        match schema["format"].as_str() {
            Some("date") => {
                for text in ["2026-02-30", "2026-13-01", "27.03.2026", "2026-3-7", ECHO] {
                    wrong.push(("an impossible date", json!(text)));
                }
            }
            Some("date-time") => {
                for text in [
                    "2026-03-27T25:00:00Z",
                    "2026-02-29T09:15:00Z",
                    "2026-03-27T09:15:00",
                    "2026-03-27",
                    ECHO,
                ] {
                    wrong.push(("an impossible time", json!(text)));
                }
            }
            Some("uuid") => {
                for text in [ECHO, "", "01980f1e7d2c7c3a9b1e", "../../etc/passwd"] {
                    wrong.push(("no id", json!(text)));
                }
            }
            _ => {}
        }
        if schema.get("enum").is_some() {
            wrong.push(("an unknown word", json!(ECHO)));
        }
        wrong.push((
            "a character that nothing may hold",
            json!(format!("{ECHO}\u{0}")),
        ));
    }
    if is_type(schema, "integer") {
        for value in [
            json!("17"),
            json!(1.5),
            json!(1e300),
            json!(i64::MAX),
            json!(u64::MAX),
            json!(i64::MIN),
        ] {
            wrong.push(("no such number", value));
        }
    }
    if is_type(schema, "boolean") {
        wrong.push(("a word for a truth", json!(ECHO)));
        wrong.push(("a number for a truth", json!(1)));
    }
    if is_type(schema, "array") {
        wrong.push(("an object for a list", json!({ECHO: 1})));
        wrong.push(("a list of something else", json!([[[ECHO]], 1.5, null])));
        if let Some(max) = schema["maxItems"].as_u64() {
            wrong.push((
                "a list that is too long",
                json!(vec![Value::Null; usize::try_from(max).unwrap() + 1]),
            ));
        }
    }
    if is_type(schema, "object") {
        wrong.push(("a list for an object", json!([ECHO])));
        if schema["additionalProperties"] == false {
            // What does not look like a field's name may be a value in the wrong place.
            wrong.push((
                "an unknown field inside",
                json!({format!("{ECHO} {ECHO}"): ECHO}),
            ));
        }
    }
    wrong
}

fn openapi_query(operation: &Operation) -> impl Iterator<Item = (String, &Value)> {
    operation
        .parameters()
        .filter(|parameter| parameter["in"] == "query")
        .map(|parameter| {
            (
                parameter["name"].as_str().unwrap().to_owned(),
                resolve(&parameter["schema"]),
            )
        })
}

on_both_engines! {
    fn every_field_refuses_what_its_schema_does_not_allow(app) {
        let seeded = Seeded::new(app);
        for (operation, example) in with_body() {
            for (name, schema) in properties(&operation) {
                for (what, value) in wrong_values(essence(schema)) {
                    let mut body = example.clone();
                    body[&name] = value;
                    let answer = operation.call_with(&seeded.maker, &seeded.ids, &[], Some(&body));
                    assert_refused(&answer, &format!("{name}: {what}"));
                    assert_eq!(answer.status, 400, "{} {name}: {what}: {}", operation.id, answer.text());
                    let problem = answer.json();
                    let named = problem["errors"].as_array().unwrap().iter().any(|error| {
                        // A rule over several fields may name their object.
                        let pointer = error["pointer"].as_str().unwrap();
                        pointer.is_empty() || pointer.starts_with(&format!("/{name}"))
                    });
                    assert!(named, "{} {name}: {what}: {problem}", operation.id);
                }
            }
        }
    }

    fn an_unknown_a_double_and_a_missing_field_are_named(app) {
        let seeded = Seeded::new(app);
        for (operation, example) in with_body() {
            let mut body = example.clone();
            body["unheardOf"] = json!(ECHO);
            let answer = operation.call_with(&seeded.maker, &seeded.ids, &[], Some(&body));
            assert_refused(&answer, "an unknown field");
            assert!(answer.text().contains("/unheardOf"), "{}: {}", operation.id, answer.text());

            if let Some((name, value)) = example.as_object().unwrap().iter().next() {
                let text = serde_json::to_string(&example).unwrap();
                let double = format!("{},\"{name}\":{value}}}", text.strip_suffix('}').unwrap());
                let answer = raw(&seeded.maker, &operation, &seeded.ids, "application/json", double.as_bytes());
                assert_refused(&answer, "a field twice");
                assert!(answer.text().contains("duplicateField"), "{}", answer.text());
            }

            let reference = operation.json_body().unwrap().0["$ref"].as_str().unwrap().to_owned();
            let schema = document().pointer(reference.trim_start_matches('#')).unwrap();
            for name in schema["required"].as_array().into_iter().flatten() {
                let name = name.as_str().unwrap();
                let mut body = example.clone();
                body.as_object_mut().unwrap().remove(name);
                let answer = operation.call_with(&seeded.maker, &seeded.ids, &[], Some(&body));
                assert_refused(&answer, name);
                assert!(answer.text().contains(&format!("/{name}")), "{}: {}", operation.id, answer.text());
            }
        }
    }

    fn bodies_that_are_no_json_object_are_refused(app) {
        let seeded = Seeded::new(app);
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let deep_objects = format!("{}1{}", "{\"a\":".repeat(5_000), "}".repeat(5_000));
        let bodies: Vec<(&str, Vec<u8>)> = vec![
            ("nothing", Vec::new()),
            ("half of it", b"{\"name\": \"Qx7zEcho".to_vec()),
            ("no JSON", b"Qx7zEcho".to_vec()),
            ("two values", b"{} {}".to_vec()),
            ("a list", b"[]".to_vec()),
            ("a number", b"17".to_vec()),
            ("null", b"null".to_vec()),
            ("broken UTF-8", b"{\"name\": \"Qx7zEcho\xff\xfe\"}".to_vec()),
            ("overlong UTF-8", b"{\"name\": \"\xc0\xaf\"}".to_vec()),
            ("UTF-16", "{\"name\":1}".encode_utf16().flat_map(u16::to_le_bytes).collect()),
            ("a byte order mark", b"\xef\xbb\xbf{}".to_vec()),
            ("a lone surrogate", b"{\"name\": \"\\ud800\"}".to_vec()),
            ("surrogates the wrong way round", b"{\"name\": \"\\udc00\\ud800\"}".to_vec()),
            ("NUL", b"{\"name\": \"Qx7zEcho\\u0000\"}".to_vec()),
            ("NUL in a name", b"{\"Qx7zEcho\\u0000\": 1}".to_vec()),
            ("a number too large", b"{\"name\": 1e999}".to_vec()),
            ("a number with many digits", format!("{{\"name\": {}}}", "9".repeat(10_000)).into_bytes()),
            ("lists in lists", deep.into_bytes()),
            ("objects in objects", deep_objects.into_bytes()),
            ("comments", b"{/* Qx7zEcho */}".to_vec()),
            ("a comma too many", b"{\"name\": 1,}".to_vec()),
            ("control characters", b"{\"name\": \"a\x01b\"}".to_vec()),
        ];
        for (operation, _) in with_body() {
            for (what, body) in &bodies {
                let answer = raw(&seeded.maker, &operation, &seeded.ids, "application/json", body);
                assert_refused(&answer, what);
                assert_eq!(answer.status, 400, "{} {what}", operation.id);
            }
        }
    }

    fn other_content_types_are_415_and_larger_bodies_413(app) {
        let seeded = Seeded::new(app);
        for (operation, example) in with_body() {
            let body = serde_json::to_vec(&example).unwrap();
            for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml",
                         "application/json; charset=iso-8859-1", "application/jsonx", "json", ""] {
                let answer = raw(&seeded.maker, &operation, &seeded.ids, kind, &body);
                assert_refused(&answer, kind);
                answer.problem(415, "unsupportedMediaType");
            }
            // What is written in another way but means the same is accepted: it fails later or not at all.
            for kind in ["application/json; charset=utf-8", "Application/JSON;charset=\"UTF-8\""] {
                assert_ne!(raw(&seeded.maker, &operation, &seeded.ids, kind, &body).status, 415);
            }
            let mut large = serde_json::to_string(&example).unwrap().into_bytes();
            large.resize(1024 * 1024 + 1, b' ');
            let answer = raw(&seeded.maker, &operation, &seeded.ids, "application/json", &large);
            answer.problem(413, "bodyTooLarge");
        }
    }

    fn queries_are_as_strict_as_bodies(app) {
        let seeded = Seeded::new(app);
        for operation in contract::operations() {
            if operation.is_public() {
                continue;
            }
            let path = operation.filled(&seeded.ids);
            let path = path.split('?').next().unwrap();
            let body = operation.json_body().map(|(_, example)| example);
            let send = |query: &str| seeded.maker.send(&operation.method, &format!("{path}?{query}"), &[("if-match", "*")], body);
            let answer = send(&format!("colour={ECHO}"));
            assert_refused(&answer, "an unknown parameter");
            assert_eq!(answer.status, 400, "{}", operation.id);
            assert!(answer.text().contains("?colour"), "{}", answer.text());
            // A value in the place of a name is not repeated.
            let answer = send("0707614285=1");
            assert!(answer.status == 400 && !answer.text().contains("0707614285"), "{}", answer.text());
            for (name, schema) in openapi_query(&operation) {
                let mut bad = match (schema["type"].as_str(), schema["format"].as_str()) {
                    (Some("integer"), _) => vec!["x", "1.5", "99999999999999999999", "-1", ""],
                    (Some("boolean"), _) => vec!["1", "yes", ""],
                    (_, Some("uuid" | "date" | "date-time")) => vec![ECHO, "2026-02-30", ""],
                    _ if schema.get("enum").is_some() || name == "sort" => vec![ECHO, ""],
                    _ if name == "cursor" => vec!["%00", "a%20b", ""],
                    _ => vec!["%00"],
                };
                if name == "limit" {
                    bad.extend(["0", "101"]);
                }
                for value in bad {
                    let answer = send(&format!("{name}={value}"));
                    assert_refused(&answer, &format!("{name}={value}"));
                    assert_eq!(answer.status, 400, "{} {name}={value}: {}", operation.id, answer.text());
                }
                if !is_type(schema, "array") {
                    let answer = send(&format!("{name}=true&{name}=true"));
                    assert_eq!(answer.status, 400, "{} {name} twice", operation.id);
                }
            }
        }
    }

    fn an_impossible_id_is_not_found(app) {
        let maker = app.client_with_everything();
        for operation in contract::operations() {
            if operation.is_public() || operation.path_parameters.is_empty() {
                continue;
            }
            for id in ["x", "0", "%00", "%ff%fe", "..", "%2e%2e%2f", "01980F1E-7D2C-7C3A-9B1E-2F6D8A4C5E70",
                       "01980f1e7d2c7c3a9b1e2f6d8a4c5e70", "%7B01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70%7D", "0707614285", "'; DROP TABLE patients"] {
                let mut path = operation.path.clone();
                for name in &operation.path_parameters {
                    path = path.replace(&format!("{{{name}}}"), &id.replace(' ', "%20").replace('\'', "%27"));
                }
                // `..` is resolved by clients; what is left may be another path.
                let headers = [("if-match", "*")];
                let answer = maker.send(&operation.method, &path, &headers, operation.json_body().map(|(_, example)| example));
                assert_refused(&answer, id);
                assert!(matches!(answer.status, 404 | 405 | 400), "{} {id}: {}", operation.id, answer.text());
                if id != ".." {
                    assert_eq!(answer.status, 404, "{} {id}: {}", operation.id, answer.text());
                }
            }
        }
    }
}

/// The methods of each path of the document.
fn paths() -> BTreeMap<String, Vec<Operation>> {
    let mut paths: BTreeMap<String, Vec<Operation>> = BTreeMap::new();
    for operation in contract::operations() {
        paths
            .entry(operation.path.clone())
            .or_default()
            .push(operation);
    }
    paths
}

#[test]
fn another_method_is_405_with_allow_and_head_is_there_wherever_get_is() {
    let app = TestApp::sqlite();
    let seeded = Seeded::new(&app);
    for (path, operations) in paths() {
        let target = operations[0].filled(&seeded.ids);
        let target = target.split('?').next().unwrap().to_owned();
        let has = |method: &str| {
            operations
                .iter()
                .any(|operation| operation.method == method)
        };
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"] {
            // A literal path may also be a `{…}` path with another method.
            if has(method) {
                continue;
            }
            let answer = seeded.maker.send(method, &target, &[], None);
            if answer.status == 404 || !matches!(answer.status, 405) {
                let shadowed = paths().into_iter().any(|(other, operations)| {
                    other != path
                        && fits(&other, &target)
                        && operations
                            .iter()
                            .any(|operation| operation.method == method)
                });
                assert!(
                    shadowed,
                    "{method} {path}: {} {}",
                    answer.status,
                    answer.text()
                );
                continue;
            }
            let allow = answer.header("allow").expect("Allow").to_owned();
            answer.problem(405, "methodNotAllowed");
            for operation in &operations {
                assert!(allow.contains(&operation.method), "{path}: {allow}");
            }
            assert_eq!(
                allow.contains("HEAD"),
                allow.contains("GET"),
                "{path}: {allow}"
            );
        }
        if let Some(operation) = operations
            .iter()
            .find(|operation| operation.method == "GET")
        {
            let target = operation.filled(&seeded.ids);
            let get = seeded.maker.get(&target);
            let head = seeded.maker.send("HEAD", &target, &[], None);
            assert_eq!(
                (head.status, &head.body[..]),
                (get.status, &b""[..]),
                "{path}"
            );
            assert_eq!(
                head.header("content-type"),
                get.header("content-type"),
                "{path}"
            );
            assert_eq!(head.header("etag"), get.header("etag"), "{path}");
            // Reading the access log makes it longer.
            if operation.id != "read_access_log" {
                assert_eq!(
                    head.header("content-length"),
                    get.header("content-length"),
                    "{path}"
                );
            }
        }
    }
}

fn fits(pattern: &str, path: &str) -> bool {
    let (left, right): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
    left.len() == right.len()
        && left
            .iter()
            .zip(right)
            .all(|(left, right)| *left == right || left.starts_with('{'))
}

/// The answer to a request with a body, whatever its method.
fn with_any_body(caller: &Caller, method: &str, path: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(caller.base.strip_prefix("http://").unwrap()).unwrap();
    write!(
        stream,
        "{method} /v1{path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer {}\r\nif-match: *\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        caller.token.as_deref().unwrap(),
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_body_where_an_operation_has_none_is_refused() {
    let app = TestApp::sqlite();
    let seeded = Seeded::new(&app);
    let mut tried = 0;
    for operation in contract::operations() {
        let mut names = operation.path_parameters.iter();
        if operation.is_public()
            || operation.value.get("requestBody").is_some()
            || !names.all(|name| seeded.ids.contains_key(name))
        {
            continue;
        }
        let path = operation.filled(&seeded.ids);
        let refused = with_any_body(&seeded.maker, &operation.method, &path, "{\"foo\": 1}");
        assert!(
            refused.starts_with("HTTP/1.1 400 ") && refused.contains("takes no body"),
            "{}: {refused}",
            operation.id
        );
        tried += 1;
    }
    assert!(tried > 50);
    // Nothing is taken, and what says nothing, which some clients send with every POST.
    let ping = format!(
        "/webhook-endpoints/{}/ping",
        seeded.ids["webhookEndpointId"]
    );
    for body in ["", "{}", " { }\n", "null"] {
        let pinged = with_any_body(&seeded.maker, "POST", &ping, body);
        assert!(pinged.starts_with("HTTP/1.1 201 "), "{body}: {pinged}");
        let read = with_any_body(&seeded.maker, "GET", "/organisations", body);
        assert!(read.starts_with("HTTP/1.1 200 "), "{body}: {read}");
    }
    // Who may not learns nothing of it.
    let answer = app
        .client(&["organisations.read"])
        .post(&ping, &json!({"foo": 1}));
    answer.problem(403, "forbidden");
}

#[test]
fn what_is_said_of_rates_and_of_signing_in_is_in_the_contract() {
    let app = TestApp::sqlite_with(|config| config.rate_limit = 100_000);
    let seeded = Seeded::new(&app);
    let mut answers: Vec<(String, Operation, Answer)> = Vec::new();
    for operation in contract::operations() {
        for caller in [&seeded.maker, &app.nobody()] {
            let answer = operation.call(caller, &seeded.ids);
            answers.push((answer.status.to_string(), operation.clone(), answer));
        }
    }
    let token = contract::operations()
        .into_iter()
        .find(|operation| operation.id == "issue_token")
        .unwrap();
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let answer = app.nobody().raw(
        "POST",
        "/v1/oauth/token",
        &form,
        b"grant_type=client_credentials",
    );
    assert_eq!(answer.status, 401, "{}", answer.text());
    answers.push(("401".to_owned(), token, answer));
    let mut sent = 0;
    for (status, operation, answer) in &answers {
        for name in ["RateLimit", "RateLimit-Policy", "WWW-Authenticate"] {
            let said = answer.header(&name.to_lowercase());
            let response = resolve(&operation.value["responses"][status]);
            let described = response["headers"].get(name).map(resolve);
            assert!(
                said.is_none() || described.is_some(),
                "{} {status}: {name}",
                operation.id
            );
            // As it is described: a word that both begin with.
            if let (Some(said), Some(described)) = (said, described) {
                let example = described["example"].as_str().unwrap();
                assert_eq!(
                    said.split([' ', ';']).next(),
                    example.split([' ', ';']).next()
                );
                sent += 1;
            }
        }
    }
    assert!(sent > 100);
}

#[test]
fn what_is_nowhere_is_404_and_tells_nothing_of_the_path() {
    let app = TestApp::sqlite();
    for caller in [app.nobody(), app.client_with_everything()] {
        for path in [
            "/v1/0707614285",
            "/v1/patients/x/y/z/0707614285",
            "/nothing",
            "/v1",
            "/v1/",
            "/v2/patients",
            "/health/0707614285",
        ] {
            let answer = caller.raw("GET", path, &[], b"");
            let text = answer.text();
            answer.problem(404, "notFound");
            assert!(!text.contains("0707614285"), "{text}");
        }
    }
    let long = format!("/v1/{}", "a".repeat(60_000));
    let answer = app.nobody().raw("GET", &long, &[], b"");
    assert!((400..500).contains(&answer.status), "{}", answer.status);
}

#[test]
fn id_6_what_stands_in_the_place_of_an_id_is_not_repeated() {
    let app = TestApp::sqlite();
    let (client, nobody) = (app.client_with_everything(), app.nobody());
    let number = "070761-4285";
    for operation in contract::operations() {
        if operation.path_parameters.is_empty() {
            continue;
        }
        let mut path = operation.path.clone();
        for name in &operation.path_parameters {
            path = path.replace(&format!("{{{name}}}"), number);
        }
        for caller in [&client, &nobody] {
            let body = operation.json_body().map(|(_, example)| example);
            let answer = caller.send(&operation.method, &path, &[("if-match", "*")], body);
            assert!(
                !answer.text().contains(number),
                "{}: {}",
                operation.id,
                answer.text()
            );
        }
    }
    let of =
        |method: &str, path: &str| client.send(method, path, &[], None).json()["instance"].clone();
    assert_eq!(of("GET", "/patients/070761-4285"), "/v1/patients/-");
    assert_eq!(of("GET", "/municipalities/Anna"), "/v1/municipalities/-");
    // Ids and the words of the path itself are.
    let id = "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70";
    let relative = format!("/patients/{id}/relatives/{id}");
    assert_eq!(of("GET", &relative), format!("/v1{relative}"));
    assert_eq!(of("DELETE", "/patients/search"), "/v1/patients/search");
}

#[test]
fn a_header_that_says_one_thing_is_sent_once() {
    let app = TestApp::sqlite();
    let client = app.client_with_everything();
    let body = serde_json::to_vec(&json!({"partOf": app.controller, "kind": "ward", "name": "A"}))
        .unwrap();
    let own = format!("Bearer {}", client.token.clone().unwrap());
    let kind = ("content-type", "application/json");
    for (caller, twice) in [
        // A caller with a token sends that too.
        (&client, vec![kind, ("authorization", own.as_str())]),
        (
            &app.nobody(),
            vec![
                kind,
                ("authorization", "Bearer x"),
                ("authorization", "Bearer y"),
            ],
        ),
        (&client, vec![kind, kind]),
        (&client, vec![kind, ("if-match", "*"), ("if-match", "*")]),
        (
            &client,
            vec![kind, ("idempotency-key", "a"), ("idempotency-key", "a")],
        ),
    ] {
        let answer = caller.raw("POST", "/v1/organisations", &twice, &body);
        answer.problem(400, "invalidHeader");
    }
    client
        .raw("POST", "/v1/organisations", &[kind], &body)
        .expect(201);
}

#[test]
fn an_accept_header_without_json_is_406() {
    let app = TestApp::sqlite();
    let seeded = Seeded::new(&app);
    for operation in contract::operations() {
        for accept in [
            "text/html",
            "application/xml, text/*",
            "application/json;q=0",
            "image/png",
        ] {
            // Calendars, tables and pages are text, some are pages.
            let text = operation.value["responses"].to_string();
            if accept.ends_with("text/*") && text.contains("\"text/")
                || accept == "text/html" && text.contains("\"text/html")
            {
                continue;
            }
            let headers = [("accept", accept), ("if-match", "*")];
            let body = operation.json_body().map(|(_, example)| example);
            seeded
                .maker
                .send(
                    &operation.method,
                    &operation.filled(&seeded.ids),
                    &headers,
                    body,
                )
                .problem(406, "notAcceptable");
        }
    }
    for accept in [
        "*/*",
        "application/json",
        "text/html, application/*;q=0.1",
        "application/problem+json, */*",
    ] {
        seeded
            .maker
            .send("GET", "/organisations", &[("accept", accept)], None)
            .expect(200);
    }
}

#[test]
fn every_answer_has_a_request_id_and_the_security_headers() {
    let app = TestApp::sqlite();
    let client = app.client_with_everything();
    let mut answers = vec![
        client.get("/organisations"),
        client.get("/nowhere"),
        client.send("DELETE", "/organisations", &[], None),
        app.nobody().get("/organisations"),
        client.send("GET", "/organisations", &[("accept", "text/html")], None),
        client.raw("GET", "/docs/", &[], b""),
        client.raw("GET", "/problems", &[], b""),
        client.raw("GET", "/health/live", &[], b""),
        client.raw(
            "OPTIONS",
            "/v1/organisations",
            &[
                ("origin", "https://evil.example"),
                ("access-control-request-method", "GET"),
            ],
            b"",
        ),
    ];
    answers.push(client.send(
        "POST",
        "/organisations",
        &[("content-type", "text/plain")],
        Some(&json!({})),
    ));
    for answer in answers {
        let id = answer
            .header("request-id")
            .unwrap_or_else(|| panic!("{}", answer.request));
        assert!(uuid::Uuid::try_parse(id).is_ok(), "{id}");
        assert_eq!(
            answer.header("x-content-type-options"),
            Some("nosniff"),
            "{}",
            answer.request
        );
        assert_eq!(answer.header("x-frame-options"), Some("DENY"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert!(answer.header("strict-transport-security").is_some());
        assert!(
            answer
                .header("content-security-policy")
                .unwrap()
                .contains("default-src 'self'")
        );
        assert_eq!(answer.header("server"), None);
    }
    let own = "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70";
    let answer = client.send("GET", "/organisations", &[("request-id", own)], None);
    assert_eq!(answer.header("request-id"), Some(own));
    // A request id that could be anything is replaced: it goes to logs and audit rows.
    for id in ["0707614285", "x", &"a".repeat(65), "Anna Sørensen"] {
        let answer = client.raw("GET", "/v1/organisations", &[("request-id", id)], b"");
        assert_ne!(answer.header("request-id"), Some(id));
    }
}

#[test]
fn personal_data_are_not_kept_by_caches() {
    let app = TestApp::sqlite();
    let seeded = Seeded::new(&app);
    for operation in contract::operations() {
        let answer = operation.call(&seeded.maker, &seeded.ids);
        if operation.id != "read_jwks" {
            assert_eq!(
                answer.header("cache-control"),
                Some("no-store"),
                "{}",
                operation.id
            );
        }
    }
}

#[test]
fn long_answers_are_compressed_for_those_who_ask() {
    let app = TestApp::sqlite();
    let plain = app.nobody().get("/openapi.json");
    assert_eq!(plain.header("content-encoding"), None);
    let packed = app
        .nobody()
        .send("GET", "/openapi.json", &[("accept-encoding", "gzip")], None);
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert!(
        packed
            .headers
            .iter()
            .any(|(name, value)| name == "vary" && value.eq_ignore_ascii_case("accept-encoding"))
    );
    assert!(packed.body.len() * 2 < plain.body.len());
    assert_eq!(packed.body[..2], [0x1f, 0x8b]);
}

#[test]
fn browsers_may_call_from_listed_origins_only() {
    let app = TestApp::sqlite_with(|config| {
        config.cors_origins = vec!["https://booking.example".to_owned()]
    });
    let client = app.client_with_everything();
    let preflight = |origin: &str| {
        app.nobody().raw(
            "OPTIONS",
            "/v1/organisations",
            &[
                ("origin", origin),
                ("access-control-request-method", "POST"),
                (
                    "access-control-request-headers",
                    "authorization,content-type,idempotency-key,if-match",
                ),
            ],
            b"",
        )
    };
    let allowed = preflight("https://booking.example");
    assert_eq!(allowed.status, 200, "{}", allowed.text());
    assert_eq!(
        allowed.header("access-control-allow-origin"),
        Some("https://booking.example")
    );
    let refused = preflight("https://evil.example");
    assert_eq!(refused.header("access-control-allow-origin"), None);
    assert_eq!(
        refused.header("content-type"),
        Some("application/problem+json"),
        "{}",
        refused.status
    );

    let from = |origin: &str, path: &str| client.send("GET", path, &[("origin", origin)], None);
    let read = from("https://booking.example", "/organisations");
    assert_eq!(
        read.header("access-control-allow-origin"),
        Some("https://booking.example")
    );
    assert!(
        read.header("access-control-expose-headers")
            .unwrap()
            .to_lowercase()
            .contains("etag")
    );
    // A browser can read why it failed, too.
    let failed = from("https://booking.example", "/organisations?colour=red");
    assert_eq!(
        failed.header("access-control-allow-origin"),
        Some("https://booking.example")
    );
    failed.problem(400, "invalidRequest");
    assert_eq!(
        from("https://evil.example", "/organisations").header("access-control-allow-origin"),
        None
    );
}

#[test]
fn who_asks_too_often_is_told_when_to_come_back() {
    let app = TestApp::sqlite_with(|config| config.rate_limit = 5);
    let (client, other) = (
        app.client(&["organisations.read"]),
        app.client(&["organisations.read"]),
    );
    let mut refused = None;
    for n in 0..50 {
        let answer = client.get("/organisations");
        assert_eq!(answer.header("ratelimit-policy"), Some("\"actor\";q=5;w=1"));
        let left = answer.header("ratelimit").expect("RateLimit").to_owned();
        assert!(left.starts_with("\"actor\";r="), "{left}");
        if answer.status == 429 {
            assert!(n >= 5);
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("50 requests within a second pass a limit of 5");
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    refused.problem(429, "tooManyRequests");
    other.get("/organisations").expect(200);
    std::thread::sleep(std::time::Duration::from_secs(wait));
    client.get("/organisations").expect(200);
    // Without a limit nothing is said about one.
    assert_eq!(
        TestApp::sqlite()
            .client(&["organisations.read"])
            .get("/organisations")
            .header("ratelimit"),
        None
    );
}

#[test]
fn every_problem_has_a_page() {
    let app = TestApp::sqlite();
    for code in brobygger::platform::error::ProblemCode::ALL {
        let page = app
            .nobody()
            .raw("GET", &format!("/problems/{code}"), &[], b"");
        assert_eq!(page.status, 200);
        assert!(
            page.text().contains(code.as_str())
                && page
                    .header("content-type")
                    .unwrap()
                    .starts_with("text/html")
        );
        assert!(
            app.nobody()
                .raw("GET", "/problems", &[], b"")
                .text()
                .contains(code.title())
        );
    }
    app.nobody()
        .raw("GET", "/problems/nonsense", &[], b"")
        .problem(404, "notFound");
}

#[test]
fn the_service_says_that_it_lives_and_is_ready() {
    let app = TestApp::sqlite();
    for path in ["/health/live", "/health/ready"] {
        assert_eq!(
            app.nobody().raw("GET", path, &[], b"").expect(200),
            json!({"status": "ok"})
        );
    }
    let docs = app.nobody().raw("GET", "/docs/", &[], b"");
    assert_eq!(docs.status, 200);
    for path in ["/", "/docs"] {
        let answer = app.nobody().raw("GET", path, &[], b"");
        assert!((300..400).contains(&answer.status));
        assert_eq!(answer.header("location"), Some("/docs/"));
    }
}

on_both_engines! {
    fn a_migrated_service_is_ready(app) {
        let ready = app.nobody().raw("GET", "/health/ready", &[], b"");
        assert_eq!((ready.status, ready.text().as_str()), (200, r#"{"status":"ok"}"#));
    }
}
