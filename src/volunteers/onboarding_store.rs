//! Held onboarding steps in storage. They are appended to, never changed; the note is sealed.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::model::VolunteerId;
use super::onboarding::{HeldStep, StepOutcome};
use crate::organisations::OrganisationId;
use crate::platform::app::Cx;
use crate::platform::crypto::Place;
use crate::platform::db::schema::onboarding_steps;
use crate::platform::db::{Instant, one_of};
use crate::platform::error::Result;
use crate::platform::id::Id;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = onboarding_steps, treat_none_as_default_value = false)]
struct Row {
    id: Id<HeldStep>,
    volunteer_id: VolunteerId,
    step: String,
    outcome: StepOutcome,
    held_on: NaiveDate,
    expires_on: Option<NaiveDate>,
    ward_id: Option<OrganisationId>,
    beside_id: Option<VolunteerId>,
    note: Option<Vec<u8>>,
    recorded_at: Instant,
    recorded_by: Id<()>,
}

fn place(id: Id<HeldStep>) -> Place<'static> {
    Place::new("onboarding_steps.note", id.uuid())
}

/// The steps that each of these volunteers has held, in order.
pub(super) fn of(
    cx: &mut Cx<'_>,
    ids: &[VolunteerId],
) -> Result<HashMap<VolunteerId, Vec<HeldStep>>> {
    let mut found: HashMap<VolunteerId, Vec<HeldStep>> = HashMap::new();
    let rows: Vec<Row> = onboarding_steps::table
        .filter(one_of(onboarding_steps::volunteer_id, ids))
        .order((onboarding_steps::held_on.asc(), onboarding_steps::id.asc()))
        .select(Row::as_select())
        .load(cx.conn())?;
    for row in rows {
        let held = found.entry(row.volunteer_id).or_default();
        held.push(HeldStep {
            id: row.id,
            step: row.step.into(),
            outcome: row.outcome,
            held_on: row.held_on,
            expires_on: row.expires_on,
            ward_id: row.ward_id,
            beside_id: row.beside_id,
            note: row
                .note
                .map(|note| cx.keys.open_json(place(row.id), &note))
                .transpose()?,
            recorded_at: row.recorded_at,
        });
    }
    Ok(found)
}

/// The steps that one volunteer has held, in order.
pub(super) fn of_one(cx: &mut Cx<'_>, id: VolunteerId) -> Result<Vec<HeldStep>> {
    Ok(of(cx, &[id])?.remove(&id).unwrap_or_default())
}

/// Appends one.
pub(super) fn append(cx: &mut Cx<'_>, volunteer: VolunteerId, held: &HeldStep) -> Result<()> {
    let row = Row {
        id: held.id,
        volunteer_id: volunteer,
        step: held.step.as_str().to_owned(),
        outcome: held.outcome,
        held_on: held.held_on,
        expires_on: held.expires_on,
        ward_id: held.ward_id,
        beside_id: held.beside_id,
        note: held
            .note
            .as_ref()
            .map(|note| cx.keys.seal_json(place(held.id), note))
            .transpose()?,
        recorded_at: held.recorded_at,
        recorded_by: Id::from_uuid(cx.actor.id),
    };
    diesel::insert_into(onboarding_steps::table)
        .values(&row)
        .execute(cx.conn())?;
    Ok(())
}

/// Removes what was written about a volunteer who has left; that the steps were held stays.
pub(super) fn forget_notes(cx: &mut Cx<'_>, volunteer: VolunteerId) -> Result<()> {
    diesel::update(onboarding_steps::table.filter(onboarding_steps::volunteer_id.eq(volunteer)))
        .set(onboarding_steps::note.eq(None::<Vec<u8>>))
        .execute(cx.conn())?;
    Ok(())
}
