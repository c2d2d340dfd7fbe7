//! What an operation answers.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::cursor::Cursor;
use crate::platform::error::{Error, Result};

/// An answer, already written out: it is stored as it is under an idempotency key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Reply {
    status: u16,
    body: String,
    location: Option<String>,
    etag: Option<String>,
    next: Option<String>,
    /// Where it is not JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content_type: Option<String>,
    #[serde(skip)]
    replayed: bool,
}

/// What `validateOnly=true` answers when every check has passed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"valid": true}))]
pub struct ValidationResult {
    /// Always true; what is not valid is answered with a problem.
    valid: bool,
}

impl Reply {
    /// 200 with a body.
    pub fn ok(value: &impl Serialize) -> Result<Self> {
        Ok(Self {
            status: 200,
            body: serde_json::to_string(value).map_err(Error::internal)?,
            location: None,
            etag: None,
            next: None,
            content_type: None,
            replayed: false,
        })
    }

    /// 200 with a page of a list, which is told where the next one begins; so is the `Link` header.
    pub fn page<T: Serialize>(
        next: Option<Cursor>,
        page: impl FnOnce(Option<Cursor>) -> T,
    ) -> Result<Self> {
        let link = next.as_ref().map(|cursor| cursor.as_str().to_owned());
        Ok(Self {
            next: link,
            ..Self::ok(&page(next))?
        })
    }

    /// 200 with a text of another kind than JSON.
    #[must_use]
    pub fn text(content_type: &str, body: String) -> Self {
        Self {
            status: 200,
            body,
            location: None,
            etag: None,
            next: None,
            content_type: Some(content_type.to_owned()),
            replayed: false,
        }
    }

    /// 201 with a body and the place of what was created, below `/v1`.
    pub fn created(location: impl std::fmt::Display, value: &impl Serialize) -> Result<Self> {
        Ok(Self {
            status: 201,
            location: Some(format!("/v1{location}")),
            ..Self::ok(value)?
        })
    }

    /// 202 with a body and the place where the work can be followed, below `/v1`.
    pub fn accepted(location: impl std::fmt::Display, value: &impl Serialize) -> Result<Self> {
        Ok(Self {
            status: 202,
            location: Some(format!("/v1{location}")),
            ..Self::ok(value)?
        })
    }

    /// 200: all checks have passed and nothing was written.
    pub fn valid() -> Result<Self> {
        Self::ok(&ValidationResult { valid: true })
    }

    /// With the version of the single resource in the body.
    #[must_use]
    pub fn version(mut self, version: i32) -> Self {
        self.etag = Some(format!("\"{version}\""));
        self
    }

    /// With a version and a mark of what else the representation depends on: what the actor may
    /// see, or the time.
    #[must_use]
    pub fn version_variant(mut self, version: i32, variant: &str) -> Self {
        self.etag = Some(if variant.is_empty() {
            format!("\"{version}\"")
        } else {
            format!("\"{version}-{variant}\"")
        });
        self
    }

    /// Marks it as replayed from an idempotency key.
    #[must_use]
    pub fn replayed(mut self) -> Self {
        self.replayed = true;
        self
    }

    /// 304 without a body where the caller has this version already.
    #[must_use]
    pub fn unless_matches(mut self, if_none_match: Option<&str>) -> Self {
        let has = |tags: &str, etag: &str| {
            tags.split(',')
                .map(|tag| tag.trim().trim_start_matches("W/"))
                .any(|tag| tag == "*" || tag == etag)
        };
        if let (Some(tags), Some(etag)) = (if_none_match, &self.etag)
            && self.status == 200
            && has(tags, etag)
        {
            self.status = 304;
            self.body.clear();
        }
        self
    }
}

impl Responder for Reply {
    type Body = actix_web::body::BoxBody;

    fn respond_to(self, req: &HttpRequest) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let mut response = HttpResponse::build(status);
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        if let Some(location) = self.location {
            response.insert_header((header::LOCATION, location));
        }
        if let Some(etag) = self.etag {
            response.insert_header((header::ETAG, etag));
        }
        if let Some(cursor) = self.next {
            response.insert_header((header::LINK, next_link(req, &cursor)));
        }
        if self.replayed {
            response.insert_header(("idempotency-replayed", "true"));
        }
        if self.status == 304 {
            return response.finish();
        }
        let kind = self.content_type.as_deref().unwrap_or("application/json");
        response.content_type(kind).body(self.body)
    }
}

/// The same request with another cursor (RFC 8288).
fn next_link(req: &HttpRequest, cursor: &str) -> String {
    let kept = req
        .query_string()
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
    let query = kept
        .chain(std::iter::once(format!("cursor={cursor}").as_str()))
        .collect::<Vec<_>>()
        .join("&");
    format!("<{}?{query}>; rel=\"next\"", req.path())
}
