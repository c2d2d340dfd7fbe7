//! Indicators in storage, with how they do.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::comparison_rules::main_series;
use super::figure::Figure;
use super::indicator_model::{
    Indicator, IndicatorAssessment, IndicatorBaseline, IndicatorChange, IndicatorDirection,
    IndicatorId, IndicatorLevel, IndicatorMeasure, IndicatorTarget, IndicatorUnit, NewIndicator,
};
use super::measurement_model::Measurement;
use super::measurements;
use super::model::{HealthAgreement, HealthAgreementId};
use super::rules;
use super::status_rules::Goal;
use super::store;
use crate::find_seen;
use crate::organisations::OrganisationId;
use crate::places::region;
use crate::platform::app::Cx;
use crate::platform::db::schema::indicators;
use crate::platform::db::{Instant, Json, one_of};
use crate::platform::error::{Error, Result};
use crate::platform::events::Event;
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::id::Id;
use crate::platform::once::Once;
use crate::platform::text::{Line, Prose};
use crate::programmes::ProgrammeId;

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = indicators, treat_none_as_default_value = false)]
pub(super) struct Row {
    pub id: IndicatorId,
    pub controller_id: OrganisationId,
    pub programme_id: ProgrammeId,
    pub agreement_id: HealthAgreementId,
    pub number: i32,
    pub name: String,
    pub level: IndicatorLevel,
    pub measure: IndicatorMeasure,
    pub unit: IndicatorUnit,
    pub direction: IndicatorDirection,
    content: Json<Content>,
    pub measured_every_months: Option<i32>,
    pub next_due_on: Option<NaiveDate>,
    version: i32,
    created_at: Instant,
    updated_at: Instant,
}

/// What nobody queries into.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Content {
    description: Option<Prose>,
    baseline: Option<IndicatorBaseline>,
    target: Option<IndicatorTarget>,
    tolerance: Figure,
    source: Line,
}

impl Row {
    /// What it is judged by.
    pub fn goal(&self) -> Goal {
        Goal {
            direction: self.direction,
            tolerance: self.content.0.tolerance,
            baseline: self.content.0.baseline,
            target: self.content.0.target,
        }
    }
}

fn assessed(row: &Row, region_code: &str, measured: &[Measurement]) -> Result<IndicatorAssessment> {
    let own = region(region_code).ok_or_else(|| Error::internal("a stored region is unknown"))?;
    let (whole, points) = main_series(own, measured, row.unit);
    let goal = row.goal();
    let latest = points.last().copied();
    Ok(IndicatorAssessment {
        status: goal.status(latest),
        trend: goal.trend(&points),
        region_code: whole.code.clone(),
        latest_to: latest.map(|point| point.on),
        latest_value: latest.map(|point| point.value),
        expected_value: latest.and_then(|point| goal.expected(point.on)),
    })
}

/// Rows with how they do, each with the code of its agreement's region.
fn shown_all(cx: &mut Cx<'_>, rows: Vec<(Row, String)>) -> Result<Vec<Indicator>> {
    let ids: Vec<IndicatorId> = rows.iter().map(|(row, _)| row.id).collect();
    let measured = measurements::of_regions(cx, &ids)?;
    rows.into_iter()
        .map(|(row, region_code)| {
            let measured = measured.get(&row.id).map_or(&[][..], Vec::as_slice);
            with(row, &region_code, measured)
        })
        .collect()
}

fn shown(cx: &mut Cx<'_>, row: Row, region_code: &str) -> Result<Indicator> {
    let measured = measurements::of_regions(cx, &[row.id])?.remove(&row.id);
    with(row, region_code, &measured.unwrap_or_default())
}

fn with(row: Row, region_code: &str, measured: &[Measurement]) -> Result<Indicator> {
    let assessment = assessed(&row, region_code, measured)?;
    let content = row.content.0;
    Ok(Indicator {
        id: row.id,
        health_agreement_id: row.agreement_id,
        programme_id: row.programme_id,
        number: row.number,
        name: row.name.into(),
        description: content.description,
        level: row.level,
        measure: row.measure,
        unit: row.unit,
        direction: row.direction,
        baseline: content.baseline,
        target: content.target,
        tolerance: content.tolerance,
        source: content.source,
        measured_every_months: row.measured_every_months,
        next_due_on: row.next_due_on,
        assessment,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

pub(super) fn find_row(cx: &mut Cx<'_>, id: IndicatorId) -> Result<Row> {
    find_seen!(cx, indicators, Row, id)
}

/// One indicator that the actor sees.
pub fn find(cx: &mut Cx<'_>, id: IndicatorId) -> Result<Indicator> {
    let row = find_row(cx, id)?;
    let agreement = store::find(cx, row.agreement_id)?;
    shown(cx, row, &agreement.region_code)
}

fn rows_of(cx: &mut Cx<'_>, agreement: HealthAgreementId) -> Result<Vec<Row>> {
    Ok(indicators::table
        .filter(indicators::agreement_id.eq(agreement))
        .order(indicators::number.asc())
        .select(Row::as_select())
        .load(cx.conn())?)
}

/// Every indicator of an agreement, by number.
pub fn of_agreement(cx: &mut Cx<'_>, agreement: &HealthAgreement) -> Result<Vec<Indicator>> {
    let rows = rows_of(cx, agreement.id)?;
    let rows = rows
        .into_iter()
        .map(|row| (row, agreement.region_code.clone()));
    shown_all(cx, rows.collect())
}

/// What a list is filtered by.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Only of this agreement.
    pub agreement_id: Option<HealthAgreementId>,
    /// Only of this level.
    pub level: Option<IndicatorLevel>,
}

/// A page of indicators in the order they were made.
pub fn list(
    cx: &mut Cx<'_>,
    filter: &Filter,
    cursor: Option<&Cursor>,
    limit: Limit,
) -> Result<(Vec<Indicator>, Option<Cursor>)> {
    let scope = cx.scope();
    let bound_to = format!("indicators {filter:?}");
    let after = resume(cx.keys, &bound_to, cursor)?;
    let mut query = indicators::table
        .filter(indicators::controller_id.eq(scope.controller))
        .order(indicators::id.asc())
        .limit(limit.rows() + 1)
        .select(Row::as_select())
        .into_boxed();
    if let Some(visible) = &scope.programmes {
        query = query.filter(one_of(indicators::programme_id, visible));
    }
    if let Some(agreement) = filter.agreement_id {
        query = query.filter(indicators::agreement_id.eq(agreement));
    }
    if let Some(level) = filter.level {
        query = query.filter(indicators::level.eq(level));
    }
    if let Some(after) = after {
        query = query.filter(indicators::id.gt(after.id::<Indicator>()));
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    let (rows, next) = cut(cx.keys, &bound_to, limit, rows, |row| Position::of(row.id));
    let mut codes = Once::default();
    let mut located = Vec::with_capacity(rows.len());
    for row in rows {
        let code = codes.get(row.agreement_id, || {
            store::find(cx, row.agreement_id).map(|agreement| agreement.region_code)
        })?;
        located.push((row, code));
    }
    Ok((shown_all(cx, located)?, next))
}

/// Indicators whose next measurement is awaited for a period that ends on this day or earlier, the
/// earliest first.
pub fn awaiting(
    cx: &mut Cx<'_>,
    programme: Option<ProgrammeId>,
    until: NaiveDate,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<(IndicatorId, ProgrammeId, String, NaiveDate)>> {
    let scope = cx.scope();
    let mut query = indicators::table
        .filter(indicators::controller_id.eq(scope.controller))
        .filter(indicators::next_due_on.is_not_null())
        .filter(indicators::next_due_on.assume_not_null().le(until))
        .order((indicators::next_due_on.asc(), indicators::id.asc()))
        .limit(limit)
        .select((
            indicators::id,
            indicators::programme_id,
            indicators::name,
            indicators::next_due_on.assume_not_null(),
        ))
        .into_boxed();
    if let Some(visible) = &scope.programmes {
        query = query.filter(one_of(indicators::programme_id, visible));
    }
    if let Some(programme) = programme {
        query = query.filter(indicators::programme_id.eq(programme));
    }
    if let Some(after) = after {
        let day = after.date();
        query = query.filter(
            indicators::next_due_on.assume_not_null().ge(day).and(
                indicators::next_due_on
                    .assume_not_null()
                    .gt(day)
                    .or(indicators::id.gt(after.id::<Indicator>())),
            ),
        );
    }
    Ok(query.load(cx.conn())?)
}

fn check_number(cx: &mut Cx<'_>, agreement: HealthAgreementId, number: i32) -> Result<()> {
    let taken: i64 = indicators::table
        .filter(indicators::agreement_id.eq(agreement))
        .filter(indicators::number.eq(number))
        .count()
        .get_result(cx.conn())?;
    if taken == 0 {
        Ok(())
    } else {
        Err(Error::field(
            "/number",
            "taken",
            "is the number of another indicator of the agreement",
        ))
    }
}

/// Adds an indicator to an agreement.
pub fn create(cx: &mut Cx<'_>, new: &NewIndicator) -> Result<Indicator> {
    let agreement = store::find(cx, new.health_agreement_id)
        .map_err(|error| error.referred("/healthAgreementId"))?;
    check_number(cx, agreement.id, new.number)?;
    let row = Row {
        id: Id::new(),
        controller_id: cx.scope().controller,
        programme_id: agreement.programme_id,
        agreement_id: agreement.id,
        number: new.number,
        name: new.name.as_str().to_owned(),
        level: new.level,
        measure: new.measure,
        unit: new.unit,
        direction: new.direction,
        content: Json(Content {
            description: new.description.clone(),
            baseline: new.baseline,
            target: new.target,
            tolerance: new.tolerance,
            source: new.source.clone(),
        }),
        measured_every_months: new.measured_every_months,
        next_due_on: next_due(&agreement, None, new.measured_every_months),
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    rules::check_goal(row.unit, &row.goal())?;
    diesel::insert_into(indicators::table)
        .values(&row)
        .execute(cx.conn())?;
    cx.emit(&Event::new("indicator.created", row.id).programme(row.programme_id))?;
    shown(cx, row, &agreement.region_code)
}

/// When the next measurement is awaited, if that is fixed and the agreement lasts so long.
fn next_due(
    agreement: &HealthAgreement,
    latest: Option<NaiveDate>,
    months: Option<i32>,
) -> Option<NaiveDate> {
    let begin = agreement.period_from.pred_opt()?;
    rules::next_due(latest.map_or(begin, |latest| latest.max(begin)), months?)
        .filter(|due| *due <= agreement.period_to)
}

/// Moves the day on which the next measurement is awaited after one was recorded.
pub(super) fn measured(cx: &mut Cx<'_>, row: &Row) -> Result<()> {
    let agreement = store::find(cx, row.agreement_id)?;
    await_next(cx, row, &agreement)
}

/// Measurements are awaited for as long as the agreement lasts, whose last day has changed.
pub(super) fn follow(cx: &mut Cx<'_>, agreement: &HealthAgreement) -> Result<()> {
    for row in rows_of(cx, agreement.id)? {
        await_next(cx, &row, agreement)?;
    }
    Ok(())
}

/// Notes when the next measurement is awaited. The indicator's version stays: nobody has changed it.
fn await_next(cx: &mut Cx<'_>, row: &Row, agreement: &HealthAgreement) -> Result<()> {
    let latest = measurements::latest(cx, row.id, &agreement.region_code)?;
    let due = next_due(agreement, latest, row.measured_every_months);
    if due != row.next_due_on {
        diesel::update(indicators::table.find(row.id))
            .set(indicators::next_due_on.eq(due))
            .execute(cx.conn())?;
    }
    Ok(())
}

/// Changes an indicator, if the version the actor has read is still the current one.
pub fn change(cx: &mut Cx<'_>, id: IndicatorId, change: &IndicatorChange) -> Result<Indicator> {
    let mut row = find_row(cx, id)?;
    cx.request.expect_version(row.version)?;
    let agreement = store::find(cx, row.agreement_id)?;
    let content = &mut row.content.0;
    if let Some(description) = &change.description {
        content.description.clone_from(description);
    }
    content.baseline = change.baseline.unwrap_or(content.baseline);
    content.target = change.target.unwrap_or(content.target);
    content.tolerance = change.tolerance.unwrap_or(content.tolerance);
    if let Some(source) = &change.source {
        content.source = source.clone();
    }
    if let (Some(baseline), Some(target)) = (&content.baseline, &content.target)
        && target.by <= baseline.on
    {
        return Err(Error::field(
            "/target/by",
            "beforeBaseline",
            "must lie after the baseline's day",
        ));
    }
    rules::check_goal(row.unit, &row.goal())?;
    if let Some(name) = &change.name {
        name.as_str().clone_into(&mut row.name);
    }
    let months = change
        .measured_every_months
        .unwrap_or(row.measured_every_months);
    let latest = measurements::latest(cx, id, &agreement.region_code)?;
    let now = cx.now;
    diesel::update(indicators::table.find(id))
        .set((
            indicators::name.eq(row.name),
            indicators::content.eq(row.content),
            indicators::measured_every_months.eq(months),
            indicators::next_due_on.eq(next_due(&agreement, latest, months)),
            indicators::version.eq(row.version + 1),
            indicators::updated_at.eq(now),
        ))
        .execute(cx.conn())?;
    cx.emit(&Event::new("indicator.changed", id).programme(row.programme_id))?;
    find(cx, id)
}
