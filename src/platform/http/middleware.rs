//! What happens around every request: its id, HEAD, problem documents, headers, counting and one
//! log line without anything personal.

use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};

use super::problems::{self, Pending};
use super::request::{REQUEST_ID, RequestId};
use crate::platform::access::limits::Standing;
use crate::platform::app::App;
use crate::platform::error::{Problem, ProblemCode};

/// Around everything.
pub async fn around(
    mut req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let started = Instant::now();
    let id = RequestId::of(req.headers());
    req.extensions_mut().insert(id.clone());
    // HEAD is answered wherever GET is; the framework leaves the body out.
    if req.method() == Method::HEAD {
        req.head_mut().method = Method::GET;
    }
    // The request must not be held while it is routed: the router writes into it.
    if !accepts_answer(&req) {
        let problem = problems::plain(
            ProblemCode::NotAcceptable,
            "The answer is JSON, which the Accept header rules out.",
        );
        let (request, _) = req.into_parts();
        let response = problems::render(&request, problem);
        return Ok(finish(&request, response, &id, started));
    }
    let response = next.call(req).await?.map_into_boxed_body();
    let (request, mut response) = response.into_parts();
    let pending = response.extensions_mut().remove::<Pending>();
    let problem = match pending {
        Some(Pending(problem)) => Some(problem),
        None if is_bare_error(&response) => Some(bare(response.status())),
        None => None,
    };
    let response = match problem {
        Some(problem) => with_kept_headers(problems::render(&request, problem), &response),
        None => response,
    };
    Ok(finish(&request, response, &id, started))
}

/// An error that the framework made, with text or nothing as its body.
fn is_bare_error(response: &HttpResponse) -> bool {
    let status = response.status();
    (status.is_client_error() || status.is_server_error())
        && !response
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(|kind| kind.contains("json"))
}

fn bare(status: StatusCode) -> Problem {
    problems::of_status(match status {
        StatusCode::URI_TOO_LONG => StatusCode::BAD_REQUEST,
        status => status,
    })
}

/// A problem document keeps what the response it replaces said about methods and origins: a
/// browser shows a page from elsewhere only what CORS lets through, errors too.
fn with_kept_headers(mut rendered: HttpResponse, replaced: &HttpResponse) -> HttpResponse {
    for (name, value) in replaced.headers() {
        if *name == header::ALLOW
            || *name == header::VARY
            || name.as_str().starts_with("access-control-")
        {
            rendered.headers_mut().append(name.clone(), value.clone());
        }
    }
    rendered
}

/// What every answer says to browsers.
const ALWAYS: [(&str, &str); 5] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("x-frame-options", "DENY"),
    ("strict-transport-security", "max-age=31536000"),
    // Swagger UI brings inline styles and small images of its own; nothing comes from elsewhere.
    (
        "content-security-policy",
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
    ),
];

fn finish(
    request: &HttpRequest,
    mut response: HttpResponse,
    id: &RequestId,
    started: Instant,
) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    set(REQUEST_ID, &id.0);
    if let Some(standing) = request.extensions().get::<Standing>() {
        set(
            "ratelimit-policy",
            &format!("\"actor\";q={};w=1", standing.quota),
        );
        set(
            "ratelimit",
            &format!("\"actor\";r={};t=1", standing.remaining),
        );
    }
    let took = started.elapsed();
    if let Ok(app) = App::of(request) {
        let operation = request
            .match_pattern()
            .and_then(|pattern| app.operations.id_of(request.method(), &pattern));
        let operation = operation.as_deref().unwrap_or("other");
        app.metrics.count(operation, status.as_u16(), took);
        tracing::info!(
            operation,
            status = status.as_u16(),
            micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            request_id = id.0.as_str(),
            trace = trace_id(request).unwrap_or_default(),
            "answered"
        );
    }
    ServiceResponse::new(request.clone(), response)
}

/// The trace id of a W3C `traceparent`: 32 hexadecimal digits.
fn trace_id(request: &HttpRequest) -> Option<&str> {
    let parent = request.headers().get("traceparent")?.to_str().ok()?;
    let id = parent.split('-').nth(1)?;
    (id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit())).then_some(id)
}

/// Whether the caller takes JSON, or what an operation answers instead or besides. Pages for people
/// are not asked.
fn accepts_answer(req: &ServiceRequest) -> bool {
    if !req.path().starts_with("/v1/") {
        return true;
    }
    let mut ranges = req
        .headers()
        .get_all(header::ACCEPT)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
            let refused = parts.any(|part| {
                part.strip_prefix("q=")
                    .and_then(|q| q.parse::<f32>().ok())
                    .is_some_and(|q| q == 0.0)
            });
            (kind, refused)
        })
        .peekable();
    if ranges.peek().is_none() {
        return true;
    }
    let answered = |range: &str| {
        req.app_data::<actix_web::web::Data<App>>()
            .is_some_and(|app| app.operations.answers(req.method(), req.path(), range))
    };
    ranges.any(|(kind, refused)| {
        !refused
            && (kind.is_empty()
                || kind == "*/*"
                || kind == "application/*"
                || kind == "application/json"
                || kind == "application/problem+json"
                || answered(&kind))
    })
}
