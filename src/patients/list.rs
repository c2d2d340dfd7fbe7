//! Several patients at once: the records in use, a page at a time; those of a list of something
//! else.

use std::collections::HashMap;

use diesel::prelude::*;

use super::model::{Patient, PatientId};
use super::store::{self, RecordState, Row};
use super::view;
use crate::places::MunicipalityCode;
use crate::platform::app::Cx;
use crate::platform::db::schema::patients;
use crate::platform::db::{Instant, one_of};
use crate::platform::error::Result;
use crate::platform::http::cursor::Position;

/// Whom a list holds.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// Only those changed at this time or later, in the order of change.
    pub updated_since: Option<Instant>,
    /// Only residents of this municipality.
    pub municipality_code: Option<MunicipalityCode>,
}

/// The id under which things of a patient are stored now: of a merged record the survivor's. One that
/// nobody has stays as it is, and finds nothing.
pub fn current_id(cx: &mut Cx<'_>, id: PatientId) -> Result<PatientId> {
    let merged_into: Option<Option<PatientId>> = patients::table
        .find(id)
        .filter(patients::controller_id.eq(cx.scope().controller))
        .select(patients::merged_into)
        .first(cx.conn())
        .optional()?;
    Ok(merged_into.flatten().unwrap_or(id))
}

/// Some of the patients whose records are in use behind an id, in the order they were made;
/// touched.
pub fn page(cx: &mut Cx<'_>, after: Option<PatientId>, limit: i64) -> Result<Vec<Patient>> {
    let after = after.map(|id| Position {
        key: 0,
        id: id.uuid(),
    });
    let found = list(cx, &Filter::default(), after, limit - 1)?;
    for patient in &found {
        cx.touch(patient.id);
    }
    Ok(found)
}

/// A page of patients, and one row more. Those on the page are to be touched by the caller.
pub fn list(
    cx: &mut Cx<'_>,
    filter: &Filter,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<Patient>> {
    let mut query = patients::table
        .filter(patients::controller_id.eq(cx.scope().controller))
        .filter(patients::state.eq(RecordState::Active))
        .limit(limit + 1)
        .select(Row::as_select())
        .into_boxed();
    if let Some(own) = cx.scope().patient {
        query = query.filter(patients::id.eq(own));
    }
    if let Some(code) = filter.municipality_code {
        query = query.filter(patients::municipality_code.eq(code.as_str()));
        if !view::sees_protected(cx.scope()) {
            // Else the filter would tell where a protected person lives (ID-5).
            query = query.filter(patients::protected.eq(false));
        }
    }
    if let Some(since) = filter.updated_since {
        query = query
            .filter(patients::updated_at.ge(since))
            .order((patients::updated_at.asc(), patients::id.asc()));
        if let Some(after) = after {
            let at = Instant::from_micros(after.key);
            query = query.filter(patients::updated_at.ge(at)).filter(
                patients::updated_at
                    .gt(at)
                    .or(patients::id.gt(after.id::<Patient>())),
            );
        }
    } else {
        query = query.order(patients::id.asc());
        if let Some(after) = after {
            query = query.filter(patients::id.gt(after.id::<Patient>()));
        }
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    let keys = cx.keys;
    rows.into_iter().map(|row| row.open(keys)).collect()
}

/// Several at once, each as [`store::find`] finds it, by the id that was asked for. Who is not to be found
/// is not in it.
pub fn find_all(cx: &mut Cx<'_>, ids: &[PatientId]) -> Result<HashMap<PatientId, Patient>> {
    let rows: Vec<Row> = patients::table
        .filter(one_of(patients::id, ids))
        .filter(patients::controller_id.eq(cx.scope().controller))
        .select(Row::as_select())
        .load(cx.conn())?;
    rows.into_iter()
        .map(|row| {
            let id = row.id;
            let patient = match row.merged_into {
                Some(survivor) => store::find(cx, survivor)?,
                None => store::seen(cx, row)?,
            };
            Ok((id, patient))
        })
        .collect()
}
