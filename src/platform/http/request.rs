//! What a request says besides its path, query and body: its id, preconditions and keys.

use std::sync::Arc;

use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::{HttpMessage as _, HttpRequest};
use uuid::Uuid;

use super::json::pointer_token;
use crate::platform::app::App;
use crate::platform::error::{Error, FieldError, ProblemCode, Result};

/// The header that carries the request's id, in both directions.
pub const REQUEST_ID: &str = "request-id";
/// The header that makes a POST safe to repeat.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// The header that says why a patient's record is opened; kept in the audit row.
pub const ACCESS_PURPOSE: &str = "access-purpose";

/// The particulars of one request.
#[derive(Debug, Default)]
pub struct RequestInfo {
    /// Its id, in every answer and audit row.
    pub id: String,
    /// Its operationId.
    pub operation: Arc<str>,
    /// Method and path, for idempotency.
    pub target: String,
    /// The versions that a change is allowed to replace.
    pub if_match: Option<String>,
    /// The versions that the caller has.
    pub if_none_match: Option<String>,
    /// The key under which the answer is kept.
    pub idempotency_key: Option<String>,
    /// Why the record is opened, in the caller's words.
    pub purpose: Option<String>,
    /// All checks, no write.
    pub validate_only: bool,
}

/// The id that the middleware gave the request.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

impl RequestId {
    /// The caller's own id where it is a plain token of at most 64 characters, or a new one.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let own = headers
            .get(REQUEST_ID)
            .and_then(|value| value.to_str().ok())
            // An id goes to logs and audit rows: digits alone could be a CPR number (ID-6).
            .filter(|id| {
                (8..=64).contains(&id.len())
                    && id
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
                    && Uuid::try_parse(id).is_ok()
            });
        Self(own.map_or_else(|| Uuid::now_v7().to_string(), str::to_owned))
    }
}

impl RequestInfo {
    /// Reads the particulars of `req`.
    pub fn of(req: &HttpRequest) -> Result<Self> {
        let app = App::of(req)?;
        let pattern = req.match_pattern().unwrap_or_default();
        let operation = app
            .operations
            .id_of(req.method(), &pattern)
            .ok_or_else(|| Error::internal("an operation that the contract does not know"))?;
        once(req, header::CONTENT_TYPE.as_str())?;
        let known = |name: &str| app.operations.has_query(req.method(), &pattern, name);
        let id = req
            .extensions()
            .get::<RequestId>()
            .map(|id| id.0.clone())
            .unwrap_or_default();
        Ok(Self {
            id,
            operation,
            target: format!("{} {}", req.method(), req.path()),
            if_match: text(req, header::IF_MATCH.as_str(), 1000)?,
            if_none_match: text(req, header::IF_NONE_MATCH.as_str(), 1000)?,
            idempotency_key: text(req, IDEMPOTENCY_KEY, 128)?,
            purpose: purpose(req)?,
            validate_only: read_query(req.query_string(), known)?,
        })
    }

    /// Checks `If-Match` where it was sent, for a step on a record: it need not be, but what is
    /// sent is never passed over.
    pub fn heed_version(&self, current: i32) -> Result<()> {
        match self.if_match {
            Some(_) => self.expect_version(current),
            None => Ok(()),
        }
    }

    /// Checks `If-Match` against the current version (RFC 9110, section 13.1.1; strong
    /// comparison). A tag is `"VERSION"` or `"VERSION-…"`.
    pub fn expect_version(&self, current: i32) -> Result<()> {
        let Some(tags) = self.if_match.as_deref() else {
            return Err(Error::problem(
                ProblemCode::VersionRequired,
                "Send If-Match with the ETag of the version you have read.",
            ));
        };
        let fits = tags.split(',').map(str::trim).any(|tag| {
            tag == "*"
                || tag
                    .strip_prefix('"')
                    .and_then(|tag| tag.strip_suffix('"'))
                    .and_then(|tag| tag.split('-').next())
                    .is_some_and(|version| version == current.to_string())
        });
        if fits {
            Ok(())
        } else {
            Err(Error::problem(
                ProblemCode::StaleVersion,
                "If-Match names another version than the current one.",
            ))
        }
    }
}

/// Whether `validateOnly` is set. Every parameter that the operation does not have is named.
fn read_query(query: &str, known: impl Fn(&str) -> bool) -> Result<bool> {
    let mut validate_only = None;
    let mut found = Vec::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let pointer = || format!("?{}", pointer_token(&name));
        if !known(&name) {
            found.push(FieldError::new(
                pointer(),
                "unknownParameter",
                "is not a parameter of this operation",
            ));
        } else if value.contains('\0') {
            // As in bodies: PostgreSQL stores no such text.
            found.push(FieldError::new(
                pointer(),
                "invalidCharacter",
                "must not hold the character U+0000",
            ));
        } else if name == "validateOnly" {
            match value.as_ref() {
                _ if validate_only.is_some() => found.push(FieldError::new(
                    pointer(),
                    "duplicateField",
                    "is sent more than once",
                )),
                "true" => validate_only = Some(true),
                "false" => validate_only = Some(false),
                _ => found.push(FieldError::new(
                    pointer(),
                    "wrongType",
                    "must be true or false",
                )),
            }
        }
    }
    if found.is_empty() {
        Ok(validate_only.unwrap_or(false))
    } else {
        Err(Error::invalid(found))
    }
}

/// Why a record is opened. It is kept readable for ever, so it holds no identity number (ID-6).
fn purpose(req: &HttpRequest) -> Result<Option<String>> {
    let purpose = text(req, ACCESS_PURPOSE, 200)?;
    let digits = purpose
        .iter()
        .flat_map(|text| text.bytes())
        .filter(u8::is_ascii_digit)
        .count();
    if digits < 6 {
        Ok(purpose)
    } else {
        Err(Error::problem(
            ProblemCode::InvalidHeader,
            "access-purpose must not hold six digits or more: no identity or telephone numbers.",
        ))
    }
}

/// A header that is sent once, or not at all: who looks at the first of two and who looks at the last
/// would see different requests.
pub fn once<'a>(req: &'a HttpRequest, name: &str) -> Result<Option<&'a HeaderValue>> {
    let mut values = req.headers().get_all(name);
    let value = values.next();
    if values.next().is_some() {
        return Err(Error::problem(
            ProblemCode::InvalidHeader,
            format!("{name} must be sent once."),
        ));
    }
    Ok(value)
}

/// A header as text: printable ASCII, bounded.
fn text(req: &HttpRequest, name: &str, max: usize) -> Result<Option<String>> {
    let invalid = || {
        Error::problem(
            ProblemCode::InvalidHeader,
            format!("{name} must be 1 to {max} printable ASCII characters, sent once."),
        )
    };
    let Some(value) = once(req, name)? else {
        return Ok(None);
    };
    match value.to_str() {
        // `to_str` lets tabs through.
        Ok(text) if (1..=max).contains(&text.len()) && !text.contains('\t') => {
            Ok(Some(text.to_owned()))
        }
        _ => Err(invalid()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_match_compares_the_version_strongly() {
        let check = |tags: Option<&str>| {
            RequestInfo {
                if_match: tags.map(str::to_owned),
                ..RequestInfo::default()
            }
            .expect_version(3)
            .map_err(|error| error.code())
        };
        assert!(RequestInfo::default().heed_version(3).is_ok());
        assert_eq!(check(Some("\"3\"")), Ok(()));
        assert_eq!(check(Some("\"2\", \"3-masked\"")), Ok(()));
        assert_eq!(check(Some("*")), Ok(()));
        assert_eq!(check(Some("W/\"3\"")), Err(ProblemCode::StaleVersion));
        assert_eq!(check(Some("\"33\"")), Err(ProblemCode::StaleVersion));
        assert_eq!(check(Some("3")), Err(ProblemCode::StaleVersion));
        assert_eq!(check(None), Err(ProblemCode::VersionRequired));
    }
}
