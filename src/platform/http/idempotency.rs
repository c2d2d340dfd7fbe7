//! A POST that can be sent again: the answer to the first request is kept for 24 hours, in the
//! transaction of its write, and replayed.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use chrono::Duration;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::reply::Reply;
use crate::on_engine;
use crate::platform::access::permit::OnBehalf;
use crate::platform::app::Cx;
use crate::platform::audit::Subject;
use crate::platform::crypto::{Place, same, sha256};
use crate::platform::db::schema::idempotency_keys;
use crate::platform::db::{AnyConnection, Instant};
use crate::platform::error::{Error, ProblemCode, Result};
use crate::platform::id::Id;

/// How long an answer is kept.
const KEPT_HOURS: i64 = 24;

/// A key of one actor for one operation, and what it was sent with.
#[derive(Debug, Clone)]
pub struct Key {
    /// The key within its scope, as a row id: a hash of actor, target and key.
    id: Id<Key>,
    /// A hash of the whole request.
    request: [u8; 32],
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = idempotency_keys, treat_none_as_default_value = false)]
struct Row {
    id: Id<Key>,
    request_hash: Vec<u8>,
    answer: Vec<u8>,
    created_at: Instant,
}

/// What is kept under a key, sealed.
#[derive(Serialize, Deserialize)]
struct Kept {
    reply: Reply,
    touched: Vec<Subject>,
}

impl Key {
    /// The key of this request, if it brought one.
    #[must_use]
    pub fn of(by: &OnBehalf, body: &[u8]) -> Option<Self> {
        let key = by.request.idempotency_key.as_deref()?;
        // What only checks must not take the place of what later writes.
        if by.request.validate_only {
            return None;
        }
        // An answer shows what its actor may see: whoever sees other things, or less, with the
        // same name has keys of their own.
        let sees = format!("{:?} {:?}", by.actor.scope, by.actor.actions);
        let scope = sha256(&[
            by.actor.id.as_bytes(),
            sees.as_bytes(),
            by.request.target.as_bytes(),
            key.as_bytes(),
        ]);
        let mut id = [0_u8; 16];
        id.iter_mut().zip(scope).for_each(|(to, from)| *to = from);
        Some(Self {
            id: Id::from_uuid(uuid::Uuid::from_bytes(id)),
            request: sha256(&[
                body,
                by.request
                    .if_match
                    .as_deref()
                    .unwrap_or_default()
                    .as_bytes(),
            ]),
        })
    }
}

/// The answer that was given to the same request before.
pub fn replay(cx: &mut Cx<'_>, key: &Key) -> Result<Option<Reply>> {
    let oldest = cx.now + Duration::hours(-KEPT_HOURS);
    let row: Option<Row> = on_engine!(cx.conn(), conn => idempotency_keys::table
        .find(key.id)
        .select(Row::as_select())
        .first(conn))
    .optional()?;
    match row {
        None => Ok(None),
        Some(row) if row.created_at < oldest => {
            diesel::delete(idempotency_keys::table.find(key.id)).execute(cx.conn())?;
            Ok(None)
        }
        Some(row) if !same(&row.request_hash, &key.request) => Err(Error::problem(
            ProblemCode::IdempotencyKeyReused,
            "The Idempotency-Key was used for another request.",
        )),
        Some(row) => {
            let kept: Kept = cx.keys.open_json(place(key), &row.answer)?;
            // A replay shows the data once more, which leaves its audit rows once more.
            for subject in kept.touched {
                cx.touch(subject);
            }
            Ok(Some(kept.reply.replayed()))
        }
    }
}

/// Keeps the answer of the first request.
pub fn remember(cx: &mut Cx<'_>, key: &Key, reply: &Reply) -> Result<()> {
    let kept = Kept {
        reply: reply.clone(),
        touched: cx.touched().to_vec(),
    };
    let row = Row {
        id: key.id,
        request_hash: key.request.to_vec(),
        answer: cx.keys.seal_json(place(key), &kept)?,
        created_at: cx.now,
    };
    on_engine!(cx.conn(), conn => diesel::insert_into(idempotency_keys::table)
        .values(&row)
        .execute(conn))?;
    Ok(())
}

/// Forgets some answers that are older than they are kept for, the oldest first. Says how many.
pub fn forget_old(conn: &mut AnyConnection, now: Instant, at_most: i64) -> Result<usize> {
    let oldest = now + Duration::hours(-KEPT_HOURS);
    let old: Vec<Id<Key>> = idempotency_keys::table
        .filter(idempotency_keys::created_at.lt(oldest))
        .order(idempotency_keys::created_at.asc())
        .limit(at_most)
        .select(idempotency_keys::id)
        .load(conn)?;
    for id in &old {
        diesel::delete(idempotency_keys::table.find(id)).execute(conn)?;
    }
    Ok(old.len())
}

fn place(key: &Key) -> Place<'static> {
    Place::new("idempotency_keys.answer", key.id.uuid())
}

/// The keys whose first request is running in this instance. Two instances meet in the
/// database instead: the second one waits there, and then replays.
#[derive(Debug, Default)]
pub struct Running(Mutex<HashSet<Id<Key>>>);

/// Keeps a key in [`Running`] until dropped.
#[derive(Debug)]
pub struct Guard<'a>(&'a Running, Id<Key>);

impl Running {
    /// Enters a key, or refuses because its first request has not finished.
    pub fn enter(&self, key: &Key) -> Result<Guard<'_>> {
        let fresh = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key.id);
        if fresh {
            Ok(Guard(self, key.id))
        } else {
            Err(Error::problem(
                ProblemCode::IdempotencyKeyInUse,
                "The first request with this Idempotency-Key is still running.",
            ))
        }
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.1);
    }
}
