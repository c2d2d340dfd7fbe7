//! Sealing again with the newest key what older keys have sealed, while the service runs.

use diesel::prelude::*;
use diesel::sql_types::Binary;

use super::crypto::{KeyRing, Place};
use super::db::types::Uid;
use super::db::{AnyConnection, Db};
use super::error::{Error, Result};
use super::id::Id;

/// Every sealed column: the table and its column, whose name is the place it is sealed for.
/// A test compares it with the schema, so that no new column is forgotten.
pub const SEALED: &[(&str, &str)] = &[
    ("action_items", "content"),
    ("agenda_items", "content"),
    ("call_attempts", "note"),
    ("call_sessions", "content"),
    ("consents", "details"),
    ("course_supporters", "reason"),
    ("courses", "content"),
    ("decisions", "content"),
    ("enquiries", "content"),
    ("external_ids", "content"),
    ("feedback", "content"),
    ("function_description_versions", "content"),
    ("idempotency_keys", "answer"),
    ("import_chunks", "content"),
    ("import_results", "content"),
    ("imports", "requester"),
    ("meeting_papers", "content"),
    ("meeting_papers", "public_content"),
    ("meetings", "content"),
    ("minutes_remarks", "content"),
    ("onboarding_steps", "note"),
    ("patients", "person"),
    ("referrals", "content"),
    ("relatives", "person"),
    ("steering_members", "person"),
    ("volunteers", "person"),
    ("webhook_endpoints", "secrets"),
    ("working_groups", "people"),
];

/// How many rows are sealed again in one transaction.
const BATCH: usize = 200;

#[derive(QueryableByName)]
struct Cell {
    #[diesel(sql_type = Uid)]
    id: Id<()>,
    #[diesel(sql_type = Binary)]
    sealed: Vec<u8>,
}

/// Seals every older value of a column again. Answers how many.
pub fn rotate(
    db: &Db,
    keys: &std::sync::Arc<KeyRing>,
    table: &'static str,
    column: &'static str,
) -> Result<u64> {
    let mut after = Id::from_uuid(uuid::Uuid::nil());
    let mut count = 0;
    loop {
        let cells = db.read_blocking(|conn| page(conn, table, column, after))?;
        let Some(last) = cells.last() else {
            return Ok(count);
        };
        after = last.id;
        let keys = std::sync::Arc::clone(keys);
        let old: Vec<Cell> = cells
            .into_iter()
            .filter(|cell| KeyRing::key_of(&cell.sealed) != Some(keys.current()))
            .collect();
        count += db.write_blocking(move |tx| {
            let mut done = 0;
            for cell in &old {
                done += seal_again(tx.conn(), &keys, table, column, cell)?;
            }
            Ok(done)
        })?;
    }
}

fn page(conn: &mut AnyConnection, table: &str, column: &str, after: Id<()>) -> Result<Vec<Cell>> {
    let query = format!(
        "SELECT id, {column} AS sealed FROM {table} \
         WHERE {column} IS NOT NULL AND id > $1 ORDER BY id LIMIT {BATCH}"
    );
    Ok(diesel::sql_query(query).bind::<Uid, _>(after).load(conn)?)
}

/// Only where the row still holds what was read: a change in between has been sealed with the
/// newest key already, and is not undone.
fn seal_again(
    conn: &mut AnyConnection,
    keys: &KeyRing,
    table: &str,
    column: &str,
    cell: &Cell,
) -> Result<u64> {
    let field = format!("{table}.{column}");
    let place = Place::new(&field, cell.id.uuid());
    let plain = keys.open(place, &cell.sealed)?;
    let update = format!("UPDATE {table} SET {column} = $1 WHERE id = $2 AND {column} = $3");
    diesel::sql_query(update)
        .bind::<Binary, _>(keys.seal(place, &plain)?)
        .bind::<Uid, _>(cell.id)
        .bind::<Binary, _>(&cell.sealed)
        .execute(conn)
        .map_err(Error::from)
        .and_then(|rows| u64::try_from(rows).map_err(Error::internal))
}
