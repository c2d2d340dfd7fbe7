//! Measurements in storage.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::figure::Figure;
use super::indicator_model::IndicatorId;
use super::indicators;
use super::measurement_model::{
    AreaKind, Measurement, MeasurementArea, MeasurementChange, MeasurementId, NewMeasurement,
    Period,
};
use super::rules;
use super::store;
use crate::find_seen;
use crate::organisations::OrganisationId;
use crate::places::region;
use crate::platform::app::Cx;
use crate::platform::db::schema::measurements;
use crate::platform::db::{Instant, one_of};
use crate::platform::error::{Error, Result};
use crate::platform::events::Event;
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::id::Id;
use crate::platform::text::Line;
use crate::programmes::{self, ProgrammeId};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = measurements, treat_none_as_default_value = false)]
struct Row {
    id: MeasurementId,
    controller_id: OrganisationId,
    programme_id: ProgrammeId,
    indicator_id: IndicatorId,
    area_kind: AreaKind,
    area_code: String,
    period_from: NaiveDate,
    period_to: NaiveDate,
    numerator: Option<i64>,
    denominator: Option<i64>,
    value_parts: i64,
    note: Option<String>,
    version: i32,
    created_at: Instant,
    updated_at: Instant,
}

impl From<Row> for Measurement {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            indicator_id: row.indicator_id,
            programme_id: row.programme_id,
            area: MeasurementArea {
                kind: row.area_kind,
                code: row.area_code,
            },
            period_from: row.period_from,
            period_to: row.period_to,
            numerator: row.numerator,
            denominator: row.denominator,
            value: Figure::from_parts(row.value_parts),
            note: row.note.map(Line::from),
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// How many figures of one indicator are looked at: a hundred areas every month for ten years.
const MOST: i64 = 12_000;

/// The measurements of an indicator, the earliest period first; the latest ones, where there are more
/// than are looked at.
pub fn of_indicator(cx: &mut Cx<'_>, id: IndicatorId) -> Result<Vec<Measurement>> {
    let rows: Vec<Row> = measurements::table
        .filter(measurements::indicator_id.eq(id))
        .order((measurements::period_to.desc(), measurements::id.desc()))
        .limit(MOST)
        .select(Row::as_select())
        .load(cx.conn())?;
    Ok(rows.into_iter().rev().map(Into::into).collect())
}

/// The regions' measurements of some indicators, of each the earliest period first: what an indicator is
/// judged by. Municipalities are most of the rows, and not needed for that.
pub(super) fn of_regions(
    cx: &mut Cx<'_>,
    indicators: &[IndicatorId],
) -> Result<BTreeMap<IndicatorId, Vec<Measurement>>> {
    let rows: Vec<Row> = measurements::table
        .filter(one_of(measurements::indicator_id, indicators))
        .filter(measurements::area_kind.eq(AreaKind::Region))
        .order((measurements::period_to.asc(), measurements::id.asc()))
        .select(Row::as_select())
        .load(cx.conn())?;
    let mut found: BTreeMap<IndicatorId, Vec<Measurement>> = BTreeMap::new();
    for row in rows {
        found.entry(row.indicator_id).or_default().push(row.into());
    }
    Ok(found)
}

/// The last day that the agreement's region, or one that took over from it, was measured for.
pub(super) fn latest(
    cx: &mut Cx<'_>,
    id: IndicatorId,
    region_code: &str,
) -> Result<Option<NaiveDate>> {
    Ok(measurements::table
        .filter(measurements::indicator_id.eq(id))
        .filter(measurements::area_kind.eq(AreaKind::Region))
        .filter(one_of(
            measurements::area_code,
            &rules::line_of(region_code),
        ))
        .order(measurements::period_to.desc())
        .select(measurements::period_to)
        .first(cx.conn())
        .optional()?)
}

/// One measurement that the actor sees.
pub fn find(cx: &mut Cx<'_>, id: MeasurementId) -> Result<Measurement> {
    let row = find_seen!(cx, measurements, Row, id)?;
    Ok(row.into())
}

/// What a list is filtered by.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Only of this indicator.
    pub indicator_id: Option<IndicatorId>,
    /// Only of areas of this kind.
    pub area_kind: Option<AreaKind>,
    /// Only of the area with this code.
    pub area_code: Option<String>,
    /// Only of periods that end on this day or later.
    pub from: Option<NaiveDate>,
    /// Only of periods that end on this day or earlier.
    pub to: Option<NaiveDate>,
    /// Only recorded or corrected since.
    pub updated_since: Option<Instant>,
}

/// A page of measurements, the latest period first.
pub fn list(
    cx: &mut Cx<'_>,
    filter: &Filter,
    cursor: Option<&Cursor>,
    limit: Limit,
) -> Result<(Vec<Measurement>, Option<Cursor>)> {
    let scope = cx.scope();
    let bound_to = format!("measurements {filter:?}");
    let after = resume(cx.keys, &bound_to, cursor)?;
    let mut query = measurements::table
        .filter(measurements::controller_id.eq(scope.controller))
        .order((measurements::period_to.desc(), measurements::id.desc()))
        .limit(limit.rows() + 1)
        .select(Row::as_select())
        .into_boxed();
    if let Some(visible) = &scope.programmes {
        query = query.filter(one_of(measurements::programme_id, visible));
    }
    if let Some(indicator) = filter.indicator_id {
        query = query.filter(measurements::indicator_id.eq(indicator));
    }
    if let Some(kind) = filter.area_kind {
        query = query.filter(measurements::area_kind.eq(kind));
    }
    if let Some(code) = &filter.area_code {
        query = query.filter(measurements::area_code.eq(code.clone()));
    }
    if let Some(from) = filter.from {
        query = query.filter(measurements::period_to.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(measurements::period_to.le(to));
    }
    if let Some(since) = filter.updated_since {
        query = query.filter(measurements::updated_at.ge(since));
    }
    if let Some(after) = after {
        let to = after.date();
        query = query.filter(
            measurements::period_to.le(to).and(
                measurements::period_to
                    .lt(to)
                    .or(measurements::id.lt(after.id::<Measurement>())),
            ),
        );
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    let (rows, next) = cut(cx.keys, &bound_to, limit, rows, |row| {
        Position::on(row.period_to, row.id)
    });
    Ok((rows.into_iter().map(Into::into).collect(), next))
}

/// Some of the controller's measurements behind an id, in the order they were recorded.
pub fn page(cx: &mut Cx<'_>, after: Option<MeasurementId>, limit: i64) -> Result<Vec<Measurement>> {
    let mut query = measurements::table
        .filter(measurements::controller_id.eq(cx.scope().controller))
        .order(measurements::id.asc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(measurements::id.gt(after));
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The measurement of this area whose period has a day in common with `period`.
pub fn overlapping(
    cx: &mut Cx<'_>,
    indicator: IndicatorId,
    area: &MeasurementArea,
    period: Period,
) -> Result<Option<Measurement>> {
    let row: Option<Row> = measurements::table
        .filter(measurements::indicator_id.eq(indicator))
        .filter(measurements::area_kind.eq(area.kind))
        .filter(measurements::area_code.eq(area.code.clone()))
        .filter(measurements::period_from.le(period.to))
        .filter(measurements::period_to.ge(period.from))
        .select(Row::as_select())
        .first(cx.conn())
        .optional()?;
    Ok(row.map(Into::into))
}

/// The area of a measurement: what was sent, or the agreement's region as it is when the period ends.
pub fn area_of(cx: &mut Cx<'_>, new: &NewMeasurement) -> Result<MeasurementArea> {
    if let Some(area) = &new.area {
        return Ok(area.clone());
    }
    let indicator = indicators::find_row(cx, new.indicator_id)
        .map_err(|error| error.referred("/indicatorId"))?;
    let agreement = store::find(cx, indicator.agreement_id)?;
    let own = region(&agreement.region_code)
        .ok_or_else(|| Error::internal("a stored region is unknown"))?;
    Ok(MeasurementArea {
        kind: AreaKind::Region,
        code: own.comparable_on(new.period_to).code.clone(),
    })
}

/// Records a measurement: one figure of an area for each day.
pub fn create(cx: &mut Cx<'_>, new: &NewMeasurement) -> Result<Measurement> {
    let indicator = indicators::find_row(cx, new.indicator_id)
        .map_err(|error| error.referred("/indicatorId"))?;
    let period = Period {
        from: new.period_from,
        to: new.period_to,
    };
    let today = programmes::today(cx, indicator.programme_id)?;
    rules::check_past(period, today)?;
    let area = area_of(cx, new)?;
    rules::check_area(&area, period)?;
    let value = rules::value(indicator.unit, new.numerator, new.denominator, new.value)?;
    if overlapping(cx, indicator.id, &area, period)?.is_some() {
        return Err(Error::conflict(
            "The area has a measurement of some of these days already: correct that one.",
        ));
    }
    let row = Row {
        id: Id::new(),
        controller_id: indicator.controller_id,
        programme_id: indicator.programme_id,
        indicator_id: indicator.id,
        area_kind: area.kind,
        area_code: area.code,
        period_from: period.from,
        period_to: period.to,
        numerator: new.numerator,
        denominator: new.denominator,
        value_parts: value.parts(),
        note: new.note.as_ref().map(|note| note.as_str().to_owned()),
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    diesel::insert_into(measurements::table)
        .values(&row)
        .execute(cx.conn())?;
    cx.emit(&Event::new("measurement.recorded", row.id).programme(row.programme_id))?;
    indicators::measured(cx, &indicator)?;
    Ok(row.into())
}

/// Corrects a measurement, if the version the actor has read is still the current one.
pub fn change(
    cx: &mut Cx<'_>,
    id: MeasurementId,
    change: &MeasurementChange,
) -> Result<Measurement> {
    let before = find(cx, id)?;
    cx.request.expect_version(before.version)?;
    let indicator = indicators::find_row(cx, before.indicator_id)?;
    let (numerator, denominator, value) = if change.has_amount() {
        let value = rules::value(
            indicator.unit,
            change.numerator,
            change.denominator,
            change.value,
        )?;
        (change.numerator, change.denominator, value)
    } else {
        (before.numerator, before.denominator, before.value)
    };
    let note = change.note.as_ref().unwrap_or(&before.note);
    let now = cx.now;
    diesel::update(measurements::table.find(id))
        .set((
            measurements::numerator.eq(numerator),
            measurements::denominator.eq(denominator),
            measurements::value_parts.eq(value.parts()),
            measurements::note.eq(note.as_ref().map(|note| note.as_str().to_owned())),
            measurements::version.eq(before.version + 1),
            measurements::updated_at.eq(now),
        ))
        .execute(cx.conn())?;
    cx.emit(&Event::new("measurement.corrected", id).programme(before.programme_id))?;
    find(cx, id)
}
