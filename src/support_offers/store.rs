//! Support offers in storage.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::model::{NewSupportOffer, OfferCount, SupportOffer, SupportOfferChange, SupportOfferId};
use crate::delegations::CareSector;
use crate::find_seen;
use crate::identity::search_key;
use crate::organisations::OrganisationId;
use crate::places::MunicipalityCode;
use crate::platform::app::Cx;
use crate::platform::db::schema::support_offers;
use crate::platform::db::{Instant, Json, one_of};
use crate::platform::error::{Error, Result};
use crate::platform::events::Event;
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::id::Id;
use crate::platform::text::{Line, Name, Prose};
use crate::programmes::{self, ProgrammeId};
use crate::units::{self, UnitId};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = support_offers, treat_none_as_default_value = false)]
struct Row {
    id: SupportOfferId,
    controller_id: OrganisationId,
    programme_id: ProgrammeId,
    unit_id: Option<UnitId>,
    sector: CareSector,
    municipality_code: Option<String>,
    name: String,
    name_key: String,
    active: bool,
    content: Json<Content>,
    version: i32,
    created_at: Instant,
    updated_at: Instant,
}

/// What nobody queries into.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Content {
    provider: Name,
    description: Prose,
    audience: Option<Line>,
    access: Option<Line>,
    telephone: Option<Name>,
    web: Option<String>,
}

impl TryFrom<Row> for SupportOffer {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let municipality_code = row
            .municipality_code
            .map(|code| MunicipalityCode::parse(&code))
            .transpose()
            .map_err(|_| Error::internal("a stored municipality is unknown"))?;
        let content = row.content.0;
        Ok(Self {
            id: row.id,
            programme_id: row.programme_id,
            name: row.name.into(),
            sector: row.sector,
            unit_id: row.unit_id,
            municipality_code,
            provider: content.provider,
            description: content.description,
            audience: content.audience,
            access: content.access,
            telephone: content.telephone,
            web: content.web,
            active: row.active,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

fn find_row(cx: &mut Cx<'_>, id: SupportOfferId) -> Result<Row> {
    find_seen!(cx, support_offers, Row, id)
}

/// One offer that the actor sees.
pub fn find(cx: &mut Cx<'_>, id: SupportOfferId) -> Result<SupportOffer> {
    find_row(cx, id)?.try_into()
}

/// What a list is filtered by.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Only of this programme.
    pub programme_id: Option<ProgrammeId>,
    /// Only of this unit.
    pub unit_id: Option<UnitId>,
    /// Only of this sector.
    pub sector: Option<CareSector>,
    /// Only of this municipality.
    pub municipality_code: Option<MunicipalityCode>,
    /// Only those given now, or only the others.
    pub active: Option<bool>,
    /// Only registered or changed since.
    pub updated_since: Option<Instant>,
}

/// A page of offers, in the order they were registered.
pub fn list(
    cx: &mut Cx<'_>,
    filter: &Filter,
    cursor: Option<&Cursor>,
    limit: Limit,
) -> Result<(Vec<SupportOffer>, Option<Cursor>)> {
    let scope = cx.scope();
    let bound_to = format!("supportOffers {filter:?}");
    let after = resume(cx.keys, &bound_to, cursor)?;
    let mut query = support_offers::table
        .filter(support_offers::controller_id.eq(scope.controller))
        .order(support_offers::id.asc())
        .limit(limit.rows() + 1)
        .select(Row::as_select())
        .into_boxed();
    if let Some(visible) = &scope.programmes {
        query = query.filter(one_of(support_offers::programme_id, visible));
    }
    if let Some(programme) = filter.programme_id {
        query = query.filter(support_offers::programme_id.eq(programme));
    }
    if let Some(unit) = filter.unit_id {
        query = query.filter(support_offers::unit_id.eq(unit));
    }
    if let Some(sector) = filter.sector {
        query = query.filter(support_offers::sector.eq(sector));
    }
    if let Some(code) = filter.municipality_code {
        query = query.filter(support_offers::municipality_code.eq(code.as_str()));
    }
    if let Some(active) = filter.active {
        query = query.filter(support_offers::active.eq(active));
    }
    if let Some(since) = filter.updated_since {
        query = query.filter(support_offers::updated_at.ge(since));
    }
    if let Some(after) = after {
        query = query.filter(support_offers::id.gt(after.id::<SupportOffer>()));
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    let (rows, next) = cut(cx.keys, &bound_to, limit, rows, |row| Position::of(row.id));
    let items = rows
        .into_iter()
        .map(TryInto::try_into)
        .collect::<Result<_>>()?;
    Ok((items, next))
}

/// How many offers are given now, by sector and unit, in the order of the sectors.
pub fn counts(cx: &mut Cx<'_>, programme: Option<ProgrammeId>) -> Result<Vec<OfferCount>> {
    let scope = cx.scope();
    let mut query = support_offers::table
        .filter(support_offers::controller_id.eq(scope.controller))
        .filter(support_offers::active.eq(true))
        .select((support_offers::sector, support_offers::unit_id))
        .into_boxed();
    if let Some(visible) = &scope.programmes {
        query = query.filter(one_of(support_offers::programme_id, visible));
    }
    if let Some(programme) = programme {
        query = query.filter(support_offers::programme_id.eq(programme));
    }
    let rows: Vec<(CareSector, Option<UnitId>)> = query.load(cx.conn())?;
    let mut counts = std::collections::BTreeMap::new();
    for (sector, unit) in rows {
        *counts
            .entry((sector, unit.map(UnitId::uuid)))
            .or_insert(0_i64) += 1;
    }
    Ok(counts
        .into_iter()
        .map(|((sector, unit), offers)| OfferCount {
            sector,
            unit_id: unit.map(UnitId::from_uuid),
            offers,
        })
        .collect())
}

fn check_unit(cx: &mut Cx<'_>, unit: Option<UnitId>, programme: ProgrammeId) -> Result<()> {
    let Some(id) = unit else {
        return Ok(());
    };
    let unit = units::find(cx, id).map_err(|error| error.referred("/unitId"))?;
    if unit.programme_id == programme {
        Ok(())
    } else {
        Err(Error::field(
            "/unitId",
            "otherProgramme",
            "must name a unit of the same programme",
        ))
    }
}

/// Registers an offer.
pub fn create(cx: &mut Cx<'_>, new: &NewSupportOffer) -> Result<SupportOffer> {
    let programme =
        programmes::find(cx, new.programme_id).map_err(|error| error.referred("/programmeId"))?;
    check_unit(cx, new.unit_id, programme.id)?;
    let row = Row {
        id: Id::new(),
        controller_id: programme.controller_id,
        programme_id: programme.id,
        unit_id: new.unit_id,
        sector: new.sector,
        municipality_code: new.municipality_code.map(|code| code.as_str().to_owned()),
        name: new.name.as_str().to_owned(),
        name_key: search_key(new.name.as_str()),
        active: true,
        content: Json(Content {
            provider: new.provider.clone(),
            description: new.description.clone(),
            audience: new.audience.clone(),
            access: new.access.clone(),
            telephone: new.telephone.clone(),
            web: new.web.clone(),
        }),
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    diesel::insert_into(support_offers::table)
        .values(&row)
        .execute(cx.conn())?;
    cx.emit(&Event::new("supportOffer.registered", row.id).programme(row.programme_id))?;
    row.try_into()
}

/// Changes an offer, if the version the actor has read is still the current one.
pub fn change(
    cx: &mut Cx<'_>,
    id: SupportOfferId,
    change: &SupportOfferChange,
) -> Result<SupportOffer> {
    let mut row = find_row(cx, id)?;
    cx.request.expect_version(row.version)?;
    row.unit_id = change.unit_id.unwrap_or(row.unit_id);
    check_unit(cx, row.unit_id, row.programme_id)?;
    if let Some(code) = change.municipality_code {
        row.municipality_code = code.map(|code| code.as_str().to_owned());
    }
    if let Some(name) = &change.name {
        name.as_str().clone_into(&mut row.name);
    }
    let content = &mut row.content.0;
    if let Some(provider) = &change.provider {
        content.provider = provider.clone();
    }
    if let Some(description) = &change.description {
        content.description = description.clone();
    }
    if let Some(audience) = &change.audience {
        content.audience.clone_from(audience);
    }
    if let Some(access) = &change.access {
        content.access.clone_from(access);
    }
    if let Some(telephone) = &change.telephone {
        content.telephone.clone_from(telephone);
    }
    if let Some(web) = &change.web {
        content.web.clone_from(web);
    }
    let now = cx.now;
    diesel::update(support_offers::table.find(id))
        .set((
            support_offers::unit_id.eq(row.unit_id),
            support_offers::sector.eq(change.sector.unwrap_or(row.sector)),
            support_offers::municipality_code.eq(row.municipality_code),
            support_offers::name_key.eq(search_key(&row.name)),
            support_offers::name.eq(row.name),
            support_offers::active.eq(change.active.unwrap_or(row.active)),
            support_offers::content.eq(row.content),
            support_offers::version.eq(row.version + 1),
            support_offers::updated_at.eq(now),
        ))
        .execute(cx.conn())?;
    cx.emit(&Event::new("supportOffer.changed", id).programme(row.programme_id))?;
    find(cx, id)
}
