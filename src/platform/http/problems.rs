//! How an error becomes a problem document (RFC 9457), and the pages that explain each code.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, ResponseError, get, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::request::RequestId;
use crate::platform::app::App;
use crate::platform::error::{Error, FieldError, Problem, ProblemCode};
use crate::platform::id::Id;

/// A problem (RFC 9457): why the request was not answered as it asked.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "type": "/problems/invalidRequest", "title": "The request is invalid", "status": 400,
    "detail": "1 field is not as it must be.", "instance": "/v1/patients",
    "code": "invalidRequest", "requestId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70",
    "errors": [{"pointer": "/birthDate", "code": "invalidFormat", "detail": "must be a date that exists, YYYY-MM-DD"}]
}))]
pub struct ProblemDetails {
    /// A page of this service that says what the problem means and what to do.
    #[schema(format = "uri-reference")]
    r#type: String,
    /// A short, stable title.
    title: &'static str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What happened this time. Never holds a value that was sent.
    detail: String,
    /// The path that was called, with `-` in the place of what is neither an id nor a word of the
    /// path itself.
    #[schema(format = "uri-reference")]
    instance: String,
    /// A stable code for programs.
    code: &'static str,
    /// Quote it when you ask for help.
    request_id: String,
    /// All fields that are wrong; empty where no field is.
    errors: Vec<FieldProblem>,
    /// The state the resource is in, for `stateConflict`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    state: Option<String>,
    /// The steps that are possible now, for `stateConflict`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    allowed: Option<Vec<String>>,
}

/// One thing wrong with one field.
#[derive(Serialize, ToSchema)]
pub struct FieldProblem {
    /// JSON Pointer into the body (RFC 6901), `?name` for a query parameter, or `column 3` or
    /// `line 7` of a file.
    pointer: String,
    /// A stable word for what is wrong.
    code: String,
    /// What is expected instead.
    detail: String,
}

/// The problem of a response, on its way to the middleware that knows the request.
#[derive(Clone)]
pub struct Pending(pub Problem);

impl std::fmt::Display for Error {
    /// Codes only: this is what the framework might print.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.code())
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        status(self.code())
    }

    fn error_response(&self) -> HttpResponse {
        let problem = match self {
            Self::Problem(problem) => problem.as_ref().clone(),
            Self::Internal(what) => {
                tracing::error!(what, "internal error");
                plain(ProblemCode::Internal, "The service failed.")
            }
            Self::Retry | Self::DryRun => {
                plain(ProblemCode::Unavailable, "Other writers were in the way.")
            }
        };
        let mut response = HttpResponse::build(self.status_code()).finish();
        response.extensions_mut().insert(Pending(problem));
        response
    }
}

fn status(code: ProblemCode) -> StatusCode {
    StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// A problem without fields.
#[must_use]
pub fn plain(code: ProblemCode, detail: &str) -> Problem {
    match Error::problem(code, detail) {
        Error::Problem(problem) => *problem,
        Error::Internal(_) | Error::Retry | Error::DryRun => Problem {
            code,
            detail: detail.to_owned(),
            errors: Vec::new(),
            state: None,
            allowed: None,
        },
    }
}

/// The problem that stands for a bare status of the framework.
#[must_use]
pub fn of_status(status: StatusCode) -> Problem {
    let (code, detail) = match status.as_u16() {
        401 => (ProblemCode::Unauthenticated, "Sign-in is needed."),
        403 => (ProblemCode::Forbidden, "Not permitted."),
        404 => (
            ProblemCode::NotFound,
            "There is nothing here that you may see.",
        ),
        405 => (
            ProblemCode::MethodNotAllowed,
            "This path has other methods.",
        ),
        406 => (ProblemCode::NotAcceptable, "The answer would be JSON."),
        413 => (ProblemCode::BodyTooLarge, "The body is too large."),
        415 => (ProblemCode::UnsupportedMediaType, "Send JSON in UTF-8."),
        503 => (ProblemCode::Unavailable, "Try again."),
        code if code >= 500 => (ProblemCode::Internal, "The service failed."),
        _ => (ProblemCode::MalformedBody, "The request could not be read."),
    };
    plain(code, detail)
}

/// Writes a problem out for a request.
#[must_use]
pub fn render(req: &HttpRequest, problem: Problem) -> HttpResponse {
    let code = problem.code;
    let mut response = HttpResponse::build(status(code));
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    match code {
        ProblemCode::Unauthenticated => {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"brobygger\""));
        }
        ProblemCode::MethodNotAllowed => {
            if let Ok(app) = App::of(req) {
                response.insert_header((header::ALLOW, app.operations.methods_of(req.path())));
            }
        }
        ProblemCode::TooManyRequests
        | ProblemCode::Unavailable
        | ProblemCode::IdempotencyKeyInUse => {
            response.insert_header((header::RETRY_AFTER, "1"));
        }
        _ => {}
    }
    let details = ProblemDetails {
        r#type: format!("/problems/{code}"),
        title: code.title(),
        status: code.status(),
        detail: problem.detail,
        instance: instance(req),
        code: code.as_str(),
        request_id: req
            .extensions()
            .get::<RequestId>()
            .map(|id| id.0.clone())
            .unwrap_or_default(),
        errors: problem
            .errors
            .into_iter()
            .map(
                |FieldError {
                     pointer,
                     code,
                     detail,
                 }| FieldProblem {
                    pointer,
                    code: code.to_owned(),
                    detail,
                },
            )
            .collect(),
        state: problem.state,
        allowed: problem.allowed,
    };
    response
        .content_type("application/problem+json")
        .body(serde_json::to_string(&details).unwrap_or_default())
}

/// The path, where it is one of ours. A path that is not could hold anything (ID-6), and so could
/// what stands in the place of an id.
fn instance(req: &HttpRequest) -> String {
    let path = req.path();
    match req.match_pattern() {
        // The pattern may be that of another route: `/v1/patients/search` is no patient.
        Some(_) if App::of(req).is_ok_and(|app| app.operations.is_literal(path)) => path.to_owned(),
        Some(pattern) => without_values(&pattern, path),
        None => "/".to_owned(),
    }
}

/// A path with nothing in it but the words of its pattern and ids.
fn without_values(pattern: &str, path: &str) -> String {
    let mut words = pattern.split('/');
    path.split('/')
        .map(|segment| {
            let is_word = words.next() == Some(segment);
            if is_word || segment.parse::<Id<()>>().is_ok() {
                segment
            } else {
                // Not `…`, which no URI reference may hold.
                "-"
            }
        })
        .collect::<Vec<_>>()
        .join("/")
}

/// The table of all problems.
#[get("/problems")]
pub async fn list_problems() -> HttpResponse {
    let mut rows = String::new();
    for code in ProblemCode::ALL {
        rows.push_str(&format!(
            "<tr><td>{}</td><td><a href=\"/problems/{code}\">{code}</a></td><td>{}</td></tr>",
            code.status(),
            code.title()
        ));
    }
    page(
        "Problems",
        &format!(
            "<table><thead><tr><th scope=\"col\">Status</th><th scope=\"col\">Code</th><th scope=\"col\">Meaning</th></tr></thead><tbody>{rows}</tbody></table>"
        ),
    )
}

/// What one problem means and what to do.
#[get("/problems/{code}")]
pub async fn read_problem(code: web::Path<String>) -> HttpResponse {
    match ProblemCode::ALL
        .iter()
        .find(|known| known.as_str() == *code)
    {
        Some(code) => page(
            code.title(),
            &format!(
                "<p><code>{code}</code>, HTTP status {}</p><p>{}</p><p><a href=\"/problems\">All problems</a></p>",
                code.status(),
                code.help().replace('<', "&lt;")
            ),
        ),
        None => HttpResponse::NotFound().finish(),
    }
}

fn page(title: &str, body: &str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .content_type("text/html; charset=utf-8")
        .body(format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{title} – Brobygger</title><style>body{{font-family:system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem;line-height:1.5}}td,th{{text-align:left;padding:.3rem 1rem .3rem 0;vertical-align:top}}</style></head><body><main><h1>{title}</h1>{body}</main></body></html>"
        ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_6_a_path_is_shown_without_what_could_be_anything() {
        let id = "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70";
        let pattern = "/v1/patients/{patientId}/relatives/{relativeId}";
        let shown = |first: &str, second: &str| {
            without_values(pattern, &format!("/v1/patients/{first}/relatives/{second}"))
        };
        assert_eq!(
            shown(id, "070761-4285"),
            format!("/v1/patients/{id}/relatives/-")
        );
        assert_eq!(shown("Anna", id), format!("/v1/patients/-/relatives/{id}"));
        assert_eq!(shown("", "relatives"), "/v1/patients/-/relatives/-");
        assert_eq!(without_values("/docs/{_:.*}", "/docs/a/b"), "/docs/-/-");
    }
}
