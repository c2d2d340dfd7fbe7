//! Imports: whether a consent is recorded already; exports: all of them.

use diesel::prelude::*;

use super::model::{Consent, ConsentId, NewConsent};
use super::store::Row;
use crate::patients::PatientId;
use crate::platform::app::Cx;
use crate::platform::db::schema::consents;
use crate::platform::error::Result;

/// Whether a consent is what `new` would record: for the same purpose and programme, decided the
/// same, in the same form, at the same moment.
#[must_use]
pub fn is_same(known: &Consent, new: &NewConsent) -> bool {
    known.purpose == new.purpose
        && known.programme_id == new.programme_id
        && known.decision == new.decision
        && known.form == new.form
        && known.given_at == new.given_at
}

/// The consent that recording `new` once more would double.
pub fn find_same(
    cx: &mut Cx<'_>,
    patient: PatientId,
    new: &NewConsent,
) -> Result<Option<ConsentId>> {
    let rows: Vec<Row> = consents::table
        .filter(consents::patient_id.eq(patient))
        .filter(consents::purpose.eq(new.purpose))
        .filter(consents::given_at.eq(new.given_at))
        .order(consents::id.asc())
        .select(Row::as_select())
        .load(cx.conn())?;
    for row in rows {
        let known = row.open(cx.keys, None)?;
        if is_same(&known, new) {
            return Ok(Some(known.id));
        }
    }
    Ok(None)
}

/// Some of the consents that the actor sees behind an id, in the order they were recorded; their
/// patients are touched.
pub fn page(cx: &mut Cx<'_>, after: Option<ConsentId>, limit: i64) -> Result<Vec<Consent>> {
    let mut query = consents::table
        .filter(consents::controller_id.eq(cx.scope().controller))
        .order(consents::id.asc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(consents::id.gt(after));
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    rows.into_iter()
        .map(|row| {
            cx.touch(row.patient_id);
            row.open(cx.keys, None)
        })
        .collect()
}
