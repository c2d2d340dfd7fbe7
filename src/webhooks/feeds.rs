//! Feeds: how far the log has been turned into deliveries, for what happens from now on and for
//! replays.

use diesel::prelude::*;

use super::model::{
    FeedKind, NewWebhookReplay, WebhookEndpointId, WebhookEndpointState, WebhookReplay,
    WebhookReplayId,
};
use super::{queue, store};
use crate::platform::app::Cx;
use crate::platform::db::schema::{webhook_endpoints, webhook_feeds};
use crate::platform::db::{AnyConnection, Instant};
use crate::platform::error::{Error, Result};
use crate::platform::events::log::{self, Logged, Place};
use crate::platform::id::Id;

/// How many events one step turns into deliveries.
const TOGETHER: i64 = 200;

/// A row of the table.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = webhook_feeds, treat_none_as_default_value = false)]
pub(super) struct Row {
    id: WebhookReplayId,
    pub endpoint_id: WebhookEndpointId,
    kind: FeedKind,
    after_tx: i64,
    after_position: i64,
    from_at: Option<Instant>,
    until_at: Option<Instant>,
    until_tx: Option<i64>,
    until_position: Option<i64>,
    deliveries: i64,
    finished_at: Option<Instant>,
    created_at: Instant,
}

impl Row {
    fn after(&self) -> Place {
        Place {
            tx: self.after_tx,
            position: self.after_position,
        }
    }

    /// The place at which a replay ends.
    fn until(&self) -> Option<Place> {
        Some(Place {
            tx: self.until_tx?,
            position: self.until_position?,
        })
    }

    fn is_in_time(&self, at: Instant) -> bool {
        self.from_at.is_none_or(|from| from <= at) && self.until_at.is_none_or(|until| at < until)
    }

    fn shown(&self) -> WebhookReplay {
        WebhookReplay {
            id: self.id,
            from: self.from_at.unwrap_or(self.created_at),
            until: self.until_at.unwrap_or(self.created_at),
            deliveries: self.deliveries,
            created_at: self.created_at,
            finished_at: self.finished_at,
        }
    }
}

/// Begins a feed behind `after`; of a replay also from and until when, and where it ends.
pub(super) fn begin(
    cx: &mut Cx<'_>,
    endpoint: WebhookEndpointId,
    kind: FeedKind,
    after: Place,
    stretch: Option<(Instant, Instant, Place)>,
) -> Result<Row> {
    let row = Row {
        id: Id::new(),
        endpoint_id: endpoint,
        kind,
        after_tx: after.tx,
        after_position: after.position,
        from_at: stretch.map(|(from, _, _)| from),
        until_at: stretch.map(|(_, until, _)| until),
        until_tx: stretch.map(|(_, _, end)| end.tx),
        until_position: stretch.map(|(_, _, end)| end.position),
        deliveries: 0,
        finished_at: None,
        created_at: cx.now,
    };
    diesel::insert_into(webhook_feeds::table)
        .values(&row)
        .execute(cx.conn())?;
    Ok(row)
}

/// Asks for the events of a stretch of time once more. They come behind what waits already.
pub(super) fn replay(
    cx: &mut Cx<'_>,
    endpoint: WebhookEndpointId,
    new: &NewWebhookReplay,
) -> Result<WebhookReplay> {
    let mut row = store::find(cx, endpoint)?;
    cx.request.heed_version(row.version)?;
    let until = new.until.unwrap_or(cx.now);
    if until <= new.from {
        return Err(Error::field("/from", "order", "must be in the past"));
    }
    let end = log::end(cx.conn(), row.controller_id)?;
    let stretch = (new.from, until, end);
    let replay = begin(cx, row.id, FeedKind::Replay, Place::START, Some(stretch))?;
    store::save(cx, &mut row, "webhookEndpoint.replayed")?;
    Ok(replay.shown())
}

/// One replay.
pub(super) fn find_replay(
    cx: &mut Cx<'_>,
    endpoint: WebhookEndpointId,
    id: WebhookReplayId,
) -> Result<WebhookReplay> {
    let endpoint = store::find(cx, endpoint)?;
    let row: Option<Row> = webhook_feeds::table
        .find(id)
        .filter(webhook_feeds::endpoint_id.eq(endpoint.id))
        .filter(webhook_feeds::kind.eq(FeedKind::Replay))
        .select(Row::as_select())
        .first(cx.conn())
        .optional()?;
    row.map(|row| row.shown()).ok_or_else(Error::not_found)
}

/// Takes the feeds of an endpoint away: the log is not read for it any more.
pub(super) fn end_all(conn: &mut AnyConnection, endpoint: WebhookEndpointId) -> Result<()> {
    diesel::delete(webhook_feeds::table.filter(webhook_feeds::endpoint_id.eq(endpoint)))
        .execute(conn)?;
    Ok(())
}

/// A feed with the events that are next in it.
#[derive(Debug, Clone)]
pub(super) struct Page {
    feed: Row,
    events: Vec<Logged>,
}

impl Page {
    /// Whether there may be more behind it.
    pub fn is_full(&self) -> bool {
        i64::try_from(self.events.len()).is_ok_and(|count| count >= TOGETHER)
    }
}

/// The feeds of an endpoint that are to move on, each with its next events. Reads only.
pub(super) fn pages(conn: &mut AnyConnection, endpoint: &store::Row) -> Result<Vec<Page>> {
    // The log is the queue: what waits already is sent first.
    if queue::is_long(conn, endpoint.id)? {
        return Ok(Vec::new());
    }
    let feeds: Vec<Row> = webhook_feeds::table
        .filter(webhook_feeds::endpoint_id.eq(endpoint.id))
        .filter(webhook_feeds::finished_at.is_null())
        .order(webhook_feeds::id.asc())
        .select(Row::as_select())
        .load(conn)?;
    let mut pages = Vec::new();
    for feed in feeds {
        let events = log::read(conn, endpoint.controller_id, feed.after(), TOGETHER)?;
        let page = Page { feed, events };
        // A replay that has come to the end of the log is to be finished. A live feed that has read
        // nothing for its endpoint need not be written until that is a whole page.
        if page.feed.kind == FeedKind::Replay
            || page.is_full()
            || page.events.iter().any(|event| endpoint.wants(event))
        {
            pages.push(page);
        }
    }
    Ok(pages)
}

/// Moves a feed on and makes its deliveries, unless another instance has moved it since.
pub(super) fn move_on(conn: &mut AnyConnection, now: Instant, page: &Page) -> Result<()> {
    let feed: Option<Row> = webhook_feeds::table
        .find(page.feed.id)
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    let Some(feed) =
        feed.filter(|feed| feed.after() == page.feed.after() && feed.finished_at.is_none())
    else {
        return Ok(());
    };
    let mut endpoint: store::Row = webhook_endpoints::table
        .find(feed.endpoint_id)
        .select(store::Row::as_select())
        .first(conn)?;
    if endpoint.state != WebhookEndpointState::Active {
        return Ok(());
    }
    let until = feed.until();
    let inside = |event: &&Logged| until.is_none_or(|until| event.place() <= until);
    let events: Vec<&Logged> = page.events.iter().take_while(inside).collect();
    let after = events.last().map_or(feed.after(), |event| event.place());
    let finished = until.is_some() && (!page.is_full() || events.len() < page.events.len());
    let messages: Vec<queue::Message> = events
        .into_iter()
        .filter(|event| feed.is_in_time(event.at) && endpoint.wants(event))
        .map(queue::Message::from)
        .collect();
    let made = queue::add(conn, now, &mut endpoint, messages)?;
    diesel::update(webhook_feeds::table.find(feed.id))
        .set((
            webhook_feeds::after_tx.eq(after.tx),
            webhook_feeds::after_position.eq(after.position),
            webhook_feeds::deliveries
                .eq(feed.deliveries + i64::try_from(made.len()).unwrap_or_default()),
            webhook_feeds::finished_at.eq(finished.then_some(now)),
        ))
        .execute(conn)?;
    Ok(())
}
