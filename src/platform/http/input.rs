//! What comes in with the path, the query or the body.
//!
//! A body is read by the framework but understood only behind the permit, so that a caller
//! without one learns nothing about the contract's finer points.

use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, web};
use serde::de::DeserializeOwned;
use utoipa::{IntoParams, ToSchema};
use validator::{Validate, ValidationErrors, ValidationErrorsKind};

use super::json;
use super::schemas::Schema;
use crate::platform::app::App;
use crate::platform::error::{Error, FieldError, ProblemCode, Result};
use crate::platform::id::Id;

/// Something that a request brings along.
pub trait Input {
    /// What it is understood as.
    type Value: Send + 'static;
    /// Understands it, or names everything that is wrong with it.
    fn parse(self, app: &App) -> Result<Self::Value>;
    /// Its bytes, which decide whether two requests under one idempotency key are the same.
    fn bytes(&self) -> &[u8] {
        &[]
    }
}

/// Nothing comes in.
impl Input for () {
    type Value = ();
    fn parse(self, _: &App) -> Result<()> {
        Ok(())
    }
}

/// A JSON body, described by the schema of `T`; rules across fields by its `Validate`.
#[derive(Debug)]
pub struct Body<T> {
    bytes: web::Bytes,
    content_type: Option<String>,
    kind: std::marker::PhantomData<fn() -> T>,
}

impl<T> FromRequest for Body<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let content_type = req
            .headers()
            .get(header::CONTENT_TYPE)
            .map(|value| value.to_str().unwrap_or_default().to_owned());
        let bytes = web::Bytes::from_request(req, payload);
        Box::pin(async move {
            Ok(Self {
                bytes: bytes.await.map_err(|error| {
                    match error.as_response_error().status_code().as_u16() {
                        413 => Error::problem(
                            ProblemCode::BodyTooLarge,
                            "The body is larger than 1,048,576 bytes.",
                        ),
                        _ => Error::problem(
                            ProblemCode::MalformedBody,
                            "The body could not be read to its end.",
                        ),
                    }
                })?,
                content_type,
                kind: std::marker::PhantomData,
            })
        })
    }
}

impl<T> Input for Body<T>
where
    T: DeserializeOwned + ToSchema + Validate + Send + 'static,
{
    type Value = T;

    fn parse(self, app: &App) -> Result<T> {
        check_content_type(self.content_type.as_deref())?;
        let value = json::parse(&self.bytes)?;
        read(&*app.schemas.body::<T>()?, value, "")
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// A look at a body that nobody has asked for.
pub type Look = Pin<Box<dyn Future<Output = Result<()>>>>;

/// What comes as a body to an operation that has none, to be refused: it would be passed over
/// without a word. None where nothing comes, or a body is in its place.
pub fn stray_body(req: &HttpRequest, payload: &mut Payload) -> Option<Look> {
    if matches!(payload, Payload::None) {
        return None;
    }
    let app = App::of(req).ok()?;
    let pattern = req.match_pattern()?;
    if app.operations.takes_body(req.method(), &pattern) {
        return None;
    }
    let bytes = web::Bytes::from_request(req, payload);
    Some(Box::pin(async move {
        // One that is too large to be read says something, too.
        if bytes.await.is_ok_and(|bytes| says_nothing(&bytes)) {
            return Ok(());
        }
        Err(Error::problem(
            ProblemCode::InvalidRequest,
            "This operation takes no body: send none.",
        ))
    }))
}

/// Nothing, or what clients send in its place.
fn says_nothing(body: &[u8]) -> bool {
    let said: Vec<u8> = body
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    matches!(said.as_slice(), b"" | b"{}" | b"null")
}

/// The query, described by the parameters of `T`. An unknown parameter is an error.
#[derive(Debug)]
pub struct Query<T> {
    text: String,
    kind: std::marker::PhantomData<fn() -> T>,
}

impl<T> FromRequest for Query<T> {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Ok(Self {
            text: req.query_string().to_owned(),
            kind: std::marker::PhantomData,
        }))
    }
}

impl<T> Input for Query<T>
where
    T: DeserializeOwned + IntoParams + Validate + Send + 'static,
{
    type Value = T;

    fn parse(self, app: &App) -> Result<T> {
        let schema = app.schemas.query::<T>(app.operations.components())?;
        let value = schema.read_query(&self.text)?;
        read(&schema, value, "?")
    }
}

/// Two inputs: a query and a body.
impl<A: Input, B: Input> Input for (A, B) {
    type Value = (A::Value, B::Value);
    fn parse(self, app: &App) -> Result<Self::Value> {
        Ok((self.0.parse(app)?, self.1.parse(app)?))
    }
    fn bytes(&self) -> &[u8] {
        self.1.bytes()
    }
}

/// The ids in the path. What is no id is not found.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<T: 'static> FromRequest for Path<Id<T>> {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;
    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(path_id(req, 0).map(Path))
    }
}

impl<A: 'static, B: 'static> FromRequest for Path<(Id<A>, Id<B>)> {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;
    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(path_id(req, 0).and_then(|first| Ok(Path((first, path_id(req, 1)?)))))
    }
}

fn path_id<T>(req: &HttpRequest, place: usize) -> Result<Id<T>> {
    req.match_info()
        .iter()
        .nth(place)
        .and_then(|(_, text)| text.parse().ok())
        .ok_or_else(|| match App::of(req) {
            Ok(app) if app.operations.is_literal(req.path()) => Error::problem(
                ProblemCode::MethodNotAllowed,
                "This path has other methods.",
            ),
            _ => Error::not_found(),
        })
}

/// Understands one value as a body of `T`, as if it had come alone: schema, then type, then the
/// rules across fields.
pub fn understand<T>(app: &App, value: serde_json::Value) -> Result<T>
where
    T: DeserializeOwned + ToSchema + Validate + 'static,
{
    read(&*app.schemas.body::<T>()?, value, "")
}

fn check_content_type(content_type: Option<&str>) -> Result<()> {
    let kind = content_type.unwrap_or_default();
    let (kind, parameters) = kind.split_once(';').unwrap_or((kind, ""));
    let kind = kind.trim().to_ascii_lowercase();
    let utf8 = parameters
        .split(';')
        .filter_map(|parameter| parameter.trim().split_once('='))
        .filter(|(name, _)| name.eq_ignore_ascii_case("charset"))
        .all(|(_, charset)| charset.trim_matches('"').eq_ignore_ascii_case("utf-8"));
    if utf8 && (kind == "application/json" || kind == "application/merge-patch+json") {
        Ok(())
    } else {
        Err(Error::problem(
            ProblemCode::UnsupportedMediaType,
            "Send the body as application/json in UTF-8.",
        ))
    }
}

/// Schema, then type, then the rules across fields. Each step names all it finds.
fn read<T: DeserializeOwned + Validate>(
    schema: &Schema,
    value: serde_json::Value,
    prefix: &str,
) -> Result<T> {
    let place = |pointer: &str| match prefix {
        "" => pointer.to_owned(),
        _ => format!("{prefix}{}", pointer.trim_start_matches('/')),
    };
    let mut found = schema.check(&value);
    if !found.is_empty() {
        for error in &mut found {
            error.pointer = place(&error.pointer);
        }
        return Err(Error::invalid(found));
    }
    let value: T = serde_path_to_error::deserialize(value).map_err(|error| {
        let pointer: String = error
            .path()
            .iter()
            .map(|segment| format!("/{segment}"))
            .collect();
        // Our own types say what is expected; none of their messages repeats the value.
        Error::field(place(&pointer), "invalid", words(error.inner()))
    })?;
    match value.validate() {
        Ok(()) => Ok(value),
        Err(errors) => {
            let mut found = Vec::new();
            flatten(&errors, prefix, &mut found);
            Err(Error::invalid(found))
        }
    }
}

/// The message of an error that one of our types raised. Messages that serde makes itself may
/// hold the value; they are told by their form.
fn words(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if text.starts_with("invalid ") || text.contains('`') {
        "does not have the form that the contract describes".to_owned()
    } else {
        text
    }
}

/// Rules are written with `validator`; its field names are Rust's, ours are camelCase.
fn flatten(errors: &ValidationErrors, prefix: &str, found: &mut Vec<FieldError>) {
    for (field, kind) in errors.errors() {
        let pointer = if field == "__all__" {
            prefix.to_owned()
        } else if prefix == "?" {
            format!("?{}", camel_case(field))
        } else {
            format!("{prefix}/{}", camel_case(field))
        };
        match kind {
            ValidationErrorsKind::Field(list) => {
                for error in list {
                    // A rule over several fields names the one to correct in its parameters.
                    let pointer = error
                        .params
                        .get("pointer")
                        .and_then(|pointer| pointer.as_str())
                        .map_or_else(|| pointer.clone(), |below| format!("{prefix}{below}"));
                    found.push(FieldError {
                        pointer,
                        code: rule_code(&error.code),
                        detail: error
                            .message
                            .as_deref()
                            .unwrap_or("breaks a rule of this field")
                            .to_owned(),
                    });
                }
            }
            ValidationErrorsKind::Struct(inner) => flatten(inner, &pointer, found),
            ValidationErrorsKind::List(items) => {
                for (index, inner) in items {
                    flatten(inner, &format!("{pointer}/{index}"), found);
                }
            }
        }
    }
    found.sort_by(|a, b| a.pointer.cmp(&b.pointer));
}

/// The codes of our own rules are written in the source; any other is `invalid`.
#[expect(clippy::ptr_arg, reason = "whether it is borrowed is the question")]
fn rule_code(code: &std::borrow::Cow<'static, str>) -> &'static str {
    match code {
        std::borrow::Cow::Borrowed(code) => code,
        std::borrow::Cow::Owned(_) => "invalid",
    }
}

fn camel_case(field: &str) -> String {
    let mut text = String::with_capacity(field.len());
    let mut upper = false;
    for c in field.chars() {
        match c {
            '_' => upper = true,
            c if upper => {
                text.push(c.to_ascii_uppercase());
                upper = false;
            }
            c => text.push(c),
        }
    }
    text
}

/// A broken rule over several fields, for use in `#[validate(schema(function = …))]`: `pointer`
/// (relative, `/patientId`) names the field to correct.
#[must_use]
pub fn rule(
    pointer: &'static str,
    code: &'static str,
    detail: &'static str,
) -> validator::ValidationError {
    let mut error = validator::ValidationError::new(code).with_message(detail.into());
    error.add_param("pointer".into(), &pointer);
    error
}

/// For merge patches (RFC 7396): tells a field that is absent (`None`) from one that is `null`
/// (`Some(None)`). Use with `#[serde(default, deserialize_with = "present")]`.
pub fn present<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: serde::Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}
