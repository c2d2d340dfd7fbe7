//! `POST /oauth/token` and the public key.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::clients;
use crate::platform::app::App;
use crate::platform::error::Result;
use crate::platform::http::request::once;
use crate::platform::http::routes::Routes;
use crate::platform::id::Id;
use crate::routes;

/// The routes of this module.
#[must_use]
pub fn routes() -> Routes {
    routes![issue_token, read_jwks]
}

/// A request for an access token (RFC 6749, section 4.4).
#[derive(Deserialize, ToSchema)]
pub struct TokenRequest {
    /// Always `client_credentials`.
    #[schema(example = "client_credentials")]
    grant_type: Option<String>,
    /// The client's id, where it is not sent by HTTP Basic.
    client_id: Option<String>,
    /// The client's secret, where it is not sent by HTTP Basic.
    client_secret: Option<String>,
    /// Scopes separated by spaces; all that the client has, where none are named.
    scope: Option<String>,
}

/// An access token (RFC 6749, section 5.1).
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"access_token": "eyJ0eXAiOiJKV1QiLCJhbGciOiJFZERTQSJ9.eyJzdWIiOiIuLi4ifQ.c2ln", "token_type": "Bearer", "expires_in": 900, "scope": "patients.read referrals.write"}))]
pub struct TokenResponse {
    /// Send it as `Authorization: Bearer …`.
    access_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// Seconds until it ends.
    expires_in: u64,
    /// The scopes it carries, separated by spaces.
    scope: String,
}

/// Why no token was given (RFC 6749, section 5.2).
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"error": "invalid_client", "error_description": "The client id or secret is wrong, or the client was revoked."}))]
pub struct TokenError {
    /// `invalid_request`, `invalid_client`, `unsupported_grant_type` or `invalid_scope`.
    error: &'static str,
    /// What to do about it.
    error_description: &'static str,
}

/// A JSON Web Key Set (RFC 7517).
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": "Yk9vX2V4YW1w", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}))]
pub struct JsonWebKeySet {
    /// The keys that tokens may be signed with.
    #[schema(value_type = Vec<Object>)]
    keys: serde_json::Value,
}

/// Get an access token
///
/// OAuth 2.0 client credentials (RFC 6749, section 4.4). The client's id and secret are sent by
/// HTTP Basic or in the form, not both. Make a client with `brobygger client create`.
#[utoipa::path(tag = "Sign-in", security(()),
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "An access token.", body = TokenResponse),
        (status = 400, description = "The request is wrong (RFC 6749, section 5.2).", body = TokenError),
        (status = 401, description = "The client is unknown, its secret wrong, or it was revoked.", body = TokenError),
    ))]
#[post("/oauth/token")]
async fn issue_token(app: App, req: HttpRequest, body: web::Bytes) -> Result<HttpResponse> {
    let form = match read_form(&req, &body) {
        Ok(form) => form,
        Err(response) => return Ok(response),
    };
    let now = app.clock.now();
    let Form { id, secret, scope } = form;
    let bearer = app
        .db
        .point(move |conn| clients::authenticate(conn, id, &secret, scope.as_deref(), now))
        .await?;
    let bearer = match bearer {
        Ok(bearer) => bearer,
        Err("invalid_scope") => {
            return Ok(refuse(
                "invalid_scope",
                "The client does not have every scope that was asked for.",
            ));
        }
        Err(_) => return Ok(refuse_client()),
    };
    let token = app.tokens.issue(&bearer, now, app.tokens.lifetime())?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(TokenResponse {
            access_token: token,
            token_type: "Bearer",
            expires_in: app.tokens.lifetime().as_secs(),
            scope: bearer.scopes.join(" "),
        }))
}

/// Get the public key
///
/// The key that access tokens are signed with, as a JSON Web Key Set (RFC 7517).
#[utoipa::path(tag = "Sign-in", security(()),
    responses((status = 200, description = "The key set.", body = JsonWebKeySet)))]
#[get("/oauth/jwks")]
async fn read_jwks(app: App) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .json(app.tokens.jwks())
}

struct Form {
    id: Id<clients::Client>,
    secret: String,
    scope: Option<String>,
}

#[expect(
    clippy::result_large_err,
    reason = "the refusal is the answer, made once and passed on at once"
)]
fn read_form(req: &HttpRequest, body: &[u8]) -> Result<Form, HttpResponse> {
    let is_form = req
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| {
            value
                .split(';')
                .next()
                .unwrap_or_default()
                .trim()
                .eq_ignore_ascii_case("application/x-www-form-urlencoded")
        });
    for name in [header::AUTHORIZATION, header::CONTENT_TYPE] {
        if once(req, name.as_str()).is_err() {
            return Err(refuse(
                "invalid_request",
                "Send Authorization and Content-Type once at most.",
            ));
        }
    }
    let form = serde_urlencoded::from_bytes::<TokenRequest>(body);
    let (true, Ok(form)) = (is_form, form) else {
        return Err(refuse(
            "invalid_request",
            "Send a form (application/x-www-form-urlencoded) with each parameter once.",
        ));
    };
    match form.grant_type.as_deref() {
        None => return Err(refuse("invalid_request", "grant_type is missing.")),
        Some("client_credentials") => {}
        Some(_) => {
            return Err(refuse(
                "unsupported_grant_type",
                "grant_type must be client_credentials.",
            ));
        }
    }
    let basic = req.headers().get(header::AUTHORIZATION);
    let in_form = form.client_id.zip(form.client_secret);
    let (id, secret) = match (basic, in_form) {
        (Some(_), Some(_)) => {
            return Err(refuse(
                "invalid_request",
                "Send the client's id and secret by Basic or in the form, not both.",
            ));
        }
        (Some(value), None) => value
            .to_str()
            .ok()
            .and_then(read_basic)
            .ok_or_else(refuse_client)?,
        (None, Some(pair)) => pair,
        (None, None) => return Err(refuse_client()),
    };
    Ok(Form {
        id: id.parse().map_err(|_| refuse_client())?,
        secret,
        scope: form.scope,
    })
}

fn read_basic(value: &str) -> Option<(String, String)> {
    let (scheme, encoded) = value.split_once(' ')?;
    let decoded = STANDARD.decode(encoded.trim()).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (id, secret) = text.split_once(':')?;
    scheme
        .eq_ignore_ascii_case("basic")
        .then(|| (id.to_owned(), secret.to_owned()))
}

fn refuse(error: &'static str, error_description: &'static str) -> HttpResponse {
    HttpResponse::BadRequest()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(TokenError {
            error,
            error_description,
        })
}

fn refuse_client() -> HttpResponse {
    HttpResponse::Unauthorized()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::WWW_AUTHENTICATE, "Basic realm=\"brobygger\""))
        .json(TokenError {
            error: "invalid_client",
            error_description: "The client id or secret is wrong, or the client was revoked.",
        })
}
