//! Feedback in storage. What was said is sealed.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::model::{
    Feedback, FeedbackId, FeedbackSource, NewFeedback, Quotation, QuotationAgreement,
    QuotationStatus,
};
use super::rules::{self, Agreement};
use crate::calendar::local_date;
use crate::consents::{self, Consent, Decision, NewConsent};
use crate::find_seen;
use crate::organisations::{self, OrganisationId};
use crate::patients::{self, Patient, PatientId};
use crate::platform::app::Cx;
use crate::platform::crypto::Place;
use crate::platform::db::schema::feedback;
use crate::platform::db::{Instant, one_of};
use crate::platform::error::{Error, Result};
use crate::platform::events::Event;
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::id::Id;
use crate::platform::text::Prose;
use crate::programmes::{self, ConsentForm, Programme, ProgrammeId, Purpose};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = feedback, treat_none_as_default_value = false)]
pub(super) struct Row {
    pub id: FeedbackId,
    pub controller_id: OrganisationId,
    pub programme_id: ProgrammeId,
    pub ward_id: Option<OrganisationId>,
    pub patient_id: Option<PatientId>,
    pub source: FeedbackSource,
    pub rating: Option<i32>,
    pub has_text: bool,
    pub received_at: Instant,
    pub quotation_form: Option<ConsentForm>,
    pub quotation_agreed_at: Option<Instant>,
    pub quotation_until: Option<NaiveDate>,
    pub quotation_withdrawn_at: Option<Instant>,
    pub content: Vec<u8>,
    pub version: i32,
    pub created_at: Instant,
    pub updated_at: Instant,
}

impl Row {
    fn agreement(&self) -> Option<Agreement> {
        Some(Agreement {
            given_at: self.quotation_agreed_at?,
            until: self.quotation_until,
            withdrawn_at: self.quotation_withdrawn_at,
        })
    }

    /// Whether it takes a patient's consent to quote it, or what stands against it as it is.
    fn stands_on(&self) -> Result<(), QuotationStatus> {
        match (
            self.has_text,
            self.quotation_agreed_at,
            self.quotation_withdrawn_at,
        ) {
            (false, ..) => Err(QuotationStatus::NoText),
            (true, None, _) => Err(QuotationStatus::NoConsent),
            (true, Some(_), Some(_)) => Err(QuotationStatus::Withdrawn),
            (true, Some(_), None) => Ok(()),
        }
    }
}

/// What is sealed.
#[derive(Clone, Serialize, Deserialize)]
struct Content {
    text: Option<Prose>,
}

fn place(id: FeedbackId) -> Place<'static> {
    Place::new("feedback.content", id.uuid())
}

pub(super) fn event(kind: &'static str, row: &Row) -> Event {
    let event = Event::new(kind, row.id).programme(row.programme_id);
    match row.patient_id {
        Some(patient) => event.patient(patient),
        None => event,
    }
}

/// Whether the words may be quoted now (HF-7). On a patient's record it takes both: that the
/// patient agreed when these words were given, and a consent that is active now.
pub(super) fn quotation(cx: &mut Cx<'_>, row: &Row) -> Result<Quotation> {
    let allowed = consents_to(cx, std::slice::from_ref(row))?;
    answer(cx, row, &allowed)
}

/// The consents that are active now, of those rows that stand on one.
fn consents_to(
    cx: &mut Cx<'_>,
    rows: &[Row],
) -> Result<HashMap<(PatientId, ProgrammeId), Consent>> {
    let asked: Vec<(PatientId, ProgrammeId)> = rows
        .iter()
        .filter(|row| row.stands_on().is_ok())
        .filter_map(|row| Some((row.patient_id?, row.programme_id)))
        .collect();
    let now = cx.now;
    consents::active_each(cx, &asked, Purpose::Quotation, now)
}

fn answer(
    cx: &mut Cx<'_>,
    row: &Row,
    allowed: &HashMap<(PatientId, ProgrammeId), Consent>,
) -> Result<Quotation> {
    let Some(patient) = row.patient_id else {
        let policy = programmes::find_of_controller(cx, row.programme_id)?.policy;
        let today = local_date(cx.now.utc(), policy.time_zone()?);
        return Ok(rules::own_quotation(row.has_text, row.agreement(), today));
    };
    if let Err(status) = row.stands_on() {
        return Ok(Quotation::not(status));
    }
    Ok(match allowed.get(&(patient, row.programme_id)) {
        Some(consent) => Quotation {
            status: QuotationStatus::Allowed,
            from: Some(consent.given_at.max(row.received_at)),
            before: consent.expires_on,
            consent_id: Some(consent.id),
        },
        None => Quotation::not(QuotationStatus::NoConsent),
    })
}

/// Opens a row for the actor. Notes the patient whose record it is on as touched.
fn shown(cx: &mut Cx<'_>, row: Row) -> Result<Feedback> {
    let quotation = quotation(cx, &row)?;
    view(cx, row, quotation)
}

fn view(cx: &mut Cx<'_>, row: Row, quotation: Quotation) -> Result<Feedback> {
    if let Some(patient) = row.patient_id {
        cx.touch(patient);
    }
    let content: Content = cx.keys.open_json(place(row.id), &row.content)?;
    Ok(Feedback {
        quotation,
        id: row.id,
        programme_id: row.programme_id,
        ward_id: row.ward_id,
        patient_id: row.patient_id,
        source: row.source,
        rating: row.rating,
        text: content.text,
        received_at: row.received_at,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

pub(super) fn find_row(cx: &mut Cx<'_>, id: FeedbackId) -> Result<Row> {
    let scope = cx.scope();
    let row = find_seen!(cx, feedback, Row, id)?;
    if let Some(own) = scope.patient
        && row.patient_id != Some(own)
    {
        return Err(Error::not_found());
    }
    Ok(row)
}

/// Feedback of a programme that the actor sees; for a patient, on the patient's own record.
pub fn find(cx: &mut Cx<'_>, id: FeedbackId) -> Result<Feedback> {
    let row = find_row(cx, id)?;
    shown(cx, row)
}

/// Registers feedback.
pub fn receive(cx: &mut Cx<'_>, new: &NewFeedback) -> Result<Feedback> {
    let programme =
        programmes::find(cx, new.programme_id).map_err(|error| error.referred("/programmeId"))?;
    let ward = match new.ward_id {
        Some(ward) => Some(organisations::find_ward(cx, ward, "/wardId")?.id),
        None => None,
    };
    let received_at = new.received_at.unwrap_or(cx.now);
    if received_at > cx.now {
        return Err(Error::field("/receivedAt", "future", "lies in the future"));
    }
    let patient = whose(cx, new)?;
    let agreement = match &new.quotation {
        Some(sent) => {
            let own = agreed(cx, patient.as_ref(), &programme, sent, received_at)
                .map_err(|error| error.below("/quotation"))?;
            Some((sent.form, own))
        }
        None => None,
    };
    let id = Id::new();
    let content = Content {
        text: new.text.clone(),
    };
    let row = Row {
        id,
        controller_id: programme.controller_id,
        programme_id: programme.id,
        ward_id: ward,
        patient_id: patient.map(|patient| patient.id),
        source: new.source,
        rating: new.rating,
        has_text: new.text.is_some(),
        received_at,
        quotation_form: agreement.map(|(form, _)| form),
        quotation_agreed_at: agreement.map(|(_, own)| own.given_at),
        quotation_until: agreement.and_then(|(_, own)| own.until),
        quotation_withdrawn_at: None,
        content: cx.keys.seal_json(place(id), &content)?,
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    diesel::insert_into(feedback::table)
        .values(&row)
        .execute(cx.conn())?;
    cx.emit(&event("feedback.received", &row))?;
    shown(cx, row)
}

/// That whoever gave it agrees to be quoted; where nothing is said, at `otherwise`. On a patient's
/// record it becomes a consent, whose it is to say when it ends.
pub(super) fn agreed(
    cx: &mut Cx<'_>,
    patient: Option<&Patient>,
    programme: &Programme,
    sent: &QuotationAgreement,
    otherwise: Instant,
) -> Result<Agreement> {
    let policy = &programme.policy;
    let Some(patient) = patient else {
        return rules::check_agreement(sent, policy, otherwise, cx.now).map_err(Error::invalid);
    };
    let consent = NewConsent {
        programme_id: Some(programme.id),
        purpose: Purpose::Quotation,
        form: sent.form,
        decision: Decision::Given,
        given_at: sent.given_at.unwrap_or(otherwise),
        expires_on: None,
        given_by: None,
        taken_by: None,
        given_to: None,
        legal_basis: None,
        note: None,
    };
    let given = consents::record_known(cx, patient, Some(policy), &consent)?;
    Ok(Agreement {
        given_at: given.given_at,
        until: None,
        withdrawn_at: None,
    })
}

/// The patient whose record it belongs on, if it is somebody's. A patient speaks as the patient.
fn whose(cx: &mut Cx<'_>, new: &NewFeedback) -> Result<Option<Patient>> {
    let named = match cx.scope().patient {
        Some(_) if new.source != FeedbackSource::Patient => {
            return Err(Error::field(
                "/source",
                "notPatient",
                "must be patient where the patient gives it",
            ));
        }
        Some(own) => Some(new.patient_id.unwrap_or(own)),
        None => new.patient_id,
    };
    named
        .map(|id| patients::find(cx, id).map_err(|error| error.referred("/patientId")))
        .transpose()
}

/// What a list is filtered by.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Only about this programme.
    pub programme_id: Option<ProgrammeId>,
    /// Only about this ward.
    pub ward_id: Option<OrganisationId>,
    /// Only from these.
    pub source: Option<FeedbackSource>,
    /// Only with words, or only without.
    pub has_text: Option<bool>,
    /// Only received at this time or later.
    pub received_from: Option<Instant>,
    /// Only registered or changed since.
    pub updated_since: Option<Instant>,
}

/// A page of feedback, the latest received first, and where the next one begins.
pub fn list(
    cx: &mut Cx<'_>,
    filter: &Filter,
    cursor: Option<&Cursor>,
    limit: Limit,
) -> Result<(Vec<Feedback>, Option<Cursor>)> {
    let scope = cx.scope();
    let bound_to = format!("feedback {filter:?}");
    let after = resume(cx.keys, &bound_to, cursor)?;
    let mut query = feedback::table
        .filter(feedback::controller_id.eq(scope.controller))
        .order((feedback::received_at.desc(), feedback::id.desc()))
        .limit(limit.rows() + 1)
        .select(Row::as_select())
        .into_boxed();
    if let Some(visible) = &scope.programmes {
        query = query.filter(one_of(feedback::programme_id, visible));
    }
    if let Some(own) = scope.patient {
        query = query.filter(feedback::patient_id.eq(own));
    }
    if let Some(programme) = filter.programme_id {
        query = query.filter(feedback::programme_id.eq(programme));
    }
    if let Some(ward) = filter.ward_id {
        query = query.filter(feedback::ward_id.eq(ward));
    }
    if let Some(source) = filter.source {
        query = query.filter(feedback::source.eq(source));
    }
    if let Some(has_text) = filter.has_text {
        query = query.filter(feedback::has_text.eq(has_text));
    }
    if let Some(from) = filter.received_from {
        query = query.filter(feedback::received_at.ge(from));
    }
    if let Some(since) = filter.updated_since {
        query = query.filter(feedback::updated_at.ge(since));
    }
    if let Some(after) = after {
        let at = Instant::from_micros(after.key);
        query = query.filter(
            feedback::received_at.le(at).and(
                feedback::received_at
                    .lt(at)
                    .or(feedback::id.lt(after.id::<Feedback>())),
            ),
        );
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    let (rows, next) = cut(cx.keys, &bound_to, limit, rows, |row| Position {
        key: row.received_at.micros(),
        id: row.id.uuid(),
    });
    let allowed = consents_to(cx, &rows)?;
    let items = rows
        .into_iter()
        .map(|row| {
            let quotation = answer(cx, &row, &allowed)?;
            view(cx, row, quotation)
        })
        .collect::<Result<_>>()?;
    Ok((items, next))
}
