//! The components that operations of every resource refer to: sign-in, parameters, headers, problems.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::set;
use crate::platform::access::Action;
use crate::platform::error::ProblemCode;

/// How to sign in.
pub fn security_schemes() -> Value {
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

/// The parameters that whole kinds of operations take.
pub fn parameters() -> BTreeMap<String, Value> {
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

/// The headers of answers.
pub fn headers() -> Value {
    let text = |description: &str, example: &str| json!({"description": description, "schema": {"type": "string"}, "example": example});
    json!({
        "RequestId": text("The id of the request, for support and the access log.", "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70"),
        "ETag": text("The version of the resource.", "\"3\""),
        "Location": text("Where the new resource is.", "/v1/patients/01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70"),
        "Link": text("`rel=\"next\"`: the next page, where there is one (RFC 8288).", "</v1/patients?cursor=AAZ>; rel=\"next\""),
        "IdempotencyReplayed": text("`true` when this is the stored answer to an earlier request with the same key.", "true"),
        "RetryAfter": json!({"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}, "example": 1}),
        "WwwAuthenticate": text("How to authenticate.", "Bearer realm=\"brobygger\""),
        "WwwAuthenticateBasic": text("How a client authenticates to be given a token, where it does not send its id and secret in the form.", "Basic realm=\"brobygger\""),
        "RateLimitPolicy": text("How many requests you may send: `q` within `w` seconds. Absent where the service limits nobody.", "\"actor\";q=100;w=1"),
        "RateLimit": text("How many requests you may send right now (`r`). Absent where the service limits nobody.", "\"actor\";r=99;t=1"),
    })
}

/// The headers that say what rate a caller has who is known, with their components.
pub const RATE_LIMIT: [(&str, &str); 2] = [
    ("RateLimit-Policy", "RateLimitPolicy"),
    ("RateLimit", "RateLimit"),
];

/// One response for each status that has a problem, with each code as an example.
pub fn responses() -> Value {
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
    // Refused before it is known who asks.
    if !matches!(status, 401 | 406) {
        for (name, component) in RATE_LIMIT {
            let header = json!({"$ref": format!("#/components/headers/{component}")});
            set(&mut headers, name, header);
        }
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
