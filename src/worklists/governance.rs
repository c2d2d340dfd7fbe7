//! `/worklists/governance`: what is due in governance, of all kinds together.

use actix_web::get;
use chrono::{Duration, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use crate::closed_enum;
use crate::platform::access::Permit;
use crate::platform::access::policy::GovernanceWorklistRead;
use crate::platform::app::{App, Cx};
use crate::platform::error::Result;
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::http::input::Query;
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::platform::id::Id;
use crate::platform::text::Name;
use crate::programmes::ProgrammeId;
use crate::{agreements, delegations, evaluations, governing_documents, routes, working_groups};

/// How many days ahead is looked where nothing is said.
const AHEAD: i64 = 90;

/// The routes of this worklist.
#[must_use]
pub fn routes() -> Routes {
    routes![list_governance_due]
}

closed_enum! {
    /// What is due: evaluation (evaluering), delegationEnds (delegering udløber), documentReview
    /// (styrende dokument skal gennemgås), measurement (måling mangler), workingGroupReport
    /// (arbejdsgruppe skal afrapportere).
    pub enum GovernanceDue {
        /// An evaluation is to be made.
        Evaluation = "evaluation",
        /// A delegation ends, and none continues it.
        DelegationEnds = "delegationEnds",
        /// A governing document is to be looked through.
        DocumentReview = "documentReview",
        /// An indicator is to be measured.
        Measurement = "measurement",
        /// A working group is to report back.
        WorkingGroupReport = "workingGroupReport",
    }
}

/// Which things.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct GovernanceFilter {
    /// Only this kind.
    #[param(nullable = false)]
    kind: Option<GovernanceDue>,
    /// Only of this programme.
    #[param(nullable = false)]
    programme_id: Option<ProgrammeId>,
    /// Only what is due on this day or earlier; 90 days from today (UTC) where it is left out.
    #[param(nullable = false)]
    due_until: Option<NaiveDate>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// Something that is due in governance.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"kind": "delegationEnds", "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71",
    "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "title": "Intravenøs antibiotika i eget hjem",
    "dueOn": "2026-06-30", "overdue": false}))]
pub struct GovernanceItem {
    /// What is due.
    kind: GovernanceDue,
    /// The evaluation, delegation, governing document, indicator or working group.
    #[schema(value_type = crate::evaluations::EvaluationId)]
    id: Id<()>,
    /// Its programme, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    programme_id: Option<ProgrammeId>,
    /// What it is called.
    title: Name,
    /// The last day that is in time.
    due_on: NaiveDate,
    /// Whether that day is over (UTC).
    overdue: bool,
}

/// A page of what is due.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GovernancePage {
    /// What is due, the soonest first.
    items: Vec<GovernanceItem>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// List what is due in governance
///
/// Evaluations to be made (CPS-7, HA-2), delegations about to end (HA-6), governing documents to be
/// looked through (HAL-6), indicators to be measured (HA-2) and working groups to report back (CPS-5),
/// the soonest first. What is overdue stays here until it is done; a delegation that has ended does not.
#[utoipa::path(tag = "Worklists", security(("oauth2" = ["governanceWorklist.read"])),
    params(GovernanceFilter),
    responses((status = 200, description = "A page of what is due.", body = GovernancePage)))]
#[get("/worklists/governance")]
async fn list_governance_due(
    app: App,
    permit: Permit<GovernanceWorklistRead>,
    query: Query<GovernanceFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let today = cx.now.utc_date();
        let until = query
            .due_until
            .unwrap_or_else(|| today + Duration::days(AHEAD));
        let bound_to = format!(
            "governance {:?} {:?} {:?}",
            query.kind, query.programme_id, query.due_until
        );
        let wanted = Wanted {
            programme: query.programme_id,
            today,
            until,
            after: resume(cx.keys, &bound_to, query.cursor.as_ref())?,
            rows: query.limit.rows() + 1,
        };
        let rows = due(cx, query.kind, &wanted)?;
        let (items, next_cursor) = cut(
            cx.keys,
            &bound_to,
            query.limit,
            rows,
            GovernanceItem::position,
        );
        Reply::page(next_cursor, |next_cursor| GovernancePage {
            items,
            next_cursor,
        })
    })
    .await
}

/// What every kind is asked for.
struct Wanted {
    programme: Option<ProgrammeId>,
    today: NaiveDate,
    until: NaiveDate,
    after: Option<Position>,
    rows: i64,
}

impl GovernanceItem {
    fn position(&self) -> Position {
        Position::on(self.due_on, self.id)
    }

    fn new(
        kind: GovernanceDue,
        id: Uuid,
        programme_id: Option<ProgrammeId>,
        title: Name,
        due_on: NaiveDate,
        wanted: &Wanted,
    ) -> Self {
        Self {
            kind,
            id: Id::from_uuid(id),
            programme_id,
            title,
            due_on,
            overdue: due_on < wanted.today,
        }
    }
}

/// The soonest of all kinds: of each as many as a page has, merged. Every kind is sorted by day and id,
/// so that one position says of all of them where the page before ended.
fn due(
    cx: &mut Cx<'_>,
    kind: Option<GovernanceDue>,
    wanted: &Wanted,
) -> Result<Vec<GovernanceItem>> {
    let mut items = Vec::new();
    for each in GovernanceDue::ALL {
        if kind.is_none_or(|kind| kind == *each) {
            items.extend(of_kind(cx, *each, wanted)?);
        }
    }
    items.sort_by_key(|item| (item.due_on, item.id.uuid()));
    items.truncate(usize::try_from(wanted.rows).unwrap_or(usize::MAX));
    Ok(items)
}

fn of_kind(cx: &mut Cx<'_>, kind: GovernanceDue, wanted: &Wanted) -> Result<Vec<GovernanceItem>> {
    let Wanted {
        programme,
        today,
        until,
        after,
        rows,
    } = *wanted;
    let tuple = |(id, programme, title, due_on): (Uuid, ProgrammeId, String, NaiveDate)| {
        GovernanceItem::new(kind, id, Some(programme), title.into(), due_on, wanted)
    };
    Ok(match kind {
        GovernanceDue::Evaluation => evaluations::due(cx, programme, until, after, rows)?
            .into_iter()
            .map(|due| {
                let id = due.id.uuid();
                GovernanceItem::new(kind, id, due.programme_id, due.title, due.due_on, wanted)
            })
            .collect(),
        GovernanceDue::DelegationEnds => {
            delegations::ending(cx, programme, (today, until), after, rows)?
                .into_iter()
                .map(|due| {
                    let (id, programme) = (due.id.uuid(), Some(due.programme_id));
                    GovernanceItem::new(kind, id, programme, due.task, due.valid_to, wanted)
                })
                .collect()
        }
        GovernanceDue::DocumentReview => {
            governing_documents::to_review(cx, programme, until, after, rows)?
                .into_iter()
                .map(|(id, programme, title, on)| tuple((id.uuid(), programme, title, on)))
                .collect()
        }
        GovernanceDue::Measurement => agreements::awaiting(cx, programme, until, after, rows)?
            .into_iter()
            .map(|(id, programme, title, on)| tuple((id.uuid(), programme, title, on)))
            .collect(),
        GovernanceDue::WorkingGroupReport => {
            working_groups::ending(cx, programme, until, after, rows)?
                .into_iter()
                .map(|due| {
                    let id = due.id.uuid();
                    GovernanceItem::new(kind, id, due.programme_id, due.name, due.ends_on, wanted)
                })
                .collect()
        }
    })
}
