//! Recomputes the chains: what `brobygger audit verify` does.

use diesel::prelude::*;
use serde::Serialize;

use super::{Head, Row, anchor_tag, head_tag, opening_hash};
use crate::platform::crypto::{KeyRing, same};
use crate::platform::db::AnyConnection;
use crate::platform::db::schema::{audit_anchor, audit_heads, audit_rows};
use crate::platform::error::{Error, Result};

/// What verification found.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verification {
    /// How many rows were checked.
    pub rows: u64,
    /// How many chains they form.
    pub chains: u64,
    /// What does not fit, in words: chain, place and what is wrong.
    pub findings: Vec<String>,
}

/// How many rows of a chain are held in memory at a time.
const PAGE: i64 = 1000;

/// Recomputes every chain from its first row.
pub fn verify(conn: &mut AnyConnection, keys: &KeyRing) -> Result<Verification> {
    let mut found = Verification::default();
    let heads: Vec<Head> = audit_heads::table
        .order(audit_heads::ordinal.asc())
        .select(Head::as_select())
        .load(conn)?;
    let mut previous_opening = Vec::new();
    let mut known_rows = 0;
    for (expected, head) in (1_i64..).zip(&heads) {
        found.chains += 1;
        if head.ordinal != expected
            || !same(
                &head.opening,
                &opening_hash(keys, head.ordinal, head.writer_id, &previous_opening),
            )
        {
            found.findings.push(format!(
                "chain {} (number {}): its opening does not follow the chain before it: a chain was changed, removed or inserted",
                head.writer_id, head.ordinal
            ));
        }
        previous_opening.clone_from(&head.opening);
        known_rows += verify_chain(conn, keys, head, &mut found)?;
    }
    let anchor: Option<(i64, Vec<u8>)> = audit_anchor::table
        .find(1)
        .select((audit_anchor::chains, audit_anchor::tag))
        .first(conn)
        .optional()?;
    let count = heads.last().map_or(0, |head| head.ordinal);
    let anchored = match anchor {
        None => count == 0,
        Some((chains, tag)) => chains == count && same(&tag, &anchor_tag(keys, chains)),
    };
    if !anchored {
        found.findings.push(format!(
            "the number of chains is not what it should be: the last of {count} chains was inserted, or those after it were removed"
        ));
    }
    let all: i64 = audit_rows::table.count().get_result(conn)?;
    if all != known_rows {
        found.findings.push(format!(
            "{} rows belong to no known chain: inserted, or the end of their chain was removed",
            all - known_rows
        ));
    }
    found.rows = u64::try_from(all).map_err(Error::internal)?;
    Ok(found)
}

fn verify_chain(
    conn: &mut AnyConnection,
    keys: &KeyRing,
    head: &Head,
    found: &mut Verification,
) -> Result<i64> {
    let mut hash = head.opening.clone();
    let (mut last, mut count) = (0_i64, 0_i64);
    loop {
        let rows: Vec<Row> = audit_rows::table
            .filter(audit_rows::writer_id.eq(head.writer_id))
            .filter(audit_rows::seq.gt(last))
            .order(audit_rows::seq.asc())
            .limit(PAGE)
            .select(Row::as_select())
            .load(conn)?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            count += 1;
            if row.seq != last + 1 {
                found.findings.push(format!(
                    "chain {} row {}: {} rows before it are missing",
                    head.writer_id,
                    row.seq,
                    row.seq - last - 1
                ));
            } else if !same(&row.hash, &row.as_new().compute_hash(keys, &hash)) {
                found.findings.push(format!(
                    "chain {} row {}: it or the row before it was changed or inserted",
                    head.writer_id, row.seq
                ));
            }
            last = row.seq;
            hash = row.hash;
        }
    }
    if last != head.seq
        || !same(&hash, &head.hash)
        || !same(
            &head.tag,
            &head_tag(keys, head.writer_id, head.seq, &head.hash),
        )
    {
        found.findings.push(format!(
            "chain {}: it should end at row {} and ends at row {last}, or its end was changed",
            head.writer_id, head.seq
        ));
    }
    Ok(count)
}
