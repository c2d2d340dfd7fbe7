//! Health agreements in storage.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::indicators;
use super::model::{
    AgreementObjective, AgreementParty, HealthAgreement, HealthAgreementChange, HealthAgreementId,
    NewHealthAgreement,
};
use super::rules;
use crate::evaluations;
use crate::find_seen;
use crate::organisations::OrganisationId;
use crate::platform::app::Cx;
use crate::platform::db::schema::health_agreements;
use crate::platform::db::{Instant, Json, one_of};
use crate::platform::error::{Error, Result};
use crate::platform::events::Event;
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::id::Id;
use crate::platform::once::Once;
use crate::platform::text::Prose;
use crate::programmes::{self, ProgrammeId};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = health_agreements, treat_none_as_default_value = false)]
struct Row {
    id: HealthAgreementId,
    controller_id: OrganisationId,
    programme_id: ProgrammeId,
    agreement_type: String,
    title: String,
    region_code: String,
    period_from: NaiveDate,
    period_to: NaiveDate,
    content: Json<Content>,
    version: i32,
    created_at: Instant,
    updated_at: Instant,
}

/// What nobody queries into.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Content {
    parties: Vec<AgreementParty>,
    vision: Prose,
    objectives: Vec<AgreementObjective>,
}

fn shown(row: Row, today: NaiveDate) -> HealthAgreement {
    HealthAgreement {
        id: row.id,
        programme_id: row.programme_id,
        agreement_type: row.agreement_type.into(),
        title: row.title.into(),
        region_code: row.region_code,
        period_from: row.period_from,
        period_to: row.period_to,
        midway_on: rules::midway(row.period_from, row.period_to),
        stage: rules::stage(row.period_from, row.period_to, today),
        parties: row.content.0.parties,
        vision: row.content.0.vision,
        objectives: row.content.0.objectives,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

/// One agreement that the actor sees.
pub fn find(cx: &mut Cx<'_>, id: HealthAgreementId) -> Result<HealthAgreement> {
    let row = find_seen!(cx, health_agreements, Row, id)?;
    let today = programmes::today(cx, row.programme_id)?;
    Ok(shown(row, today))
}

/// What a list is filtered by.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Only of this programme.
    pub programme_id: Option<ProgrammeId>,
    /// Only of this type.
    pub agreement_type: Option<String>,
    /// Only those whose period has this day in it.
    pub valid_on: Option<NaiveDate>,
}

/// A page of agreements, the latest period first.
pub fn list(
    cx: &mut Cx<'_>,
    filter: &Filter,
    cursor: Option<&Cursor>,
    limit: Limit,
) -> Result<(Vec<HealthAgreement>, Option<Cursor>)> {
    let scope = cx.scope();
    let bound_to = format!("healthAgreements {filter:?}");
    let after = resume(cx.keys, &bound_to, cursor)?;
    let mut query = health_agreements::table
        .filter(health_agreements::controller_id.eq(scope.controller))
        .order((
            health_agreements::period_from.desc(),
            health_agreements::id.desc(),
        ))
        .limit(limit.rows() + 1)
        .select(Row::as_select())
        .into_boxed();
    if let Some(visible) = &scope.programmes {
        query = query.filter(one_of(health_agreements::programme_id, visible));
    }
    if let Some(programme) = filter.programme_id {
        query = query.filter(health_agreements::programme_id.eq(programme));
    }
    if let Some(kind) = &filter.agreement_type {
        query = query.filter(health_agreements::agreement_type.eq(kind.clone()));
    }
    if let Some(day) = filter.valid_on {
        query = query
            .filter(health_agreements::period_from.le(day))
            .filter(health_agreements::period_to.ge(day));
    }
    if let Some(after) = after {
        let from = after.date();
        query = query.filter(
            health_agreements::period_from.le(from).and(
                health_agreements::period_from
                    .lt(from)
                    .or(health_agreements::id.lt(after.id::<HealthAgreement>())),
            ),
        );
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    let (rows, next) = cut(cx.keys, &bound_to, limit, rows, |row| {
        Position::on(row.period_from, row.id)
    });
    let mut days = Once::default();
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let programme = row.programme_id;
        let today = days.get(programme, || programmes::today(cx, programme))?;
        items.push(shown(row, today));
    }
    Ok((items, next))
}

/// Registers an agreement, and plans the evaluations that it must have: of the cooperation within a
/// year (CPS-7), and midway (HA-2).
pub fn create(cx: &mut Cx<'_>, new: &NewHealthAgreement) -> Result<HealthAgreement> {
    let programme =
        programmes::find(cx, new.programme_id).map_err(|error| error.referred("/programmeId"))?;
    let region = rules::check_region(&new.region_code, new.period_from)?;
    rules::check_parties(&new.parties, region, new.period_from)?;
    let period_to = new
        .period_to
        .unwrap_or_else(|| rules::four_years(new.period_from));
    let row = Row {
        id: Id::new(),
        controller_id: programme.controller_id,
        programme_id: programme.id,
        agreement_type: new.agreement_type.as_str().to_owned(),
        title: new.title.as_str().to_owned(),
        region_code: new.region_code.clone(),
        period_from: new.period_from,
        period_to,
        content: Json(Content {
            parties: new.parties.clone(),
            vision: new.vision.clone(),
            objectives: new.objectives.clone(),
        }),
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    diesel::insert_into(health_agreements::table)
        .values(&row)
        .execute(cx.conn())?;
    cx.emit(&Event::new("healthAgreement.created", row.id).programme(programme.id))?;
    let agreement = find(cx, row.id)?;
    evaluations::plan_of_agreement(cx, &agreement)?;
    Ok(agreement)
}

/// Changes an agreement, if the version the actor has read is still the current one.
pub fn change(
    cx: &mut Cx<'_>,
    id: HealthAgreementId,
    change: &HealthAgreementChange,
) -> Result<HealthAgreement> {
    let before = find(cx, id)?;
    cx.request.expect_version(before.version)?;
    let parties = change.parties.as_ref().unwrap_or(&before.parties);
    let region = rules::check_region(&before.region_code, before.period_from)?;
    rules::check_parties(parties, region, before.period_from)?;
    let period_to = change.period_to.unwrap_or(before.period_to);
    if period_to <= before.period_from {
        return Err(Error::field(
            "/periodTo",
            "beforeStart",
            "must lie after periodFrom",
        ));
    }
    let title = change.title.as_ref().unwrap_or(&before.title);
    let content = Content {
        parties: parties.clone(),
        vision: change.vision.as_ref().unwrap_or(&before.vision).clone(),
        objectives: change
            .objectives
            .as_ref()
            .unwrap_or(&before.objectives)
            .clone(),
    };
    let now = cx.now;
    diesel::update(health_agreements::table.find(id))
        .set((
            health_agreements::title.eq(title.as_str().to_owned()),
            health_agreements::period_to.eq(period_to),
            health_agreements::content.eq(Json(content)),
            health_agreements::version.eq(before.version + 1),
            health_agreements::updated_at.eq(now),
        ))
        .execute(cx.conn())?;
    cx.emit(&Event::new("healthAgreement.changed", id).programme(before.programme_id))?;
    let agreement = find(cx, id)?;
    if agreement.period_to != before.period_to {
        evaluations::follow_agreement(cx, &agreement, before.period_to)?;
        indicators::follow(cx, &agreement)?;
    }
    Ok(agreement)
}
