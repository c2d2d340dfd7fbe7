//! One error type, from the rule that refuses to the problem document that says so (RFC 9457).
//!
//! [`ProblemCode`] is the closed table code → status → title → what to do. An [`Error`] is either
//! a [`Problem`] that a client may read, or internal; the text of an internal error reaches the
//! log and nothing else, because it has no way into a response.

use std::fmt;

use serde::Serialize;

macro_rules! problem_codes {
    ($($(#[$meta:meta])* $variant:ident = $code:literal, $status:literal, $title:literal, $help:literal;)+) => {
        /// Every problem the service answers with. The code is part of the contract.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ProblemCode { $(#[doc = $title] $variant),+ }

        impl ProblemCode {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The code as it stands in `code` and in the path of its page.
            #[must_use]
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $code),+ } }
            /// The HTTP status it is answered with.
            #[must_use]
            pub const fn status(self) -> u16 { match self { $(Self::$variant => $status),+ } }
            /// A short, stable title.
            #[must_use]
            pub const fn title(self) -> &'static str { match self { $(Self::$variant => $title),+ } }
            /// What it means and what to do about it.
            #[must_use]
            pub const fn help(self) -> &'static str { match self { $(Self::$variant => $help),+ } }
        }
    };
}

problem_codes! {
    InvalidRequest = "invalidRequest", 400, "The request is invalid",
        "One or more fields break the contract or a rule. `errors` names each of them by JSON Pointer (body) or by parameter name, with a code and what is expected. Correct them all and send the request again.";
    MalformedBody = "malformedBody", 400, "The body is not valid JSON",
        "The body could not be read as UTF-8 JSON. `detail` gives the line and column. Send one JSON value, with no duplicate fields and nothing behind it.";
    InvalidFile = "invalidFile", 400, "The file cannot be read",
        "Nothing of the file was taken. `errors` says what is wrong with it and where: columns by their number, rows by their line. Compare it with the template of its kind (`GET /import-templates/patients.csv`), save it as UTF-8, and send it again.";
    InvalidCursor = "invalidCursor", 400, "The cursor does not fit this request",
        "A cursor belongs to the filters and the sort order it was made with. Start again without `cursor`, or repeat the parameters of the first page.";
    InvalidHeader = "invalidHeader", 400, "A header is invalid",
        "A request header has a form that the contract does not allow; `detail` names it and says what is expected.";
    Unauthenticated = "unauthenticated", 401, "Sign-in is needed",
        "Send `Authorization: Bearer <access token>`. A token is had from `POST /oauth/token` and lasts a short while; `detail` says whether it was missing, malformed, expired or revoked.";
    Forbidden = "forbidden", 403, "Not permitted",
        "The token is valid but does not carry the scope or role that this operation needs. `detail` names the scope. Ask the administrator of your organisation.";
    NotFound = "notFound", 404, "Not found",
        "There is nothing here that you may see: the id or path is wrong, or it belongs to another organisation or programme.";
    MethodNotAllowed = "methodNotAllowed", 405, "Method not allowed",
        "This path exists, but not with this method. `Allow` lists the methods it has.";
    NotAcceptable = "notAcceptable", 406, "Not acceptable",
        "The answer is `application/json` (errors: `application/problem+json`). Send an `Accept` header that allows it, or none.";
    Conflict = "conflict", 409, "In conflict with what is stored",
        "The request is well formed but does not fit what is stored now; `detail` says why.";
    StateConflict = "stateConflict", 409, "Not possible in this state",
        "The resource is in a state that does not allow this step. `state` names it and `allowed` lists the steps that are possible now.";
    ConsentRequired = "consentRequired", 409, "An active consent is needed",
        "No active consent of the patient covers this step at the time it was taken (APS-3). Record the consent first, or give it inline.";
    SlotTaken = "slotTaken", 409, "The time is taken",
        "Somebody else has booked or holds this time, or its supporter has no talk left in that week. Search free times again (`GET /free-slots`), or enter the waiting list.";
    SupporterDoesNotFit = "supporterDoesNotFit", 409, "The supporter is not one for this talk",
        "The volunteer of this time supports others than who books, or does not talk the language of the talk, or not about this phase of an illness; `detail` says which. Take another time, and cancel the hold where the time is only held: `GET /free-slots` shows `subtypes`, `languages` and `phases` of a volunteer's times, and filters by them.";
    DuplicatePatient = "duplicatePatient", 409, "The patient is known already",
        "Within one data controller an identifier belongs to one patient record, and so do full name, telephone and municipality together (ID-4). Search for it with `POST /patients/search`, and use or merge that record.";
    IdempotencyKeyInUse = "idempotencyKeyInUse", 409, "The first request with this key is still running",
        "A request with the same `Idempotency-Key` has not finished. Wait a moment and repeat it: its answer will be replayed.";
    StaleVersion = "staleVersion", 412, "Somebody else has changed it",
        "The `If-Match` version is no longer the current one. Read the resource again, apply the change to what it says now, and send the new `ETag`.";
    BodyTooLarge = "bodyTooLarge", 413, "The body is too large",
        "Bodies are limited to 1 MiB (1,048,576 bytes), files to import to what `detail` says, unpacked. Send less at a time.";
    UnsupportedMediaType = "unsupportedMediaType", 415, "The content type is not supported",
        "Send JSON as `Content-Type: application/json`; a change (PATCH) may also be `application/merge-patch+json`. The token endpoint takes `application/x-www-form-urlencoded`; imports take `text/csv` or `application/x-ndjson`, plain or as `Content-Encoding: gzip`.";
    IdempotencyKeyReused = "idempotencyKeyReused", 422, "The idempotency key was used for another request",
        "A key stands for one request: the same client, operation and body. Use a fresh key (a UUID is good) for a new request.";
    VersionRequired = "versionRequired", 428, "The version is needed",
        "Send `If-Match` with the `ETag` of the version you have read, so that nobody's change is lost.";
    TooManyRequests = "tooManyRequests", 429, "Too many requests",
        "The client has used up its rate. Wait as many seconds as `Retry-After` says.";
    Internal = "internal", 500, "Something went wrong inside the service",
        "The service failed. Nothing of the request was stored. Quote `requestId` when you report it.";
    Unavailable = "unavailable", 503, "Not available right now",
        "The database is busy or out of reach, or the service is stopping. Repeat the request after `Retry-After` seconds; with an `Idempotency-Key` nothing is done twice.";
}

impl fmt::Display for ProblemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One thing wrong with one field. Never echoes the value that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// JSON Pointer into the body (RFC 6901), or `?name` for a query parameter.
    pub pointer: String,
    /// A stable word for what is wrong.
    pub code: &'static str,
    /// What is expected instead.
    pub detail: String,
}

impl FieldError {
    /// An error at `pointer`.
    pub fn new(pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            code,
            detail: detail.into(),
        }
    }
}

/// What a client is told.
#[derive(Debug, Clone)]
pub struct Problem {
    /// Which problem.
    pub code: ProblemCode,
    /// This occurrence, for a person to read; no values.
    pub detail: String,
    /// All fields that are wrong.
    pub errors: Vec<FieldError>,
    /// The state a resource is in, for [`ProblemCode::StateConflict`].
    pub state: Option<String>,
    /// The steps possible now, for [`ProblemCode::StateConflict`].
    pub allowed: Option<Vec<String>>,
}

/// Why something was not done.
#[derive(Debug)]
pub enum Error {
    /// The client is told.
    Problem(Box<Problem>),
    /// The log is told; the client learns only that it was an internal error.
    Internal(String),
    /// Another transaction was in the way; the write door tries again.
    Retry,
    /// All checks passed and nothing shall be kept (`validateOnly=true`).
    DryRun,
}

/// The result of everything that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A problem with `detail`.
    pub fn problem(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self::Problem(Box::new(Problem {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            state: None,
            allowed: None,
        }))
    }

    /// Nothing here that the actor may see.
    #[must_use]
    pub fn not_found() -> Self {
        Self::problem(
            ProblemCode::NotFound,
            "There is nothing here that you may see.",
        )
    }

    /// All fields that are wrong, at once.
    #[must_use]
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = match errors.len() {
            1 => "1 field is not as it must be.".to_owned(),
            n => format!("{n} fields are not as they must be."),
        };
        Self::Problem(Box::new(Problem {
            code: ProblemCode::InvalidRequest,
            detail,
            errors,
            state: None,
            allowed: None,
        }))
    }

    /// Refuses what these fields are wrong in, all at once; nothing where none is.
    pub fn unless_empty(wrong: Vec<FieldError>) -> Result<()> {
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(Self::invalid(wrong))
        }
    }

    /// One field that is wrong.
    pub fn field(
        pointer: impl Into<String>,
        code: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self::invalid(vec![FieldError::new(pointer, code, detail)])
    }

    /// The same error of an object that stands at `pointer` in a larger body.
    #[must_use]
    pub fn below(mut self, pointer: &str) -> Self {
        if let Self::Problem(problem) = &mut self {
            for error in &mut problem.errors {
                error.pointer.insert_str(0, pointer);
            }
        }
        self
    }

    /// What a body refers to and is not found is a field that is wrong; anything else stays.
    #[must_use]
    pub fn referred(self, pointer: &str) -> Self {
        match self {
            Self::Problem(problem) if problem.code == ProblemCode::NotFound => {
                Self::field(pointer, "notFound", "names nothing that you may see")
            }
            other => other,
        }
    }

    /// Well formed, but against what is stored.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::problem(ProblemCode::Conflict, detail)
    }

    /// A step that the state machine refuses, with what is allowed now.
    pub fn state(
        detail: impl Into<String>,
        state: impl fmt::Display,
        allowed: impl IntoIterator<Item = impl fmt::Display>,
    ) -> Self {
        Self::Problem(Box::new(Problem {
            code: ProblemCode::StateConflict,
            detail: detail.into(),
            errors: Vec::new(),
            state: Some(state.to_string()),
            allowed: Some(allowed.into_iter().map(|step| step.to_string()).collect()),
        }))
    }

    /// Something that must not happen. `what` goes to the log: ids and codes only (ID-6).
    pub fn internal(what: impl fmt::Display) -> Self {
        Self::Internal(what.to_string())
    }

    /// The code that a client sees of this error.
    #[must_use]
    pub fn code(&self) -> ProblemCode {
        match self {
            Self::Problem(problem) => problem.code,
            Self::Internal(_) | Self::DryRun => ProblemCode::Internal,
            Self::Retry => ProblemCode::Unavailable,
        }
    }
}

impl From<diesel::result::Error> for Error {
    /// For queries whose failure means nothing to the client. Where it does (not found, a unique
    /// violation), the store translates it before it gets here.
    fn from(error: diesel::result::Error) -> Self {
        use diesel::result::{DatabaseErrorKind, Error as Diesel};
        match &error {
            Diesel::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => Self::Retry,
            // Two writers inserted the same key at once: tried again, the second one finds the
            // first one's row and decides on it.
            Diesel::DatabaseError(DatabaseErrorKind::UniqueViolation, info) => {
                tracing::debug!(constraint = info.constraint_name(), "unique violation");
                Self::Retry
            }
            Diesel::DatabaseError(DatabaseErrorKind::ClosedConnection, _) => Self::problem(
                ProblemCode::Unavailable,
                "The connection to the database was lost.",
            ),
            // libpq reports a deadlock as an unknown kind; its message is in the server's words.
            Diesel::DatabaseError(_, info) if info.message().contains("deadlock detected") => {
                Self::Retry
            }
            Diesel::DatabaseError(kind, info) => Self::Internal(format!(
                "database: {kind:?} table {:?} constraint {:?}: {}",
                info.table_name(),
                info.constraint_name(),
                // The first line names columns and constraints; values stand in the details.
                info.message().lines().next().unwrap_or_default()
            )),
            other => Self::Internal(format!("diesel: {other}")),
        }
    }
}
