//! The `webhooks` of the contract: one message for each type of event, and the ping.

use serde_json::{Map, Value, json};

use crate::platform::events::catalogue::CATALOGUE;

/// The tag they stand under.
const TAG: &str = "Webhooks";
/// The type of the message that tries an endpoint.
const PING: (&str, &str) = (
    "webhook.ping",
    "Somebody tries the endpoint (`POST /webhook-endpoints/{webhookEndpointId}/ping`). Nothing has happened.",
);

/// The messages by type.
#[must_use]
pub fn webhooks() -> Value {
    let messages: Map<String, Value> = std::iter::once(&PING)
        .chain(CATALOGUE)
        .map(|(kind, meaning)| ((*kind).to_owned(), json!({"post": message(kind, meaning)})))
        .collect();
    Value::Object(messages)
}

fn message(kind: &str, meaning: &str) -> Value {
    let reference = |name: &str| json!({"$ref": format!("#/components/parameters/{name}")});
    json!({
        "tags": [TAG],
        "operationId": format!("on_{}", snake_case(kind)),
        "summary": kind,
        "description": meaning,
        "parameters": [
            reference("webhookId"), reference("webhookTimestamp"), reference("webhookSignature"),
        ],
        "requestBody": {
            "required": true,
            "content": {"application/json": {
                "schema": {"$ref": format!("#/components/schemas/{}", schema(kind))},
                "example": example(kind),
            }}
        },
        "responses": {
            "2XX": {"description": "You have it. Anything else, or no answer within fifteen seconds, is tried again over three days."},
            "410": {"description": "You want nothing more: the endpoint is disabled until somebody resumes it."},
        },
        "security": [],
    })
}

fn schema(kind: &str) -> &'static str {
    if kind == PING.0 {
        "WebhookPing"
    } else {
        "LoggedEvent"
    }
}

/// The shape of the ping, which is no event of the log.
#[must_use]
pub fn ping_schema() -> Value {
    json!({
        "type": "object",
        "description": "A message that tries an endpoint.",
        "required": ["id", "type", "timestamp", "data"],
        "properties": {
            "id": {"type": "string", "format": "uuid", "description": "Its id: the `webhook-id`."},
            "type": {"type": "string", "const": PING.0, "description": "What it is."},
            "timestamp": {"type": "string", "format": "date-time", "description": "When it was asked for."},
            "data": {"$ref": "#/components/schemas/EventData", "description": "The endpoint that is tried."},
        },
        "example": example(PING.0),
    })
}

fn example(kind: &str) -> Value {
    let subject = match kind {
        _ if kind == PING.0 => "webhookEndpoint",
        _ => kind.split('.').next().unwrap_or(kind),
    };
    let mut example = json!({
        "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70",
        "type": kind,
        "timestamp": "2026-03-27T09:15:00Z",
        "data": {
            "subjectType": subject,
            "subjectId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71",
            "organisationId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e72",
        },
    });
    if kind != PING.0
        && let Some(fields) = example.as_object_mut()
    {
        fields.insert(
            "cursor".to_owned(),
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAqm0Z0b4k1X2c3d4e5".into(),
        );
    }
    example
}

/// The headers of every message (Standard Webhooks).
#[must_use]
pub fn parameters() -> Vec<(&'static str, Value)> {
    let header = |name: &str, description: &str, example: &str| {
        json!({"name": name, "in": "header", "required": true, "description": description,
               "schema": {"type": "string", "minLength": 1, "maxLength": 1000}, "example": example})
    };
    vec![
        (
            "webhookId",
            header(
                "webhook-id",
                "The id of the message, the same however often it is sent: do nothing twice under it.",
                "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70",
            ),
        ),
        (
            "webhookTimestamp",
            header(
                "webhook-timestamp",
                "When this attempt was made, seconds since 1970. Refuse what is older than five minutes.",
                "1774602900",
            ),
        ),
        (
            "webhookSignature",
            header(
                "webhook-signature",
                "`v1,` and the base64 of an HMAC-SHA-256 over `webhook-id.webhook-timestamp.body` with the bytes behind `whsec_`; several, separated by spaces, while a secret is rotated. One that fits is enough.",
                "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            ),
        ),
    ]
}

fn snake_case(kind: &str) -> String {
    let mut text = String::with_capacity(kind.len() + 4);
    for c in kind.chars() {
        match c {
            '.' => text.push('_'),
            c if c.is_ascii_uppercase() => {
                text.push('_');
                text.push(c.to_ascii_lowercase());
            }
            c => text.push(c),
        }
    }
    text
}
