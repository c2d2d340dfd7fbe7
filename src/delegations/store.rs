//! Delegations in storage.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::model::{
    CareSector, Delegation, DelegationApproval, DelegationChange, DelegationEnd, DelegationId,
    DelegationParty, DelegationPrinciples, DelegationState, NewDelegation,
};
use super::rules;
use crate::agreements::{self, HealthAgreementId};
use crate::find_seen;
use crate::organisations::OrganisationId;
use crate::platform::app::Cx;
use crate::platform::db::schema::delegations;
use crate::platform::db::{Instant, Json};
use crate::platform::error::{Error, Result};
use crate::platform::events::Event;
use crate::platform::id::Id;
use crate::platform::text::{Line, Name, Prose};
use crate::programmes::{self, ProgrammeId};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = delegations, treat_none_as_default_value = false)]
pub(super) struct Row {
    pub id: DelegationId,
    controller_id: OrganisationId,
    pub programme_id: ProgrammeId,
    agreement_id: Option<HealthAgreementId>,
    continues_id: Option<DelegationId>,
    continued_by_id: Option<DelegationId>,
    state: DelegationState,
    reserved_practice: bool,
    from_sector: CareSector,
    to_sector: CareSector,
    valid_from: NaiveDate,
    pub valid_to: NaiveDate,
    approved_at: Option<Instant>,
    ended_on: Option<NaiveDate>,
    content: Json<Content>,
    version: i32,
    created_at: Instant,
    updated_at: Instant,
}

/// What nobody queries into.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Content {
    task: Name,
    description: Option<Prose>,
    from: Name,
    to: Name,
    principles: DelegationPrinciples,
    responsible: Option<Name>,
    approved_by: Option<Name>,
    end_reason: Option<Line>,
}

pub(super) fn shown(row: Row, today: NaiveDate) -> Delegation {
    let content = row.content.0;
    let period = (row.valid_from, row.valid_to);
    Delegation {
        id: row.id,
        programme_id: row.programme_id,
        health_agreement_id: row.agreement_id,
        continues_id: row.continues_id,
        continued_by_id: row.continued_by_id,
        state: row.state,
        stage: rules::stage(row.state, period, row.ended_on, today),
        task: content.task,
        description: content.description,
        from: DelegationParty {
            sector: row.from_sector,
            name: content.from,
        },
        to: DelegationParty {
            sector: row.to_sector,
            name: content.to,
        },
        reserved_practice: row.reserved_practice,
        principles: content.principles,
        responsible: content.responsible,
        valid_from: row.valid_from,
        valid_to: row.valid_to,
        approved_by: content.approved_by,
        approved_at: row.approved_at,
        ended_on: row.ended_on,
        end_reason: content.end_reason,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

fn find_row(cx: &mut Cx<'_>, id: DelegationId) -> Result<Row> {
    find_seen!(cx, delegations, Row, id)
}

/// One delegation that the actor sees.
pub fn find(cx: &mut Cx<'_>, id: DelegationId) -> Result<Delegation> {
    let row = find_row(cx, id)?;
    let today = programmes::today(cx, row.programme_id)?;
    Ok(shown(row, today))
}

/// What another delegation can continue: one that was approved, between the same two.
fn check_continued(cx: &mut Cx<'_>, new: &NewDelegation, id: DelegationId) -> Result<()> {
    let before = find(cx, id).map_err(|error| error.referred("/continuesId"))?;
    let wrong = |code, detail: &str| Err(Error::field("/continuesId", code, detail));
    if before.state == DelegationState::Proposed {
        return wrong("notApproved", "must name a delegation that was approved");
    }
    if before.from != new.from || before.to != new.to {
        return wrong(
            "otherParties",
            "must name a delegation between the same two",
        );
    }
    if new.valid_from < before.valid_from {
        return wrong("begunLater", "must name a delegation that began before");
    }
    Ok(())
}

/// Proposes a delegation.
pub fn create(cx: &mut Cx<'_>, new: &NewDelegation) -> Result<Delegation> {
    let programme =
        programmes::find(cx, new.programme_id).map_err(|error| error.referred("/programmeId"))?;
    if let Some(agreement) = new.health_agreement_id {
        agreements::find(cx, agreement).map_err(|error| error.referred("/healthAgreementId"))?;
    }
    if let Some(before) = new.continues_id {
        check_continued(cx, new, before)?;
    }
    let row = Row {
        id: Id::new(),
        controller_id: programme.controller_id,
        programme_id: programme.id,
        agreement_id: new.health_agreement_id,
        continues_id: new.continues_id,
        continued_by_id: None,
        state: DelegationState::Proposed,
        reserved_practice: new.reserved_practice,
        from_sector: new.from.sector,
        to_sector: new.to.sector,
        valid_from: new.valid_from,
        valid_to: new.valid_to,
        approved_at: None,
        ended_on: None,
        content: Json(Content {
            task: new.task.clone(),
            description: new.description.clone(),
            from: new.from.name.clone(),
            to: new.to.name.clone(),
            principles: new.principles.clone(),
            responsible: new.responsible.clone(),
            approved_by: None,
            end_reason: None,
        }),
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    diesel::insert_into(delegations::table)
        .values(&row)
        .execute(cx.conn())?;
    cx.emit(&Event::new("delegation.proposed", row.id).programme(row.programme_id))?;
    find(cx, row.id)
}

/// Changes a proposal, if the version the actor has read is still the current one.
pub fn change(cx: &mut Cx<'_>, id: DelegationId, change: &DelegationChange) -> Result<Delegation> {
    let mut row = find_row(cx, id)?;
    cx.request.expect_version(row.version)?;
    rules::check_proposed(row.state)?;
    let content = &mut row.content.0;
    if let Some(task) = &change.task {
        content.task = task.clone();
    }
    if let Some(description) = &change.description {
        content.description.clone_from(description);
    }
    if let Some(principles) = &change.principles {
        content.principles = principles.applied(&content.principles);
    }
    if let Some(responsible) = &change.responsible {
        content.responsible.clone_from(responsible);
    }
    row.reserved_practice = change.reserved_practice.unwrap_or(row.reserved_practice);
    row.valid_from = change.valid_from.unwrap_or(row.valid_from);
    row.valid_to = change.valid_to.unwrap_or(row.valid_to);
    if row.valid_to < row.valid_from {
        return Err(Error::field(
            "/validTo",
            "beforeStart",
            "must not lie before validFrom",
        ));
    }
    save(cx, &row)?;
    cx.emit(&Event::new("delegation.changed", id).programme(row.programme_id))?;
    find(cx, id)
}

/// Approves a proposal, if everything is there that must be (HA-6).
pub fn approve(
    cx: &mut Cx<'_>,
    id: DelegationId,
    approval: &DelegationApproval,
) -> Result<Delegation> {
    let mut row = find_row(cx, id)?;
    cx.request.heed_version(row.version)?;
    rules::check_proposed(row.state)?;
    let today = programmes::today(cx, row.programme_id)?;
    rules::check_approvable(
        row.reserved_practice,
        &row.content.0.principles,
        row.content.0.responsible.is_some(),
        row.valid_to,
        today,
    )?;
    row.state = DelegationState::Approved;
    row.approved_at = Some(cx.now);
    row.content.0.approved_by = Some(approval.approved_by.clone());
    save(cx, &row)?;
    if let Some(before) = row.continues_id {
        let before = find_row(cx, before)?;
        if before.continued_by_id.is_some() {
            return Err(Error::conflict(
                "Another delegation continues that one already.",
            ));
        }
        // One that begins later leaves days between: somebody still has to see to those.
        if before
            .valid_to
            .succ_opt()
            .is_none_or(|next| row.valid_from <= next)
        {
            set_continued(cx, before.id, Some(id))?;
        }
    }
    cx.emit(&Event::new("delegation.approved", id).programme(row.programme_id))?;
    find(cx, id)
}

/// Ends an approved delegation before its last day.
pub fn end(cx: &mut Cx<'_>, id: DelegationId, end: &DelegationEnd) -> Result<Delegation> {
    let mut row = find_row(cx, id)?;
    cx.request.heed_version(row.version)?;
    let today = programmes::today(cx, row.programme_id)?;
    let on = end.ended_on.unwrap_or(today);
    rules::check_end(row.state, row.valid_to, on, today)?;
    row.state = DelegationState::Ended;
    row.ended_on = Some(on);
    row.content.0.end_reason = Some(end.reason.clone());
    save(cx, &row)?;
    if let Some(before) = row.continues_id {
        let before = find_row(cx, before)?;
        if before.continued_by_id == Some(id) && on <= before.valid_to {
            set_continued(cx, before.id, None)?;
        }
    }
    cx.emit(&Event::new("delegation.ended", id).programme(row.programme_id))?;
    find(cx, id)
}

/// Notes what continues a delegation: a note about another record, so the version stays.
fn set_continued(cx: &mut Cx<'_>, id: DelegationId, by: Option<DelegationId>) -> Result<()> {
    diesel::update(delegations::table.find(id))
        .set(delegations::continued_by_id.eq(by))
        .execute(cx.conn())?;
    Ok(())
}

fn save(cx: &mut Cx<'_>, row: &Row) -> Result<()> {
    let now = cx.now;
    diesel::update(delegations::table.find(row.id))
        .set((
            delegations::state.eq(row.state),
            delegations::reserved_practice.eq(row.reserved_practice),
            delegations::valid_from.eq(row.valid_from),
            delegations::valid_to.eq(row.valid_to),
            delegations::approved_at.eq(row.approved_at),
            delegations::ended_on.eq(row.ended_on),
            delegations::content.eq(row.content.clone()),
            delegations::version.eq(row.version + 1),
            delegations::updated_at.eq(now),
        ))
        .execute(cx.conn())?;
    Ok(())
}
