//! From when on words may be quoted, when they may no longer, and whose record they are on (HF-7).

use diesel::prelude::*;

use super::model::{Feedback, FeedbackId, QuotationAgreement, QuotationStatus};
use super::store::{Row, agreed, event, find, find_row, quotation};
use crate::consents::Consent;
use crate::patients::{self, PatientId};
use crate::platform::app::Cx;
use crate::platform::db::schema::feedback;
use crate::platform::error::{Error, Result};
use crate::programmes;
use crate::repoint;

/// Records that whoever gave feedback agrees afterwards to be quoted, also anew.
pub fn agree(cx: &mut Cx<'_>, id: FeedbackId, sent: &QuotationAgreement) -> Result<Feedback> {
    let row = find_row(cx, id)?;
    cx.request.heed_version(row.version)?;
    if let Some(patient) = row.patient_id {
        cx.touch(patient);
    }
    let status = quotation(cx, &row)?.status;
    let refused = match status {
        QuotationStatus::NoText => Some("The feedback has no words to quote."),
        QuotationStatus::Allowed => Some("The words may be quoted already."),
        QuotationStatus::NoConsent | QuotationStatus::Withdrawn | QuotationStatus::Expired => None,
    };
    if let Some(detail) = refused {
        let none: [&str; 0] = [];
        return Err(Error::state(detail, status, none));
    }
    let programme = programmes::find(cx, row.programme_id)?;
    let patient = match row.patient_id {
        Some(patient) => Some(patients::find(cx, patient)?),
        None => None,
    };
    let now = cx.now;
    let given = agreed(cx, patient.as_ref(), &programme, sent, now)?;
    diesel::update(feedback::table.find(id))
        .set((
            feedback::quotation_form.eq(sent.form),
            feedback::quotation_agreed_at.eq(given.given_at),
            feedback::quotation_until.eq(given.until),
            feedback::quotation_withdrawn_at.eq(given.withdrawn_at),
            feedback::version.eq(row.version + 1),
            feedback::updated_at.eq(now),
        ))
        .execute(cx.conn())?;
    cx.emit(&event("feedback.quotationAgreed", &row))?;
    find(cx, id)
}

/// Takes back the agreement that came with feedback on nobody's record.
pub fn withdraw(cx: &mut Cx<'_>, id: FeedbackId) -> Result<Feedback> {
    let row = find_row(cx, id)?;
    cx.request.heed_version(row.version)?;
    if let Some(patient) = row.patient_id {
        cx.touch(patient);
        return Err(Error::conflict(
            "The feedback is on a patient's record: the patient's consent of purpose quotation decides, and is withdrawn there.",
        ));
    }
    let none: [&str; 0] = [];
    if row.quotation_agreed_at.is_none() {
        return Err(Error::state(
            "Nobody has agreed to be quoted.",
            QuotationStatus::NoConsent,
            none,
        ));
    }
    if row.quotation_withdrawn_at.is_some() {
        return Err(Error::state(
            "The agreement has been taken back already.",
            QuotationStatus::Withdrawn,
            none,
        ));
    }
    let now = cx.now;
    diesel::update(feedback::table.find(id))
        .set((
            feedback::quotation_withdrawn_at.eq(now),
            feedback::version.eq(row.version + 1),
            feedback::updated_at.eq(now),
        ))
        .execute(cx.conn())?;
    cx.emit(&event("feedback.quotationWithdrawn", &row))?;
    find(cx, id)
}

/// After a consent was withdrawn: the feedback of the patient that it was quoted by, and that no
/// other consent covers. A later consent does not bring it back. Answers which.
pub fn stop_quoting(cx: &mut Cx<'_>, consent: &Consent) -> Result<Vec<FeedbackId>> {
    let controller = cx.scope().controller;
    let mut query = feedback::table
        .filter(feedback::controller_id.eq(controller))
        .filter(feedback::patient_id.eq(consent.patient_id))
        .filter(feedback::has_text.eq(true))
        .filter(feedback::quotation_agreed_at.is_not_null())
        .filter(feedback::quotation_withdrawn_at.is_null())
        .order(feedback::id.asc())
        .select(Row::as_select())
        .into_boxed();
    if let Some(programme) = consent.programme_id {
        query = query.filter(feedback::programme_id.eq(programme));
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    let mut stopped = Vec::new();
    for row in rows {
        if quotation(cx, &row)?.status == QuotationStatus::Allowed {
            continue;
        }
        let now = cx.now;
        diesel::update(feedback::table.find(row.id))
            .set((
                feedback::quotation_withdrawn_at.eq(now),
                feedback::version.eq(row.version + 1),
                feedback::updated_at.eq(now),
            ))
            .execute(cx.conn())?;
        cx.emit(&event("feedback.quotationWithdrawn", &row))?;
        stopped.push(row.id);
    }
    Ok(stopped)
}

/// Moves the feedback of a merged record to its survivor.
pub fn repoint(cx: &mut Cx<'_>, from: PatientId, to: PatientId) -> Result<()> {
    repoint!(cx, feedback, from, to)
}
