//! What nobody may find: a person's number, name, telephone and note are sent through everything
//! that takes text, and then looked for everywhere they do not belong (ID-6).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use brobygger::platform::db::connection::DatabaseUrl;
use serde_json::{Value, json};

use crate::support::contract::{self, resolve};
use crate::support::seed::{Seeded, person};
use crate::support::service::{Client, Service, run, text};
use crate::support::{Answer, TestApp, tells};

/// Sent by the generic driver, into operations that may keep names and titles in plain columns.
mod stray {
    pub const CPR: &str = "251248-4916";
    pub const NAME: &str = "Xylofonia";
    pub const TELEPHONE: &str = "+4532105477";
    pub const NOTE: &str = "Vinkelmus: søvnløs siden operationen på Ørestad";
}

const SEALED: &[(&str, &str)] = &[
    ("CPR number", person::CPR),
    ("given name", person::GIVEN),
    ("family name", person::FAMILY),
    ("telephone", person::TELEPHONE),
    ("note", person::NOTE),
];

const STRAY: &[(&str, &str)] = &[
    ("stray CPR number", stray::CPR),
    ("stray name", stray::NAME),
    ("stray telephone", stray::TELEPHONE),
    ("stray note", stray::NOTE),
];

/// The ways in which a text could stand somewhere.
fn forms(text: &str) -> Vec<Vec<u8>> {
    let mut plain = vec![text.to_owned(), text.to_lowercase(), text.to_uppercase()];
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if digits.len() >= 8 {
        plain.push(text.trim_start_matches("+45").to_owned());
        plain.push(digits);
    }
    plain.push(text.chars().flat_map(char::escape_unicode).collect());
    plain.push(
        serde_json::to_string(text)
            .unwrap()
            .trim_matches('"')
            .to_owned(),
    );
    plain.push(ascii_json(text));
    plain.push(form_urlencoded::byte_serialize(text.as_bytes()).collect());
    let mut forms: Vec<Vec<u8>> = Vec::new();
    for text in plain {
        let bytes = text.into_bytes();
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        forms.push(hex.to_uppercase().into_bytes());
        forms.push(hex.into_bytes());
        // Base64 of a text inside a longer one, at each of the three places it may begin at.
        for before in 0..3_usize {
            for engine in [&STANDARD, &URL_SAFE] {
                let mut padded = vec![b'.'; before];
                padded.extend_from_slice(&bytes);
                let whole = engine.encode(&padded).trim_end_matches('=').to_owned();
                let from = (before * 8).div_ceil(6);
                let to = padded.len() * 8 / 6;
                forms.push(whole.as_bytes()[from..to].to_vec());
            }
        }
        forms.push(
            String::from_utf8_lossy(&bytes)
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect(),
        );
        forms.push(bytes);
    }
    forms.sort();
    forms.dedup();
    forms
}

/// JSON with everything beyond ASCII escaped.
fn ascii_json(text: &str) -> String {
    text.encode_utf16()
        .map(|unit| match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => char::from(byte).to_string(),
            _ => format!("\\u{unit:04x}"),
        })
        .collect()
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    !needle.is_empty()
        && haystack
            .windows(needle.len())
            .any(|window| window == needle)
}

/// Which of the secrets stand in `haystack`.
fn found(haystack: &[u8], secrets: &[(&str, &str)], place: &str) -> Vec<String> {
    secrets
        .iter()
        .filter(|(_, secret)| forms(secret).iter().any(|form| contains(haystack, form)))
        .map(|(name, _)| format!("{place} holds the {name}"))
        .collect()
}

/// A body for a schema, with a person's data wherever text fits.
fn laden(name: &str, schema: &Value, example: &Value) -> Value {
    let schema = resolve(schema);
    if let Some(branch) = schema["oneOf"].as_array().and_then(|branches| {
        branches
            .iter()
            .find(|branch| resolve(branch)["type"] != "null")
    }) {
        return laden(name, branch, example);
    }
    if schema.get("enum").is_some() || schema.get("format").is_some() {
        return match example {
            Value::Null => schema["enum"][0].clone(),
            example => example.clone(),
        };
    }
    if let Some(properties) = schema["properties"].as_object() {
        let mut body = serde_json::Map::new();
        for (field, property) in properties {
            let example = &example[field];
            // What the example leaves out is filled too, where it is text.
            let inner = essence(property);
            let is_text = inner["type"] == "string"
                && inner.get("enum").is_none()
                && inner.get("format").is_none();
            if !example.is_null() || is_text {
                body.insert(field.clone(), laden(field, property, example));
            }
        }
        return Value::Object(body);
    }
    match example {
        Value::Array(items) => items
            .iter()
            .map(|item| laden(name, &schema["items"], item))
            .collect(),
        Value::Object(_) | Value::Bool(_) | Value::Number(_) => example.clone(),
        Value::Null | Value::String(_) => {
            let longest = schema["maxLength"].as_u64().unwrap_or(u64::MAX);
            let text = match name {
                "value" => stray::CPR,
                "number" | "telephone" => stray::TELEPHONE,
                "given" | "family" | "name" | "title" => stray::NAME,
                _ if longest < stray::NOTE.chars().count() as u64 => stray::NAME,
                _ => stray::NOTE,
            };
            json!(text)
        }
    }
}

fn essence(schema: &Value) -> &Value {
    let schema = resolve(schema);
    schema["oneOf"]
        .as_array()
        .and_then(|branches| {
            branches
                .iter()
                .map(resolve)
                .find(|branch| branch["type"] != "null")
        })
        .unwrap_or(schema)
}

/// Headers, cursors, and what an error says. The body of a success holds what was asked for.
fn traces(answer: &Answer) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, value) in &answer.headers {
        bytes.extend_from_slice(format!("{name}: {value}\n").as_bytes());
    }
    if answer.status >= 400 {
        bytes.extend_from_slice(&answer.body);
    } else if let Ok(body) = serde_json::from_slice::<Value>(&answer.body)
        && let Some(cursor) = body["nextCursor"].as_str()
    {
        bytes.extend_from_slice(cursor.as_bytes());
        bytes.extend(URL_SAFE.decode(cursor).unwrap_or_default());
    }
    bytes
}

/// Sends it all and looks everywhere but into the database.
fn drive(app: &TestApp) -> (Client, Vec<String>) {
    let url = text(&app.url);
    let folder = app.data_dir.path();
    let client = Client::create(folder, &url, "Region Prøve");
    let service = Service::start(folder, &url);
    let caller = service.sign_in(&client);
    let token = caller.token.clone().unwrap();
    let seeded = Seeded::by(caller.clone(), &client.organisation, chrono::Utc::now());
    let mut leaks = Vec::new();
    let mut look = |answer: &Answer| {
        assert_ne!(answer.status, 500, "{}: {}", answer.request, answer.text());
        let traces = traces(answer);
        leaks.extend(found(&traces, SEALED, &answer.request));
        leaks.extend(found(&traces, STRAY, &answer.request));
    };
    for operation in contract::operations() {
        if operation.is_public() {
            continue;
        }
        let body = operation
            .json_body()
            .map(|(schema, example)| laden("", schema, &seeded.at_home(example)));
        look(&operation.call_with(&caller, &seeded.ids, &[], body.as_ref()));
        // The same where it is refused: without a version, without a token, as broken JSON.
        look(&operation.call_with(
            &caller,
            &seeded.ids,
            &[("if-match", "\"999\"")],
            body.as_ref(),
        ));
        look(&operation.call_with(&service.nobody(), &seeded.ids, &[], body.as_ref()));
        if let Some(body) = &body {
            let mut broken = serde_json::to_vec(body).unwrap();
            broken.pop();
            let path = format!("/v1{}", operation.filled(&seeded.ids));
            let headers = [("content-type", "application/json"), ("if-match", "*")];
            look(&caller.raw(&operation.method, &path, &headers, &broken));
            // In the place of a name.
            let mut odd = body.clone();
            odd[stray::CPR] = json!(stray::NOTE);
            odd[stray::NOTE] = json!(1);
            look(&operation.call_with(&caller, &seeded.ids, &[], Some(&odd)));
        }
        // Lists, page by page.
        if operation
            .parameters()
            .any(|parameter| parameter["name"] == "limit")
            && operation.method == "GET"
        {
            let path = operation.filled(&seeded.ids);
            let sign = if path.contains('?') { '&' } else { '?' };
            look(&caller.get(&format!("{path}{sign}limit=1")));
        }
    }
    let digits = person::CPR.replace('-', "");
    for (method, path) in [
        ("GET", format!("/v1/{digits}")),
        ("GET", format!("/v1/patients/{digits}")),
        ("GET", format!("/v1/patients/{}", person::CPR)),
        ("GET", format!("/v1/patients/{}/relatives", person::CPR)),
        ("GET", format!("/v1/municipalities/{}", person::CPR)),
        ("PUT", format!("/v1/patients/{}", person::GIVEN)),
        ("GET", format!("/nothing/{digits}")),
        ("GET", format!("/v1/organisations?cpr={digits}")),
        ("GET", format!("/v1/organisations?{digits}=1")),
        ("GET", format!("/v1/organisations?cursor={digits}")),
        (
            "DELETE",
            format!("/v1/patients/search?name={}", person::GIVEN),
        ),
    ] {
        look(&caller.raw(method, &path, &[], b""));
    }
    for header in [
        "idempotency-key",
        "request-id",
        "if-match",
        "if-none-match",
        "traceparent",
        "user-agent",
        "referer",
        "origin",
        "accept",
    ] {
        look(&caller.raw("GET", "/v1/organisations", &[(header, &digits)], b""));
    }
    let form = format!(
        "grant_type=client_credentials&client_id={digits}&client_secret={digits}&scope={digits}"
    );
    look(&service.nobody().raw(
        "POST",
        "/v1/oauth/token",
        &[("content-type", "application/x-www-form-urlencoded")],
        form.as_bytes(),
    ));

    let metrics = service.nobody();
    let metrics = crate::support::Caller {
        base: service.metrics.clone(),
        ..metrics
    }
    .raw("GET", "/metrics", &[], b"");
    assert!(
        metrics.text().contains("create_patient"),
        "{}",
        metrics.text()
    );
    leaks.extend(found(&metrics.body, SEALED, "/metrics"));
    leaks.extend(found(&metrics.body, STRAY, "/metrics"));
    let log = service.log.clone();
    service.kill();
    let log = std::fs::read(log).unwrap();
    assert!(contains(&log, b"create_patient"), "the log was looked at");
    leaks.extend(found(&log, SEALED, "the log"));
    leaks.extend(found(&log, STRAY, "the log"));
    for (name, secret) in [("access token", &token), ("client secret", &client.secret)] {
        if contains(&log, secret.as_bytes()) {
            leaks.push(format!("the log holds the {name}"));
        }
    }
    (client, leaks)
}

#[track_caller]
fn none(leaks: Vec<String>) {
    assert!(leaks.is_empty(), "\n{}\n", leaks.join("\n"));
}

#[test]
fn the_search_finds_what_is_there() {
    let note = person::NOTE;
    for text in [
        format!("x{note}y"),
        STANDARD.encode(format!("a{note}b")),
        URL_SAFE.encode(format!("ab{note}")),
        note.bytes().map(|byte| format!("{byte:02x}")).collect(),
        ascii_json(note),
    ] {
        assert_eq!(
            found(text.as_bytes(), SEALED, "x"),
            ["x holds the note"],
            "{text}"
        );
    }
    assert_eq!(
        found(b"0707614285", SEALED, "x"),
        ["x holds the CPR number"]
    );
    assert!(found(b"nothing", SEALED, "x").is_empty());
    let id = "01a20440-4700-73b1-b418-47d4ff4d874a";
    assert!(!tells(&format!("/patients/{id}/relatives"), "4700"));
    assert!(tells(&format!("[\"{id}\",\"4700\"]"), "4700"));
}

#[test]
fn a_person_is_found_in_no_log_and_not_in_the_file() {
    let app = TestApp::sqlite();
    let (client, mut leaks) = drive(&app);
    let DatabaseUrl::Sqlite(path) = &app.url else {
        unreachable!()
    };
    let mut sizes = 0;
    for suffix in ["", "-wal", "-shm"] {
        let bytes = std::fs::read(format!("{path}{suffix}")).unwrap_or_default();
        sizes += bytes.len();
        leaks.extend(found(&bytes, SEALED, &format!("the file{suffix}")));
        if contains(&bytes, client.secret.as_bytes()) {
            leaks.push(format!("the file{suffix} holds the client secret"));
        }
    }
    // The search reaches what stands in plain columns.
    let all = [
        std::fs::read(path).unwrap(),
        std::fs::read(format!("{path}-wal")).unwrap_or_default(),
    ]
    .concat();
    assert!(contains(&all, "Region Prøve".as_bytes()) && sizes > 10_000);
    none(leaks);
    let verified = run(app.data_dir.path(), &text(&app.url), &["audit", "verify"]);
    assert!(verified.contains(" 0 findings"), "{verified}");
}

#[test]
fn a_person_is_found_in_no_log_and_not_in_a_dump() {
    let Some(app) = TestApp::postgresql() else {
        return;
    };
    let (client, mut leaks) = drive(&app);
    let dump = std::process::Command::new("pg_dump")
        .arg("--dbname")
        .arg(text(&app.url))
        .output();
    if let Ok(dump) = dump {
        assert!(
            dump.status.success(),
            "{}",
            String::from_utf8_lossy(&dump.stderr)
        );
        assert!(contains(&dump.stdout, "Region Prøve".as_bytes()));
        leaks.extend(found(&dump.stdout, SEALED, "the dump"));
        if contains(&dump.stdout, client.secret.as_bytes()) {
            leaks.push("the dump holds the client secret".to_owned());
        }
    }
    none(leaks);
}
