//! Consents in storage. Append-only: a withdrawal is a row of its own.

use std::collections::HashMap;

use chrono::NaiveDate;
use chrono_tz::Tz;
use diesel::prelude::*;
use uuid::Uuid;

use super::model::{
    Consent, ConsentId, Decision, Details, Ended, GivenBy, NewConsent, Withdrawal, WithdrawnBy,
};
use super::rules::{self, DEFAULT_ZONE};
use crate::on_engine;
use crate::organisations::{self, OrganisationId};
use crate::patients::{self, Patient, PatientId};
use crate::platform::access::Scope;
use crate::platform::app::Cx;
use crate::platform::crypto::{KeyRing, Place};
use crate::platform::db::schema::{consent_withdrawals, consents};
use crate::platform::db::{Instant, Json};
use crate::platform::error::{Error, ProblemCode, Result};
use crate::platform::events::Event;
use crate::platform::http::cursor::Position;
use crate::platform::id::Id;
use crate::platform::text::Name;
use crate::programmes::{self, ConsentForm, Policy, ProgrammeId, Purpose};

const DETAILS: &str = "consents.details";

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = consents, treat_none_as_default_value = false)]
pub(super) struct Row {
    id: ConsentId,
    controller_id: OrganisationId,
    pub(super) patient_id: PatientId,
    programme_id: Option<ProgrammeId>,
    purpose: Purpose,
    form: ConsentForm,
    decision: Decision,
    given_at: Instant,
    expires_on: Option<NaiveDate>,
    given_to_id: Option<OrganisationId>,
    details: Vec<u8>,
    recorded_at: Instant,
    recorded_by: Id<()>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = consent_withdrawals, treat_none_as_default_value = false)]
pub(super) struct WithdrawalRow {
    consent_id: ConsentId,
    withdrawn_at: Instant,
    withdrawn_by: WithdrawnBy,
    ended: Json<Vec<Ended>>,
    recorded_at: Instant,
    recorded_by: Id<()>,
}

impl From<WithdrawalRow> for Withdrawal {
    fn from(row: WithdrawalRow) -> Self {
        Self {
            withdrawn_at: row.withdrawn_at,
            withdrawn_by: row.withdrawn_by,
            ended: row.ended.0,
            recorded_at: row.recorded_at,
            recorded_by: row.recorded_by.uuid(),
        }
    }
}

impl Row {
    pub(super) fn open(self, keys: &KeyRing, withdrawal: Option<WithdrawalRow>) -> Result<Consent> {
        let details: Details =
            keys.open_json(Place::new(DETAILS, self.id.uuid()), &self.details)?;
        Ok(Consent {
            id: self.id,
            patient_id: self.patient_id,
            programme_id: self.programme_id,
            purpose: self.purpose,
            form: self.form,
            decision: self.decision,
            given_at: self.given_at,
            expires_on: self.expires_on,
            given_to: self.given_to_id,
            details,
            withdrawal: withdrawal.map(Into::into),
            recorded_at: self.recorded_at,
            recorded_by: self.recorded_by.uuid(),
        })
    }
}

/// The time zone in which a consent's days are counted. Decisions of a programme that the actor
/// does not see count all the same.
pub fn zone_of(cx: &mut Cx<'_>, programme: Option<ProgrammeId>) -> Result<Tz> {
    match programme {
        Some(programme) => programmes::find_of_controller(cx, programme)?
            .policy
            .time_zone(),
        None => Ok(DEFAULT_ZONE),
    }
}

/// Records a consent or a refusal of a patient. Field errors point below the consent object.
pub fn record(cx: &mut Cx<'_>, patient: PatientId, new: &NewConsent) -> Result<Consent> {
    let patient = patients::find(cx, patient)?;
    let policy = match new.programme_id {
        Some(programme) => Some(
            programmes::find(cx, programme)
                .map_err(|error| {
                    missing(error, "/programmeId", "is no programme that you may see")
                })?
                .policy,
        ),
        None => None,
    };
    record_known(cx, &patient, policy.as_ref(), new)
}

/// The same where patient and policy are at hand: of the programme that the consent is for, none
/// where it is for no particular one.
pub fn record_known(
    cx: &mut Cx<'_>,
    patient: &Patient,
    policy: Option<&Policy>,
    new: &NewConsent,
) -> Result<Consent> {
    if new.programme_id.is_none() && is_limited(cx.scope()) {
        return Err(Error::field(
            "/programmeId",
            "required",
            "is needed: you see some programmes only, and a consent without one is for all",
        ));
    }
    let zone = policy.map_or(Ok(DEFAULT_ZONE), Policy::time_zone)?;
    let expires_on = rules::check(new, policy, zone, cx.now)?;
    if let Some(organisation) = new.given_to {
        organisations::find(cx, organisation)
            .map_err(|error| missing(error, "/givenTo", "is no organisation that you may see"))?;
    }
    let consent = Consent {
        id: Id::new(),
        patient_id: patient.id,
        programme_id: new.programme_id,
        purpose: new.purpose,
        form: new.form,
        decision: new.decision,
        given_at: new.given_at,
        expires_on,
        given_to: new.given_to,
        details: Details {
            given_by: giver(cx, patient.id, new.given_by.clone().unwrap_or_default())?,
            taken_by: new.taken_by.clone(),
            legal_basis: new.legal_basis.clone(),
            note: new.note.clone(),
        },
        withdrawal: None,
        recorded_at: cx.now,
        recorded_by: cx.actor.id,
    };
    let row = Row {
        id: consent.id,
        controller_id: patient.controller_id,
        patient_id: patient.id,
        programme_id: consent.programme_id,
        purpose: consent.purpose,
        form: consent.form,
        decision: consent.decision,
        given_at: consent.given_at,
        expires_on: consent.expires_on,
        given_to_id: consent.given_to,
        details: cx
            .keys
            .seal_json(Place::new(DETAILS, consent.id.uuid()), &consent.details)?,
        recorded_at: consent.recorded_at,
        recorded_by: Id::from_uuid(consent.recorded_by),
    };
    on_engine!(cx.conn(), conn => diesel::insert_into(consents::table)
        .values(&row)
        .execute(conn))?;
    cx.emit(&event(
        match consent.decision {
            Decision::Given => "consent.given",
            Decision::Refused => "consent.refused",
        },
        &consent,
    ))?;
    Ok(consent)
}

/// Whether the actor works for some programmes only. Patients decide for all of them.
pub(super) fn is_limited(scope: &Scope) -> bool {
    scope.programmes.is_some() && scope.patient.is_none()
}

fn event(kind: &'static str, consent: &Consent) -> Event {
    let event = Event::new(kind, consent.id).patient(consent.patient_id);
    match consent.programme_id {
        Some(programme) => event.programme(programme),
        None => event,
    }
}

/// An id in the body that leads nowhere is the body's fault.
fn missing(error: Error, pointer: &'static str, detail: &'static str) -> Error {
    match error.code() {
        ProblemCode::NotFound => Error::field(pointer, "notFound", detail),
        _ => error,
    }
}

/// Who gave it. The name of a relative is kept: it outlives the relative's record.
fn giver(cx: &mut Cx<'_>, patient: PatientId, mut given_by: GivenBy) -> Result<GivenBy> {
    if let Some(id) = given_by.relative_id {
        let (_, relative) = patients::find_relative(cx, patient, id).map_err(|error| {
            missing(
                error,
                "/givenBy/relativeId",
                "is no relative of the patient",
            )
        })?;
        let full = format!(
            "{} {}",
            relative.name.given.as_str(),
            relative.name.family.as_str()
        );
        given_by.name = Some(Name::from(full));
    }
    Ok(given_by)
}

/// One consent of the actor's controller; its patient is touched.
pub fn find(cx: &mut Cx<'_>, id: ConsentId) -> Result<Consent> {
    let scope = cx.scope();
    let found: Option<(Row, Option<WithdrawalRow>)> = consents::table
        .left_join(consent_withdrawals::table.on(consent_withdrawals::consent_id.eq(consents::id)))
        .filter(consents::id.eq(id))
        .filter(consents::controller_id.eq(scope.controller))
        .select((Row::as_select(), Option::<WithdrawalRow>::as_select()))
        .first(cx.conn())
        .optional()?;
    let (row, withdrawal) = found.ok_or_else(Error::not_found)?;
    if let Some(programme) = row.programme_id {
        scope.check_programme(programme)?;
    }
    scope.check_patient(row.patient_id)?;
    cx.touch(row.patient_id);
    row.open(cx.keys, withdrawal)
}

/// What a list is filtered by.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Only this purpose.
    pub purpose: Option<Purpose>,
    /// Only this programme.
    pub programme_id: Option<ProgrammeId>,
}

/// A page of a patient's consents, those recorded last first, and one row more.
pub fn list(
    cx: &mut Cx<'_>,
    patient: PatientId,
    filter: &Filter,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<Consent>> {
    let mut query = consents::table
        .filter(consents::patient_id.eq(patient))
        .order(consents::id.desc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(purpose) = filter.purpose {
        query = query.filter(consents::purpose.eq(purpose));
    }
    if let Some(programme) = filter.programme_id {
        query = query.filter(consents::programme_id.eq(programme));
    }
    if let Some(programmes) = &cx.scope().programmes {
        let mut seen: Box<dyn BoxableExpression<consents::table, _, SqlType = _>> =
            Box::new(consents::programme_id.is_null().nullable());
        for programme in programmes {
            seen = Box::new(seen.or(consents::programme_id.eq(*programme)));
        }
        query = query.filter(seen);
    }
    if let Some(after) = after {
        query = query.filter(consents::id.lt(after.id::<Consent>()));
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    open_all(cx, patient, rows)
}

/// Opens consents of one patient, each with its withdrawal.
fn open_all(cx: &mut Cx<'_>, patient: PatientId, rows: Vec<Row>) -> Result<Vec<Consent>> {
    let mut withdrawals: HashMap<ConsentId, WithdrawalRow> = consent_withdrawals::table
        .inner_join(consents::table.on(consents::id.eq(consent_withdrawals::consent_id)))
        .filter(consents::patient_id.eq(patient))
        .select(WithdrawalRow::as_select())
        .load(cx.conn())?
        .into_iter()
        .map(|row| (row.consent_id, row))
        .collect();
    rows.into_iter()
        .map(|row| {
            let withdrawal = withdrawals.remove(&row.id);
            row.open(cx.keys, withdrawal)
        })
        .collect()
}

/// The consent that covers `purpose` in `programme` at `at`: given by then, neither withdrawn nor
/// expired, and not followed by a refusal. One for no particular programme covers every one.
pub fn active(
    cx: &mut Cx<'_>,
    patient: PatientId,
    purpose: Purpose,
    programme: Option<ProgrammeId>,
    at: Instant,
) -> Result<Option<Consent>> {
    let patient = patients::find(cx, patient)?;
    let zone = zone_of(cx, programme)?;
    let rows: Vec<Row> = consents::table
        .filter(consents::patient_id.eq(patient.id))
        .filter(consents::purpose.eq(purpose))
        .select(Row::as_select())
        .load(cx.conn())?;
    let decisions = open_all(cx, patient.id, rows)?;
    Ok(rules::covering(decisions, purpose, programme, zone, at))
}

/// Stores the withdrawal of a consent, before what ends with it is known.
pub(super) fn withdraw(
    cx: &mut Cx<'_>,
    consent: &mut Consent,
    withdrawn_at: Instant,
    withdrawn_by: WithdrawnBy,
) -> Result<()> {
    let recorded_by: Uuid = cx.actor.id;
    let row = WithdrawalRow {
        consent_id: consent.id,
        withdrawn_at,
        withdrawn_by,
        ended: Json(Vec::new()),
        recorded_at: cx.now,
        recorded_by: Id::from_uuid(recorded_by),
    };
    diesel::insert_into(consent_withdrawals::table)
        .values(&row)
        .execute(cx.conn())?;
    consent.withdrawal = Some(row.into());
    cx.emit(&event("consent.withdrawn", consent))
}

/// Completes the withdrawal, in the same transaction, with what ended with it.
pub(super) fn complete_withdrawal(
    cx: &mut Cx<'_>,
    consent: &mut Consent,
    ended: Vec<Ended>,
) -> Result<()> {
    diesel::update(consent_withdrawals::table.find(consent.id))
        .set(consent_withdrawals::ended.eq(Json(ended.clone())))
        .execute(cx.conn())?;
    if let Some(withdrawal) = &mut consent.withdrawal {
        withdrawal.ended = ended;
    }
    Ok(())
}

/// Moves the consents of a merged record to its survivor.
pub fn repoint(cx: &mut Cx<'_>, from: PatientId, to: PatientId) -> Result<()> {
    diesel::update(consents::table.filter(consents::patient_id.eq(from)))
        .set(consents::patient_id.eq(to))
        .execute(cx.conn())?;
    Ok(())
}
