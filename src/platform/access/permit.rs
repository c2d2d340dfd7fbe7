//! The proof of permission. A handler that needs `Permit<PatientsRead>` cannot be reached
//! without it, and there is no other way to get one than to ask the policy.

use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};

use super::actor::Actor;
use super::policy::Permitted;
use crate::organisations::Organisation;
use crate::platform::app::App;
use crate::platform::audit::Entry;
use crate::platform::error::{Error, ProblemCode, Result};
use crate::platform::http::input::stray_body;
use crate::platform::http::request::{self, RequestInfo};
use crate::platform::id::Id;

/// Proof that the actor of this request may do `A`, and the request's own particulars.
#[derive(Debug)]
pub struct Permit<A> {
    /// Who asks.
    pub actor: Arc<Actor>,
    /// Request id, preconditions, idempotency key.
    pub request: Arc<RequestInfo>,
    action: PhantomData<fn() -> A>,
}

impl<A> Permit<A> {
    /// The same permission without its type, for the doors of [`App`].
    #[must_use]
    pub fn on_behalf(&self) -> OnBehalf {
        OnBehalf {
            actor: Arc::clone(&self.actor),
            request: Arc::clone(&self.request),
        }
    }
}

/// Who asks and with what request: what the doors need of a permit.
#[derive(Debug, Clone)]
pub struct OnBehalf {
    /// Who asks.
    pub actor: Arc<Actor>,
    /// With what request.
    pub request: Arc<RequestInfo>,
}

impl OnBehalf {
    /// The service itself, acting for one data controller because of nobody's request.
    #[must_use]
    pub fn service(controller: Id<Organisation>, operation: &str) -> Self {
        Self {
            actor: Arc::new(Actor::service(controller)),
            request: Arc::new(RequestInfo {
                id: uuid::Uuid::now_v7().to_string(),
                operation: operation.into(),
                ..RequestInfo::default()
            }),
        }
    }

    /// The service itself, acting with the same request.
    #[must_use]
    pub fn as_service(&self) -> Self {
        Self {
            actor: Arc::new(Actor::service(self.actor.scope.controller)),
            request: Arc::clone(&self.request),
        }
    }

    /// An audit entry of this actor and request, to be completed.
    #[must_use]
    pub fn entry(&self, app: &App) -> Entry {
        Entry {
            at: app.clock.now(),
            controller_id: self.actor.scope.controller,
            actor_kind: self.actor.kind.as_str(),
            actor_id: self.actor.id,
            actor_name: self.actor.name.clone(),
            actor_roles: self
                .actor
                .roles
                .iter()
                .map(|role| role.as_str())
                .collect::<Vec<_>>()
                .join(" "),
            operation: Arc::clone(&self.request.operation),
            subject: None,
            purpose: self.request.purpose.clone(),
            outcome: "ok",
            request_id: self.request.id.clone(),
        }
    }
}

impl<A: Permitted> FromRequest for Permit<A> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let app = App::of(req);
        let request = RequestInfo::of(req);
        let token = bearer(req);
        let stray = stray_body(req, payload);
        let req = req.clone();
        Box::pin(async move {
            let app = app?;
            let actor = app.tokens.verify(&app, &token?).await?;
            let (standing, taken) = app.limits.take(actor.id);
            if let Some(standing) = standing {
                // For the `RateLimit` headers, which the middleware writes.
                req.extensions_mut().insert(standing);
            }
            taken?;
            let request = Arc::new(request?);
            let permit = Self {
                actor,
                request,
                action: PhantomData,
            };
            if permit.actor.may(A::ACTION) {
                if let Some(look) = stray {
                    look.await?;
                }
                return Ok(permit);
            }
            let mut entry = permit.on_behalf().entry(&app);
            entry.outcome = ProblemCode::Forbidden.as_str();
            app.db.record(vec![entry]).await?;
            Err(Error::problem(
                ProblemCode::Forbidden,
                format!("This needs the scope {}.", A::ACTION.scope()),
            ))
        })
    }
}

/// The token of `Authorization: Bearer …`.
pub(crate) fn bearer(req: &HttpRequest) -> Result<String> {
    let missing = || {
        Error::problem(
            ProblemCode::Unauthenticated,
            "Send Authorization: Bearer with an access token.",
        )
    };
    let value = request::once(req, header::AUTHORIZATION.as_str())?
        // Not `to_str`, which looks at each of some thousand bytes by itself.
        .and_then(|value| std::str::from_utf8(value.as_bytes()).ok())
        .ok_or_else(missing)?;
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() => {
            Ok(token.trim().to_owned())
        }
        _ => Err(missing()),
    }
}

impl FromRequest for App {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(req))
    }
}
