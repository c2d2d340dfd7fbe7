//! Imports: whether a consent is recorded already; exports: all of them.

use diesel::prelude::*;

use super::model::{Consent, ConsentId, GivenBy, NewConsent};
use super::store::Row;
use crate::patients::PatientId;
use crate::platform::app::Cx;
use crate::platform::db::schema::consents;
use crate::platform::error::Result;

/// Whether a consent is what `new` would record: for the same purpose and programme, decided the
/// same, in the same form, at the same moment.
fn is_same(known: &Consent, new: &NewConsent) -> bool {
    known.purpose == new.purpose
        && known.programme_id == new.programme_id
        && known.decision == new.decision
        && known.form == new.form
        && known.given_at == new.given_at
}

/// Whether a consent says all that `new` says; what `new` leaves out is no difference. `masked`: of
/// a protected person whom the actor may not see. Who gave it is not compared then, since the answer
/// would tell whether a guess at a name is right (ID-5).
#[must_use]
pub fn says_all(known: &Consent, new: &NewConsent, masked: bool) -> bool {
    let details = &known.details;
    is_same(known, new)
        && agrees(new.expires_on.as_ref(), known.expires_on.as_ref())
        && agrees(new.given_to.as_ref(), known.given_to.as_ref())
        && agrees(new.taken_by.as_ref(), details.taken_by.as_ref())
        && agrees(new.legal_basis.as_ref(), details.legal_basis.as_ref())
        && agrees(new.note.as_ref(), details.note.as_ref())
        && new
            .given_by
            .as_ref()
            .is_none_or(|giver| masked || is_giver(&details.given_by, giver))
}

/// What is sent is what is known, or nothing is sent.
fn agrees<T: PartialEq>(sent: Option<&T>, known: Option<&T>) -> bool {
    sent.is_none() || sent == known
}

/// A relative of the record is named by the record, another one in words.
fn is_giver(known: &GivenBy, sent: &GivenBy) -> bool {
    known.kind == sent.kind
        && known.authority == sent.authority
        && match sent.relative_id {
            Some(_) => known.relative_id == sent.relative_id,
            None => agrees(sent.name.as_ref(), known.name.as_ref()),
        }
}

/// The consent that recording `new` once more would double: where there are several, one that says
/// all of it.
pub fn find_same(
    cx: &mut Cx<'_>,
    patient: PatientId,
    new: &NewConsent,
    masked: bool,
) -> Result<Option<Consent>> {
    let rows: Vec<Row> = consents::table
        .filter(consents::patient_id.eq(patient))
        .filter(consents::purpose.eq(new.purpose))
        .filter(consents::given_at.eq(new.given_at))
        .order(consents::id.asc())
        .select(Row::as_select())
        .load(cx.conn())?;
    let mut found = None;
    for row in rows {
        let known = row.open(cx.keys, None)?;
        if says_all(&known, new, masked) {
            return Ok(Some(known));
        }
        if is_same(&known, new) {
            found = found.or(Some(known));
        }
    }
    Ok(found)
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
