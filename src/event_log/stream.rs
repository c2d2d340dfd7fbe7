//! Server-Sent Events: the log as it grows, over one connection.

use std::rc::Rc;
use std::time::Duration;

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;
use serde_json::Value;
use tokio::time::Instant;

use super::model::LoggedEvent;
use super::read;
use crate::platform::access::policy::{Action, EventsRead};
use crate::platform::access::{Permit, permit};
use crate::platform::app::App;
use crate::platform::error::{Error, ProblemCode, Result};
use crate::platform::events::catalogue::EventType;
use crate::platform::events::log::Place;
use crate::platform::events::tail::{Following, Full, Watch, Woken};
use crate::platform::http::cursor::Cursor;

/// How often something is sent where nothing happens, so that what stands between knows that the
/// connection lives, and a client that has gone is noticed.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How many events are sent in one piece.
const TOGETHER: usize = 100;
/// How soon a browser connects again (milliseconds).
const HELLO: &str = "retry: 2000\n: follows the event log\n\n";

/// The cursor that a client sends when it connects again.
pub(super) fn last_event_id(req: &HttpRequest) -> Result<Option<Cursor>> {
    let Some(value) = req.headers().get("last-event-id") else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default();
    serde_json::from_value(Value::from(text))
        .map(Some)
        .map_err(|_| {
            Error::problem(
                ProblemCode::InvalidHeader,
                "Last-Event-ID must be the id of an event of this stream.",
            )
        })
}

/// Where a stream stands.
struct Stream {
    app: App,
    permit: Rc<Permit<EventsRead>>,
    token: String,
    place: Place,
    types: Vec<EventType>,
    watch: Watch,
    /// When it ends, whatever there is still to be sent; none where it ends behind the last event.
    ends: Option<Instant>,
    begun: bool,
    /// Its place among those that are open.
    _place: Following,
}

/// Answers with the stream.
pub(super) fn respond(
    app: App,
    permit: Permit<EventsRead>,
    req: &HttpRequest,
    place: Place,
    types: Vec<EventType>,
    lasts: Duration,
) -> Result<HttpResponse> {
    let places = app.config.event_streams;
    let following = Following::new(&app, permit.actor.id, places).map_err(|full| {
        Error::problem(
            ProblemCode::Unavailable,
            match full {
                Full::All => "As many event streams are open as this service keeps. Connect again in a while, or read GET /events with `wait`.",
                Full::Own => "A quarter of the event streams that this service keeps are yours. Close one, or read GET /events with `wait`.",
            },
        )
    })?;
    let stream = Stream {
        _place: following,
        token: permit::bearer(req)?,
        watch: Watch::new(&app, permit.actor.scope.controller),
        permit: Rc::new(permit),
        place,
        types,
        ends: (!lasts.is_zero()).then(|| Instant::now() + lasts),
        begun: false,
        app,
    };
    let pieces = stream::unfold(stream, |mut stream| async move {
        let piece = stream.next().await?;
        Some((Ok::<_, std::convert::Infallible>(piece), stream))
    });
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        // Compressed, events would wait for each other.
        .insert_header((header::CONTENT_ENCODING, "identity"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(pieces))
}

impl Stream {
    /// The next piece; none where the stream ends.
    async fn next(&mut self) -> Option<Bytes> {
        if !self.begun {
            self.begun = true;
            return Some(Bytes::from_static(HELLO.as_bytes()));
        }
        loop {
            if self.ends.is_some_and(|ends| Instant::now() >= ends) {
                return None;
            }
            // The token may have run out or been revoked since.
            let actor = self.app.tokens.verify(&self.app, &self.token).await.ok()?;
            if !actor.may(Action::EventsRead) {
                return None;
            }
            let (place, types) = (self.place, self.types.clone());
            let found = self
                .app
                .look(&self.permit, move |cx| {
                    read::next(cx, place, &types, TOGETHER)
                })
                .await
                .inspect_err(|error| tracing::warn!(code = %error.code(), "a stream has ended"))
                .ok()?;
            self.place = found.after;
            if !found.events.is_empty() {
                let mut text = String::new();
                for event in found.events {
                    let event = LoggedEvent::new(&self.app.keys, event);
                    let data = serde_json::to_string(&event).ok()?;
                    text.push_str(&format!(
                        "id: {}\nevent: {}\ndata: {data}\n\n",
                        event.cursor.as_str(),
                        event.kind.as_str(),
                    ));
                }
                return Some(text.into());
            }
            if found.more {
                continue;
            }
            let left = self.ends?.saturating_duration_since(Instant::now());
            match self.watch.more(self.place, left.min(HEARTBEAT)).await {
                Woken::More => {}
                Woken::Nothing => return Some(Bytes::from_static(b": nothing new\n\n")),
                Woken::Stopping => return None,
            }
        }
    }
}
