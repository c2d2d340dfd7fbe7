//! The next events that an actor may see and wants.

use crate::platform::access::Actor;
use crate::platform::access::Scope;
use crate::platform::app::{App, Cx};
use crate::platform::error::Result;
use crate::platform::events::catalogue::EventType;
use crate::platform::events::log::{self, Logged, Place};
use crate::platform::http::cursor::Cursor;

/// How many events are looked at in one query.
const TOGETHER: i64 = 500;
/// How many such queries one answer makes at most: a rare type is looked for in bounded steps.
const STEPS: usize = 10;
/// Where a reader begins who wants to know what happens from now on.
const LATEST: &str = "latest";

/// The next events.
#[derive(Debug)]
pub(super) struct Next {
    /// Those that were asked for.
    pub events: Vec<Logged>,
    /// The place of the last one that was looked at.
    pub after: Place,
    /// Whether there is more to look at right away.
    pub more: bool,
}

/// Whether an actor sees an event: those of its programmes only, where it is limited to some.
fn sees(scope: &Scope, event: &Logged) -> bool {
    match &scope.programmes {
        None => true,
        Some(programmes) => event
            .programme_id
            .is_some_and(|programme| programmes.contains(&programme)),
    }
}

/// At most `limit` events behind `after` of these types (all, where none is named).
pub(super) fn next(
    cx: &mut Cx<'_>,
    after: Place,
    types: &[EventType],
    limit: usize,
) -> Result<Next> {
    let controller = cx.scope().controller;
    let mut found = Next {
        events: Vec::new(),
        after,
        more: true,
    };
    for _ in 0..STEPS {
        let rows = log::read(cx.conn(), controller, found.after, TOGETHER)?;
        let last = i64::try_from(rows.len()).is_ok_and(|count| count < TOGETHER);
        for row in rows {
            found.after = row.place();
            let wanted = types.is_empty() || types.iter().any(|kind| kind.as_str() == row.kind);
            if !wanted || !sees(cx.scope(), &row) {
                continue;
            }
            if let Some(patient) = row.patient_id {
                cx.touch(patient);
            }
            found.events.push(row);
            if found.events.len() == limit {
                return Ok(found);
            }
        }
        if last {
            found.more = false;
            return Ok(found);
        }
    }
    Ok(found)
}

/// Where a reader begins: behind a cursor, at the end (`latest`), or at the beginning of the log.
pub(super) async fn start(app: &App, actor: &Actor, after: Option<&Cursor>) -> Result<Place> {
    let controller = actor.scope.controller;
    match after {
        None => Ok(Place::START),
        Some(cursor) if cursor.as_str() == LATEST => {
            app.db.read(move |conn| log::end(conn, controller)).await
        }
        Some(cursor) => Place::open(cursor, &app.keys, controller),
    }
}
