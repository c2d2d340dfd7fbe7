//! `/events`.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, get};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::LoggedEvent;
use super::{read, stream};
use crate::platform::access::Permit;
use crate::platform::access::policy::EventsRead;
use crate::platform::app::App;
use crate::platform::error::Result;
use crate::platform::events::catalogue::EventType;
use crate::platform::events::tail::{Watch, Woken};
use crate::platform::http::cursor::{Cursor, Limit};
use crate::platform::http::input::{Input as _, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::routes;

/// The routes of this resource.
#[must_use]
pub fn routes() -> Routes {
    routes![list_events, stream_events]
}

/// Which events, and how long to wait for them.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct EventFilter {
    /// The `cursor` behind which to go on: of an event or of an answer. `latest` begins with what
    /// happens from now on; without it the log is read from its beginning.
    #[param(nullable = false)]
    after: Option<Cursor>,
    /// Only these types; may be given several times.
    #[param(nullable = false)]
    #[serde(default)]
    types: Vec<EventType>,
    /// How many seconds to wait where there is nothing yet: the answer comes with the first event.
    #[param(nullable = false, minimum = 0, maximum = 60, default = 0)]
    #[serde(default)]
    wait: u64,
    /// How many items an answer has at most.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
}

/// Which events, and for how long.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StreamFilter {
    /// The `cursor` behind which to go on; `latest` begins with what happens from now on. The header
    /// `Last-Event-ID`, which browsers send when they connect again, goes before it.
    #[param(nullable = false)]
    after: Option<Cursor>,
    /// Only these types; may be given several times.
    #[param(nullable = false)]
    #[serde(default)]
    types: Vec<EventType>,
    /// After how many seconds the stream ends, 300 where nothing is said. Connect again then.
    #[param(nullable = false, minimum = 0, maximum = 900, default = 300)]
    #[serde(default = "five_minutes")]
    wait: u64,
}

fn five_minutes() -> u64 {
    300
}

/// Events in the order in which they were committed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventPage {
    /// The events, oldest first.
    items: Vec<LoggedEvent>,
    /// Send it as `after` to go on. Also where there are no items: what does not fit the filter has
    /// been passed by.
    cursor: Cursor,
    /// Whether there may be more right away; where it is false, wait.
    more: bool,
}

/// Read events
///
/// Every state change is one event, in the order in which they were committed; events of one
/// resource in the order in which they happened. Keep the `cursor` of the last event that you have
/// worked on: nothing is ever added behind it, whatever runs at once, and it stays good for ever.
///
/// With `wait` the answer is held back until there is an event (long polling), so that one request
/// after the other follows the log without a pause.
///
/// You see the events of your data controller; where you are limited to programmes, those that
/// belong to one of them.
#[utoipa::path(tag = "Events", security(("oauth2" = ["events.read"])),
    params(EventFilter),
    responses((status = 200, description = "The next events; none where nothing has happened.", body = EventPage)))]
#[get("/events")]
async fn list_events(
    app: App,
    permit: Permit<EventsRead>,
    query: Query<EventFilter>,
) -> Result<Reply> {
    let EventFilter {
        after,
        types,
        wait,
        limit,
    } = query.parse(&app)?;
    let until = Instant::now() + Duration::from_secs(wait);
    let limit = usize::try_from(limit.rows()).unwrap_or(usize::MAX);
    let controller = permit.actor.scope.controller;
    let mut place = read::start(&app, &permit.actor, after.as_ref()).await?;
    let mut watch = (wait > 0).then(|| Watch::new(&app, controller));
    loop {
        let wanted = types.clone();
        let found = app
            .look(&permit, move |cx| read::next(cx, place, &wanted, limit))
            .await?;
        place = found.after;
        let nothing = found.events.is_empty() && !found.more;
        let left = until.saturating_duration_since(Instant::now());
        if let Some(watch) = &mut watch
            && nothing
            && !left.is_zero()
            && watch.more(place, left).await == Woken::More
        {
            continue;
        }
        let items = found
            .events
            .into_iter()
            .map(|event| LoggedEvent::new(&app.keys, event))
            .collect();
        return Reply::ok(&EventPage {
            items,
            cursor: place.cursor(&app.keys, controller),
            more: found.more,
        });
    }
}

/// Stream events
///
/// The same events as Server-Sent Events (`text/event-stream`), each as soon as it is committed:
/// `id` is its cursor, `event` its type, `data` the event as in the list. A line of comment comes
/// every fifteen seconds where nothing else does. The stream ends after `wait` seconds, also in the
/// middle of what there is (with `wait=0` behind all that is there), when the token is no longer good,
/// when you take nothing of it for a minute, and when the service stops: connect again with
/// `Last-Event-ID`. An instance keeps 200 streams open at once unless it was started with another
/// number, a quarter of them for one client at most, and answers 503 to more.
#[utoipa::path(tag = "Events", security(("oauth2" = ["events.read"])),
    params(StreamFilter, ("Last-Event-ID" = Option<Cursor>, Header, nullable = false,
        description = "The `id` of the last event that you have.")),
    responses((status = 200, description = "Events until the stream ends.", content(
        (String = "text/event-stream", example = "id: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAqm0Z0b4k1X2c3d4e5\nevent: referral.accepted\ndata: {\"id\":\"01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70\",\"type\":\"referral.accepted\",\"timestamp\":\"2026-03-27T09:15:00Z\",\"data\":{\"subjectType\":\"referral\",\"subjectId\":\"01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71\",\"organisationId\":\"01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e72\"},\"cursor\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAqm0Z0b4k1X2c3d4e5\"}\n\n"),
    ))))]
#[get("/events/stream")]
async fn stream_events(
    app: App,
    permit: Permit<EventsRead>,
    query: Query<StreamFilter>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let query = query.parse(&app)?;
    let after = stream::last_event_id(&req)?.or(query.after);
    let place = read::start(&app, &permit.actor, after.as_ref()).await?;
    stream::respond(
        app,
        permit,
        &req,
        place,
        query.types,
        Duration::from_secs(query.wait),
    )
}
